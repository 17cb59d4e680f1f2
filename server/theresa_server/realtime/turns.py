"""Turns of a speaker as items: which of what a session says belongs to which item, and what a client is told of it.

A turn ends where the voice-activity detector says so, or where the client commits. Whatever the client does, be it
``commit``, ``clear`` or another way to end turns, reaches the session as a ``Flush``; a mark waits here for its
``Flushed``, and until then what the session says is about audio from before it.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import msgspec

from theresa_protocol.messages import Entities, Entity, Final, Partial, Speech
from theresa_server.realtime import server_events as told
from theresa_server.realtime.server_events import ServerEvent
from theresa_server.realtime.transcript import Place, Transcript

MAX_PLACES = 512
"""Segments of which it is known where their entities are: more than may wait for them."""


@dataclass(slots=True, kw_only=True, eq=False)
class _Turn:
    """One item: the audio from ``begin_ms`` to ``end_ms``; ``stopped_ms`` is where a detected turn ends."""

    id: str
    begin_ms: int
    end_ms: int
    stopped_ms: int | None = None
    committed: bool = False
    transcript: Transcript = field(default_factory=Transcript)


@dataclass(slots=True, kw_only=True, eq=False)
class _Mark:
    """What a client did at a place in its audio, not yet confirmed by the session.

    ``manual``: whether it committed by itself before that. ``turn`` is then what the audio before belongs to.
    """

    kind: Literal["commit", "clear", "switch"]
    manual: bool
    begin_ms: int
    at_ms: int
    turn: _Turn | None = None
    answered: bool = False


class Turns:
    """The turns of one session. All times are in milliseconds since its start; ``take`` gives what is to be told."""

    def __init__(self, new_id: Callable[[str], str], *, beta: bool) -> None:
        self._new_id = new_id
        self._beta = beta
        self._manual = False
        self._marks: deque[_Mark] = deque()
        self._spoken: deque[_Turn] = deque()  # detected, in order, without their whole text
        self._open: _Turn | None = None  # behind the last mark, where the client commits
        self._taken_ms = 0  # all audio before it belongs to an item, or was cleared
        self._last_id: str | None = None
        self._places: dict[int, tuple[str, Place]] = {}
        self._events: list[ServerEvent] = []

    def take(self) -> list[ServerEvent]:
        """What has to be told since it was asked for last."""
        events, self._events = self._events, []
        return events

    def say(self, event: ServerEvent) -> None:
        """Tell of something else, in turn."""
        self._events.append(event)

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
        self._events.append(told.Cleared())
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

    def _mark(self, kind: Literal["commit", "clear", "switch"], now_ms: int, turn: _Turn | None = None) -> None:
        self._marks.append(_Mark(kind=kind, manual=self._manual, begin_ms=self._taken_ms, at_ms=now_ms, turn=turn))
        self._taken_ms = now_ms

    def _close(self, now_ms: int) -> _Turn:
        turn, self._open = self._open or self._new(self._taken_ms), None
        turn.end_ms = now_ms
        return turn

    # --- what the session says -----------------------------------------------------------------------------------

    def speech(self, message: Speech) -> None:
        """Somebody began or stopped to speak: where the client does not commit, a turn does."""
        at_ms = message.at_ms
        if message.state == "started":
            if not next((mark.manual for mark in self._marks if at_ms < mark.at_ms), self._manual):
                turn = self._new(at_ms)
                self._spoken.append(turn)
                self._events.append(told.SpeechStarted(item_id=turn.id, audio_start_ms=at_ms))
        elif self._spoken and self._spoken[-1].stopped_ms is None:
            turn = self._spoken[-1]
            turn.stopped_ms = turn.end_ms = at_ms
            self._taken_ms = max(self._taken_ms, at_ms)
            self._events.append(told.SpeechStopped(item_id=turn.id, audio_end_ms=at_ms))
            self._commit_ended()

    def partial(self, message: Partial) -> None:
        """A segment has grown."""
        turn = self._turn_at(message.start_ms)
        if turn is not None and not self._clearing:
            self._tell(turn, message.segment, message.text[: message.stable])

    def final(self, message: Final) -> None:
        """A segment is complete."""
        turn = self._turn_at(message.start_ms)
        if turn is None or (self._clearing and message.reason == "flush"):
            if turn is not None:
                self._spoken.remove(turn)
            return
        self._tell(turn, message.segment, message.text)
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
            turn = self._new(mark.begin_ms)
            turn.end_ms = mark.at_ms
            self._commit(turn)
            self._finish(turn)

    def settled(self, through_ms: int) -> None:
        """All before this time is final: a turn that got no final will not get one any more."""
        while not self._marks and self._spoken and _over(self._spoken[0], through_ms):
            self._finish(self._spoken.popleft())

    def entities(self, message: Entities) -> None:
        """Entities were found in a segment. Those in words that were told otherwise are left out."""
        item_id, place = self._places.get(message.segment, (None, None))
        if item_id is None or place is None:
            return  # it was cleared
        if message.final:
            del self._places[message.segment]
        found = [(item, place.find(item.from_, item.to, item.text)) for item in message.items]
        self._events.append(
            told.Entities(
                item_id=item_id,
                segment=message.segment,
                final=message.final,
                entities=tuple(_moved(item, begin) for item, begin in found if begin is not None),
            )
        )

    def end(self, failure: told.Fault | None = None) -> None:
        """The session is over. Turns without their whole text get what there is, or are told of the failure."""
        turns = [mark.turn for mark in self._marks if mark.turn is not None]
        turns += [*self._spoken, *([self._open] if self._open else [])]
        for turn in turns:
            if failure is None:
                self._finish(turn)
            elif turn.committed or turn.transcript.text:
                self._commit(turn)
                self._events.append(told.Failed(item_id=turn.id, error=failure))
        self._marks.clear()
        self._spoken.clear()
        self._open = None

    @property
    def _clearing(self) -> bool:
        """Whether what is said now is about audio that was cleared, at least in its end."""
        return bool(self._marks) and self._marks[0].kind == "clear"

    # --- items ---------------------------------------------------------------------------------------------------

    def _new(self, begin_ms: int) -> _Turn:
        return _Turn(id=self._new_id("item"), begin_ms=begin_ms, end_ms=begin_ms)

    def _turn_at(self, start_ms: int) -> _Turn | None:
        """The turn that a segment belongs to which begins there; ``None``: it was cleared."""
        mark = self._marks[0] if self._marks else None
        if mark is not None and mark.manual:
            return mark.turn
        if mark is None and self._manual:
            self._open = self._open or self._new(self._taken_ms)
            return self._open
        while len(self._spoken) > 1 and self._spoken[1].begin_ms <= start_ms:
            self._finish(self._spoken.popleft())  # nothing was understood in the end of it
        if not self._spoken:
            self._spoken.append(self._new(start_ms))
        return self._spoken[0]

    def _tell(self, turn: _Turn, segment: int, text: str) -> None:
        delta = turn.transcript.tell(segment, text)
        if delta:
            self._events.append(told.Delta(item_id=turn.id, delta=delta))
        place = turn.transcript.place(segment, text)
        if place is not None:
            self._places[segment] = (turn.id, place)
            if len(self._places) > MAX_PLACES:
                del self._places[next(iter(self._places))]

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

    def _commit(self, turn: _Turn) -> None:
        """Make an item of a turn, unless it is one."""
        if turn.committed:
            return
        turn.committed = True
        before, self._last_id = self._last_id, turn.id
        item = told.Item(id=turn.id)
        self._events.append(told.Committed(item_id=turn.id, previous_item_id=before))
        if self._beta:
            self._events.append(told.BetaItemCreated(previous_item_id=before, item=item))
        else:
            self._events.append(told.ItemAdded(previous_item_id=before, item=item))
            self._events.append(told.ItemDone(previous_item_id=before, item=item))
        for mark in self._marks:
            if (
                mark.kind == "commit"
                and turn.begin_ms < mark.at_ms
                and turn.end_ms > mark.begin_ms
                and not mark.answered
            ):
                mark.answered = True
                break

    def _finish(self, turn: _Turn) -> None:
        """Tell the whole text of a turn; one that is no item and has no text is dropped."""
        text = turn.transcript.text
        if not turn.committed and not text:
            return
        self._commit(turn)
        seconds = max(0, turn.end_ms - turn.begin_ms) / 1000
        self._events.append(told.Completed(item_id=turn.id, transcript=text, usage=told.Usage(seconds=seconds)))


def _over(turn: _Turn, through_ms: int) -> bool:
    """Whether a detected turn ends before there."""
    return turn.stopped_ms is not None and turn.stopped_ms <= through_ms


def _moved(item: Entity, begin: int) -> Entity:
    return msgspec.structs.replace(item, from_=begin, to=begin + len(item.text))
