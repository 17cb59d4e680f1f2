"""Items: what a client is told of a turn, from its first words to its whole text and the entities in it."""

from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec

from theresa_protocol.messages import Entities, Entity
from theresa_server.openai.realtime import server_events as told
from theresa_server.openai.realtime.server_events import ServerEvent
from theresa_server.openai.realtime.transcript import ItemTranscript, Place

MAX_PLACES = 512
"""Segments of which it is known where their entities are: more than may wait for them."""


@dataclass(slots=True, kw_only=True, eq=False)
class Turn:
    """One item: the audio from ``begin_ms`` to ``end_ms``; ``stopped_ms`` is where a detected turn ends."""

    id: str
    begin_ms: int
    end_ms: int
    stopped_ms: int | None = None
    committed: bool = False
    transcript: ItemTranscript = field(default_factory=ItemTranscript)


class Items:
    """The items of one session, in the order in which they are committed; ``take`` gives what is to be told."""

    def __init__(self, new_id: Callable[[str], str], *, beta: bool) -> None:
        self._new_id = new_id
        self._beta = beta
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

    def new(self, begin_ms: int) -> Turn:
        """A turn that begins there; it is an item once it is committed."""
        return Turn(id=self._new_id("item"), begin_ms=begin_ms, end_ms=begin_ms)

    def grow(self, turn: Turn, segment: int, text: str) -> None:
        """Tell what a segment of a turn says so far."""
        delta = turn.transcript.tell(segment, text)
        if delta:
            self._events.append(told.Delta(item_id=turn.id, delta=delta))
        place = turn.transcript.place(segment, text)
        if place is not None:
            self._places[segment] = (turn.id, place)
            if len(self._places) > MAX_PLACES:
                del self._places[next(iter(self._places))]

    def commit(self, turn: Turn) -> bool:
        """Make an item of a turn; False where it is one."""
        if turn.committed:
            return False
        turn.committed = True
        before, self._last_id = self._last_id, turn.id
        item = told.ConversationItem(id=turn.id)
        self._events.append(told.Committed(item_id=turn.id, previous_item_id=before))
        if self._beta:
            self._events.append(told.BetaItemCreated(previous_item_id=before, item=item))
        else:
            self._events.append(told.ItemAdded(previous_item_id=before, item=item))
            self._events.append(told.ItemDone(previous_item_id=before, item=item))
        return True

    def complete(self, turn: Turn) -> None:
        """Tell the whole text of an item."""
        seconds = max(0, turn.end_ms - turn.begin_ms) / 1000
        usage = told.Usage(seconds=seconds)
        self._events.append(told.Completed(item_id=turn.id, transcript=turn.transcript.text, usage=usage))

    def fail(self, turn: Turn, failure: told.Fault) -> None:
        """Tell that an item gets no text any more."""
        self._events.append(told.Failed(item_id=turn.id, error=failure))

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


def _moved(item: Entity, begin: int) -> Entity:
    return msgspec.structs.replace(item, from_=begin, to=begin + len(item.text))
