"""Turns of a speaker: which of what a session says belongs to which of them, and when one is an item and complete.

A turn ends where the voice-activity detector says so, or where the client commits. Whatever the client does, be it
``commit``, ``clear`` or another way to end turns, reaches the session as a ``Flush``; a mark waits here for its
``Flushed``, and until then what the session says is about audio from before it.
"""

from collections import deque
from dataclasses import dataclass
from typing import Literal

from theresa_protocol.messages import Final, Partial, Speech
from theresa_server.openai.realtime import server_events as told
from theresa_server.openai.realtime.items import Items, Turn


@dataclass(slots=True, kw_only=True, eq=False)
class _Mark:
    """What a client did at a place in its audio, not yet confirmed by the session.

    ``manual``: whether it committed by itself before that. ``turn`` is then what the audio before belongs to.
    """

    kind: Literal["commit", "clear", "switch"]
    manual: bool
    begin_ms: int
    at_ms: int
    turn: Turn | None = None
    answered: bool = False


class Turns:
    """The turns of one session, told of as ``items``. All times are in milliseconds since its start."""

    def __init__(self, items: Items) -> None:
        self._items = items
        self._manual = False
        self._marks: deque[_Mark] = deque()
        self._spoken: deque[Turn] = deque()  # detected, in order, without their whole text
        self._open: Turn | None = None  # behind the last mark, where the client commits
        self._taken_ms = 0  # all audio before it belongs to an item, or was cleared

    # --- what the client does ------------------------------------------------------------------------------------

    def waiting_ms(self, now_ms: int) -> int:
        """How much audio there is behind the last item when so much has come."""
        return now_ms - self._taken_ms

    def commit(self, now_ms: int) -> None:
        """End the turn here. The session is to be flushed."""
        self._mark("commit", now_ms, self._close(now_ms) if self._manual else None)
        self._commit_ended()

    def clear(self, now_ms: int) -> bool:
        """Forget the turn; True where the session is to be flushed for it."""
        self._items.say(told.Cleared())
        if now_ms == self._taken_ms and self._open is None:
            return False
        self._open = None
        self._mark("clear", now_ms)
        return True

    def begin(self, *, manual: bool) -> None:
        """Before there is any audio: whether the client commits."""
        self._manual = manual

    def switch(self, now_ms: int, *, manual: bool) -> bool:
        """From here on the client commits, or does so no longer; True where the session is to be flushed for it."""
        if manual == self._manual:
            return False
        self._mark("switch", now_ms, self._close(now_ms) if self._manual else None)
        self._manual = manual
        return True

    def _mark(self, kind: Literal["commit", "clear", "switch"], now_ms: int, turn: Turn | None = None) -> None:
        self._marks.append(_Mark(kind=kind, manual=self._manual, begin_ms=self._taken_ms, at_ms=now_ms, turn=turn))
        self._taken_ms = now_ms

    def _close(self, now_ms: int) -> Turn:
        turn, self._open = self._open or self._items.new(self._taken_ms), None
        turn.end_ms = now_ms
        return turn

    # --- what the session says -----------------------------------------------------------------------------------

    def speech(self, message: Speech) -> None:
        """Somebody began or stopped to speak: where the client does not commit, a turn does."""
        at_ms = message.at_ms
        if message.state == "started":
            if not next((mark.manual for mark in self._marks if at_ms < mark.at_ms), self._manual):
                turn = self._items.new(at_ms)
                self._spoken.append(turn)
                self._items.say(told.SpeechStarted(item_id=turn.id, audio_start_ms=at_ms))
        elif self._spoken and self._spoken[-1].stopped_ms is None:
            turn = self._spoken[-1]
            turn.stopped_ms = turn.end_ms = at_ms
            self._taken_ms = max(self._taken_ms, at_ms)
            self._items.say(told.SpeechStopped(item_id=turn.id, audio_end_ms=at_ms))
            self._commit_ended()

    def partial(self, message: Partial) -> None:
        """A segment has grown."""
        turn = self._turn_at(message.start_ms)
        if turn is not None and not self._clearing:
            self._items.grow(turn, message.segment, message.text[: message.stable])

    def final(self, message: Final) -> None:
        """A segment is complete."""
        turn = self._turn_at(message.start_ms)
        if turn is None or (self._clearing and message.reason == "flush"):
            if turn is not None:
                self._spoken.remove(turn)
            return
        self._items.grow(turn, message.segment, message.text)
        if self._spoken and turn is self._spoken[0]:
            turn.end_ms = max(turn.end_ms, message.end_ms)
            if _over(turn, message.end_ms):
                self._finish(self._spoken.popleft())

    def flushed(self) -> None:
        """All before the oldest mark is final."""
        if not self._marks:
            return
        mark = self._marks.popleft()
        if mark.turn is not None:
            self._finish(mark.turn)
        else:
            self._finish_before(mark)
        self._commit_ended()

    def _finish_before(self, mark: _Mark) -> None:
        while self._spoken and self._spoken[0].begin_ms < mark.at_ms:
            turn = self._spoken.popleft()
            if mark.kind != "clear" or turn.committed:
                self._finish(turn)
        if mark.kind == "commit" and not mark.answered:
            turn = self._items.new(mark.begin_ms)
            turn.end_ms = mark.at_ms
            self._commit(turn)
            self._finish(turn)

    def settled(self, through_ms: int) -> None:
        """All before this time is final: a turn that got no final will not get one any more."""
        while not self._marks and self._spoken and _over(self._spoken[0], through_ms):
            self._finish(self._spoken.popleft())

    def end(self, failure: told.Fault | None = None) -> None:
        """The session is over. Turns without their whole text get what there is, or are told of the failure."""
        turns = [mark.turn for mark in self._marks if mark.turn is not None]
        turns += [*self._spoken, *([self._open] if self._open else [])]
        for turn in turns:
            if failure is None:
                self._finish(turn)
            elif turn.committed or turn.transcript.text:
                self._commit(turn)
                self._items.fail(turn, failure)
        self._marks.clear()
        self._spoken.clear()
        self._open = None

    @property
    def _clearing(self) -> bool:
        """Whether what is said now is about audio that was cleared, at least in its end."""
        return bool(self._marks) and self._marks[0].kind == "clear"

    # --- items ---------------------------------------------------------------------------------------------------

    def _turn_at(self, start_ms: int) -> Turn | None:
        """The turn that a segment belongs to which begins there; ``None``: it was cleared."""
        mark = self._marks[0] if self._marks else None
        if mark is not None and mark.manual:
            return mark.turn
        if mark is None and self._manual:
            self._open = self._open or self._items.new(self._taken_ms)
            return self._open
        while len(self._spoken) > 1 and self._spoken[1].begin_ms <= start_ms:
            self._finish(self._spoken.popleft())  # nothing was understood in the end of it
        if not self._spoken:
            self._spoken.append(self._items.new(start_ms))
        return self._spoken[0]

    def _commit_ended(self) -> None:
        """Make items of the turns that have ended, in the order of their audio.

        Those behind a mark wait for its ``Flushed`` where it is open till then which items there are before it.
        """
        open_ = next((mark for mark in self._marks if not mark.manual or mark.kind == "switch"), None)
        for mark in self._marks:
            if mark is open_:
                break
            if mark.turn is not None:
                self._commit(mark.turn)
        for turn in self._spoken:
            # Where it was cleared since, only the final tells whether the turn had ended before.
            if open_ is not None and (open_.kind == "clear" or open_.at_ms <= turn.begin_ms):
                break
            if turn.stopped_ms is None:
                break
            self._commit(turn)

    def _commit(self, turn: Turn) -> None:
        """Make an item of a turn, unless it is one."""
        if not self._items.commit(turn):
            return
        for mark in self._marks:
            if (
                mark.kind == "commit"
                and turn.begin_ms < mark.at_ms
                and turn.end_ms > mark.begin_ms
                and not mark.answered
            ):
                mark.answered = True
                break

    def _finish(self, turn: Turn) -> None:
        """Tell the whole text of a turn; one that is no item and has no text is dropped."""
        if turn.committed or turn.transcript.text:
            self._commit(turn)
            self._items.complete(turn)


def _over(turn: Turn, through_ms: int) -> bool:
    """Whether a detected turn ends before there."""
    return turn.stopped_ms is not None and turn.stopped_ms <= through_ms
