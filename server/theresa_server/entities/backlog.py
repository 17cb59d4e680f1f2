"""Which texts are annotated next. Pure: no clock, no process.

Finals come before requests, requests before partials. Among requests the owners take turns, so that one with a thousand
texts does not keep out one with a single text. An owner has one partial at most: a newer one replaces it.
"""

from collections import deque
from collections.abc import Hashable, Iterable, Iterator
from enum import IntEnum
from typing import Generic, TypeVar

Payload = TypeVar("Payload")


class Priority(IntEnum):
    """Who is served first."""

    FINAL = 0
    REQUEST = 1
    PARTIAL = 2


class Item(Generic[Payload]):
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

    def __init__(self) -> None:
        self._finals: deque[Item[Payload]] = deque()
        self._requests: dict[Hashable, deque[Item[Payload]]] = {}
        self._partials: dict[Hashable, Item[Payload]] = {}

    def __len__(self) -> int:
        return len(self._finals) + sum(map(len, self._requests.values())) + len(self._partials)

    def add(self, item: Item[Payload]) -> Item[Payload] | None:
        """Let an item wait; returns the partial that it replaces."""
        match item.priority:
            case Priority.FINAL:
                self._finals.append(item)
            case Priority.REQUEST:
                self._requests.setdefault(item.owner, deque()).append(item)
            case Priority.PARTIAL:
                replaced = self._partials.pop(item.owner, None)
                self._partials[item.owner] = item
                return replaced
        return None

    def give_back(self, items: Iterable[Item[Payload]]) -> None:
        """Put items that were taken in front again; a partial only if there is no newer one."""
        for item in reversed(list(items)):
            match item.priority:
                case Priority.FINAL:
                    self._finals.appendleft(item)
                case Priority.REQUEST:
                    self._requests.setdefault(item.owner, deque()).appendleft(item)
                case Priority.PARTIAL:
                    self._partials.setdefault(item.owner, item)

    def remove(self, item: Item[Payload]) -> None:
        """Take out an item that nobody waits for any more; none is harmless."""
        match item.priority:
            case Priority.FINAL if item in self._finals:
                self._finals.remove(item)
            case Priority.REQUEST if item in (queue := self._requests.get(item.owner, deque())):
                queue.remove(item)
                if not queue:
                    del self._requests[item.owner]
            case Priority.PARTIAL if self._partials.get(item.owner) is item:
                del self._partials[item.owner]

    def withdraw_partial(self, owner: Hashable) -> Item[Payload] | None:
        """Take out an owner's partial."""
        return self._partials.pop(owner, None)

    def take(self, count: int, characters: int) -> list[Item[Payload]]:
        """The next batch: at most so many items, and no more than so many characters unless it is one item.

        An item that was tried before goes alone: it may be the one that brings the model down.
        """
        batch: list[Item[Payload]] = []
        room = characters
        for item in self._in_turn():
            if batch and (len(batch) == count or len(item.text) > room or item.attempts or batch[0].attempts):
                break
            batch.append(item)
            room -= len(item.text)
        for item in batch:
            self.remove(item)
        for owner in {item.owner: None for item in batch if item.priority is Priority.REQUEST}:
            if owner in self._requests:  # to the end of the turn
                self._requests[owner] = self._requests.pop(owner)
        return batch

    def _in_turn(self) -> Iterator[Item[Payload]]:
        yield from list(self._finals)
        queues = [deque(queue) for queue in self._requests.values()]
        while queues := [queue for queue in queues if queue]:
            for queue in queues:
                yield queue.popleft()
        yield from list(self._partials.values())
