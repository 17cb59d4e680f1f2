"""Turns of a speaker: maps the messages of a session to turns and decides when a turn becomes an item and is complete.

A turn ends where voice activity detection finds the end of speech, or where the client commits. ``commit``, ``clear``
and a change of turn detection all reach the session as a ``Flush``. A boundary waits here for its ``Flushed``. Until
then, all messages of the session are about audio before that boundary.
"""

from collections import deque
from dataclasses import dataclass
from typing import Literal

from theresa_protocol.messages import Final, Partial, Speech
from theresa_server.openai.realtime.items import ItemEvents, Turn
from theresa_server.openai.realtime.server_events import (
    AudioClearedEvent,
    ErrorDetail,
    SpeechStartedEvent,
    SpeechStoppedEvent,
)

BoundaryKind = Literal["commit", "clear", "switch"]


@dataclass(slots=True, kw_only=True, eq=False)
class _Boundary:
    """A point in the audio where the client acted, not yet confirmed by the session."""

    kind: BoundaryKind
    manual: bool
    """Whether the client committed turns itself before this point."""
    begin_ms: int
    """Where the audio that this boundary ends begins."""
    at_ms: int
    turn: Turn | None = None
    """The turn before this point, if ``manual``."""
    has_item: bool = False
    """Whether a detected turn already became the item of this commit."""


