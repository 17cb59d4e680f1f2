"""Which texts are annotated next. Pure: no clock, no process.

Finals come before requests, requests before partials. Among requests the owners take turns, so that one with a thousand
texts does not keep out one with a single text. An owner has one partial at most: a newer one replaces it.
"""

from collections import OrderedDict
from collections.abc import Hashable, Iterable, Iterator
from enum import IntEnum
from typing import Generic, TypeVar

Payload = TypeVar("Payload")


class Priority(IntEnum):
    """Who is served first."""

    FINAL = 0
    REQUEST = 1
    PARTIAL = 2


class BacklogEntry(Generic[Payload]):
    """A text that waits, and whatever belongs to it."""

    __slots__ = ("attempts", "owner", "payload", "priority", "text")

    def __init__(self, owner: Hashable, text: str, priority: Priority, payload: Payload) -> None:
        self.owner = owner
        self.text = text
        self.priority = priority
        self.payload = payload
        self.attempts = 0


class Backlog(Generic[Payload]):
    """The texts that wait."""

    # Ordered sets, since each item is taken out by itself: a request may hold thousands of texts.
    def __init__(self) -> None:
        self._finals: OrderedDict[BacklogEntry[Payload], None] = OrderedDict()
        self._requests: dict[Hashable, OrderedDict[BacklogEntry[Payload], None]] = {}
        self._partials: dict[Hashable, BacklogEntry[Payload]] = {}

    def __len__(self) -> int:
        return len(self._finals) + sum(map(len, self._requests.values())) + len(self._partials)

    def add(self, item: BacklogEntry[Payload]) -> BacklogEntry[Payload] | None:
        """Let an item wait; returns the partial that it replaces."""
        match item.priority:
            case Priority.FINAL:
                self._finals[item] = None
            case Priority.REQUEST:
                self._requests.setdefault(item.owner, OrderedDict())[item] = None
            case Priority.PARTIAL:
                replaced = self._partials.pop(item.owner, None)
                self._partials[item.owner] = item
                return replaced
        return None

    def give_back(self, items: Iterable[BacklogEntry[Payload]]) -> list[BacklogEntry[Payload]]:
        """Put items that were taken in front again; returns the partials in whose place there are newer ones."""
        replaced = []
        for item in reversed(list(items)):
            match item.priority:
                case Priority.FINAL:
                    _put_first(self._finals, item)
                case Priority.REQUEST:
                    _put_first(self._requests.setdefault(item.owner, OrderedDict()), item)
                case Priority.PARTIAL:
                    if self._partials.setdefault(item.owner, item) is not item:
                        replaced.append(item)
        return replaced

    def remove(self, item: BacklogEntry[Payload]) -> None:
        """Take out an item that nobody waits for any more; none is harmless."""
        self._finals.pop(item, None)
        queue = self._requests.get(item.owner)
        if queue is not None:
            queue.pop(item, None)
            if not queue:
                del self._requests[item.owner]
        if self._partials.get(item.owner) is item:
            del self._partials[item.owner]

    def withdraw_partial(self, owner: Hashable) -> BacklogEntry[Payload] | None:
        """Take out an owner's partial."""
        return self._partials.pop(owner, None)

    def take(self, count: int, characters: int) -> list[BacklogEntry[Payload]]:
        """The next batch: at most so many items, and no more than so many characters unless it is one item.

        An item that was tried before goes alone: it may be the one that brings the model down.
        """
        batch: list[BacklogEntry[Payload]] = []
        room = characters
        for item in self._in_turn():
            if batch and (len(batch) == count or len(item.text) > room or item.attempts or batch[0].attempts):
                break
            batch.append(item)
            room -= len(item.text)
        for item in batch:
            self.remove(item)
            if item.priority is Priority.REQUEST and item.owner in self._requests:  # to the end of the turn
                self._requests[item.owner] = self._requests.pop(item.owner)
        return batch

    def _in_turn(self) -> Iterator[BacklogEntry[Payload]]:
        yield from self._finals
        queues = [iter(queue) for queue in self._requests.values()]
        while queues:
            rest = []
            for queue in queues:
                if (item := next(queue, None)) is not None:
                    yield item
                    rest.append(queue)
            queues = rest
        yield from self._partials.values()


def _put_first(queue: OrderedDict[BacklogEntry[Payload], None], item: BacklogEntry[Payload]) -> None:
    queue[item] = None
    queue.move_to_end(item, last=False)