class TurnTracker:
    """Tracks the turns of one session and emits their events to ``items``.

    All times are in milliseconds since the start of the session.
    """

    def __init__(self, items: ItemEvents) -> None:
        self._items = items
        self._manual = False
        self._boundaries: deque[_Boundary] = deque()
        self._detected: deque[Turn] = deque()  # in order, with an incomplete transcript
        self._open: Turn | None = None  # after the last boundary, if the client commits
        self._consumed_ms = 0  # all audio before this belongs to an item or was cleared

    # --- client events -------------------------------------------------------------------------------------------

    def uncommitted_ms(self, now_ms: int) -> int:
        """Return the duration of the audio since the last item. ``now_ms`` is the end of the received audio."""
        return now_ms - self._consumed_ms

    def commit(self, now_ms: int) -> None:
        """End the current turn. The caller must flush the session."""
        self._add_boundary("commit", now_ms, self._close_turn(now_ms) if self._manual else None)
        self._commit_ended()

    def clear(self, now_ms: int) -> bool:
        """Discard the current turn. Returns whether the caller must flush the session."""
        self._items.emit(AudioClearedEvent())
        if now_ms == self._consumed_ms and self._open is None:
            return False
        self._open = None
        self._add_boundary("clear", now_ms)
        return True

    def set_mode(self, *, manual: bool) -> None:
        """Choose, before any audio is received, whether the client commits turns itself."""
        self._manual = manual

    def switch_mode(self, now_ms: int, *, manual: bool) -> bool:
        """Change from here on whether the client commits. Returns whether the caller must flush the session."""
        if manual == self._manual:
            return False
        self._add_boundary("switch", now_ms, self._close_turn(now_ms) if self._manual else None)
        self._manual = manual
        return True

    def _add_boundary(self, kind: BoundaryKind, now_ms: int, turn: Turn | None = None) -> None:
        self._boundaries.append(
            _Boundary(kind=kind, manual=self._manual, begin_ms=self._consumed_ms, at_ms=now_ms, turn=turn)
        )
        self._consumed_ms = now_ms

    def _close_turn(self, now_ms: int) -> Turn:
        turn, self._open = self._open or self._items.new_turn(self._consumed_ms), None
        turn.end_ms = now_ms
        return turn

    # --- session messages ----------------------------------------------------------------------------------------

    def on_speech(self, message: Speech) -> None:
        """Begin or end a turn where speech was detected, unless the client commits."""
        at_ms = message.at_ms
        if message.state == "started":
            if not next((boundary.manual for boundary in self._boundaries if at_ms < boundary.at_ms), self._manual):
                turn = self._items.new_turn(at_ms)
                self._detected.append(turn)
                self._items.emit(SpeechStartedEvent(item_id=turn.id, audio_start_ms=at_ms))
        elif self._detected and self._detected[-1].stopped_ms is None:
            turn = self._detected[-1]
            turn.stopped_ms = turn.end_ms = at_ms
            self._consumed_ms = max(self._consumed_ms, at_ms)
            self._items.emit(SpeechStoppedEvent(item_id=turn.id, audio_end_ms=at_ms))
            self._commit_ended()

    def on_partial(self, message: Partial) -> None:
        """Add the stable prefix of a partial to its turn."""
        turn = self._turn_at(message.start_ms)
        if turn is not None and not self._clearing:
            self._items.update_transcript(turn, message.segment, message.text[: message.stable])

    def on_final(self, message: Final) -> None:
        """Add a final to its turn, and complete the turn if it was the last one."""
        turn = self._turn_at(message.start_ms)
        if turn is None or (self._clearing and message.reason == "flush"):
            if turn is not None:
                self._detected.remove(turn)
            return
        self._items.add_final(turn, message)
        if self._detected and turn is self._detected[0]:
            turn.end_ms = max(turn.end_ms, message.end_ms)
            if _ended_by(turn, message.end_ms):
                self._finish(self._detected.popleft())

    def on_flushed(self) -> None:
        """Complete the turns before the oldest boundary: everything before it is final."""
        if not self._boundaries:
            return
        boundary = self._boundaries.popleft()
        if boundary.turn is not None:
            self._finish(boundary.turn)
        else:
            self._finish_before(boundary)
        self._commit_ended()

    def _finish_before(self, boundary: _Boundary) -> None:
        while self._detected and self._detected[0].begin_ms < boundary.at_ms:
            turn = self._detected.popleft()
            if boundary.kind != "clear" or turn.committed:
                self._finish(turn)
        if boundary.kind == "commit" and not boundary.has_item:
            turn = self._items.new_turn(boundary.begin_ms)
            turn.end_ms = boundary.at_ms
            self._commit(turn)
            self._finish(turn)

    def on_committed(self, committed_ms: int) -> None:
        """Complete turns that got no final: everything before ``committed_ms`` is final."""
        while not self._boundaries and self._detected and _ended_by(self._detected[0], committed_ms):
            self._finish(self._detected.popleft())

    def close(self, failure: ErrorDetail | None = None) -> None:
        """End the session: complete the open turns with the text they have, or fail them."""
        turns = [boundary.turn for boundary in self._boundaries if boundary.turn is not None]
        turns += [*self._detected, *([self._open] if self._open else [])]
        for turn in turns:
            if failure is None:
                self._finish(turn)
            elif turn.committed or turn.transcript.text:
                self._commit(turn)
                self._items.fail(turn, failure)
        self._boundaries.clear()
        self._detected.clear()
        self._open = None

    @property
    def _clearing(self) -> bool:
        """Whether the messages of the session are about audio that was cleared, at least at its end."""
        return bool(self._boundaries) and self._boundaries[0].kind == "clear"

    # --- items ---------------------------------------------------------------------------------------------------

    def _turn_at(self, start_ms: int) -> Turn | None:
        """Return the turn of a segment that begins at ``start_ms``, or ``None`` if it was cleared."""
        boundary = self._boundaries[0] if self._boundaries else None
        if boundary is not None and boundary.manual:
            return boundary.turn
        if boundary is None and self._manual:
            self._open = self._open or self._items.new_turn(self._consumed_ms)
            return self._open
        while len(self._detected) > 1 and self._detected[1].begin_ms <= start_ms:
            self._finish(self._detected.popleft())  # its end had no text
        if not self._detected:
            self._detected.append(self._items.new_turn(start_ms))
        return self._detected[0]

    def _commit_ended(self) -> None:
        """Turn the turns that have ended into items, in the order of their audio.

        Turns after a boundary wait for its ``Flushed`` if it can still add items before them.
        """
        undecided = next(
            (boundary for boundary in self._boundaries if not boundary.manual or boundary.kind == "switch"), None
        )
        for boundary in self._boundaries:
            if boundary is undecided:
                break
            if boundary.turn is not None:
                self._commit(boundary.turn)
        for turn in self._detected:
            # After a clear, only the final shows whether the turn had ended before it.
            if undecided is not None and (undecided.kind == "clear" or undecided.at_ms <= turn.begin_ms):
                break
            if turn.stopped_ms is None:
                break
            self._commit(turn)

    def _commit(self, turn: Turn) -> None:
        """Turn a turn into an item, unless it already is one, and assign it to the commit that it overlaps."""
        if not self._items.commit(turn):
            return
        for boundary in self._boundaries:
            if (
                boundary.kind == "commit"
                and turn.begin_ms < boundary.at_ms
                and turn.end_ms > boundary.begin_ms
                and not boundary.has_item
            ):
                boundary.has_item = True
                break

    def _finish(self, turn: Turn) -> None:
        """Complete a turn. A turn that is not an item and has no text is dropped."""
        if turn.committed or turn.transcript.text:
            self._commit(turn)
            self._items.complete(turn)


def _ended_by(turn: Turn, at_ms: int) -> bool:
    """Return whether a detected turn ended by ``at_ms``."""
    return turn.stopped_ms is not None and turn.stopped_ms <= at_ms
