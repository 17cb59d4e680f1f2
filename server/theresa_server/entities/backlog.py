"""Queue of the texts that wait for entity recognition, without a clock or a process.

Finals are annotated before requests, and requests before partials. The owners of requests take turns, so that a
request with a thousand texts does not block one with a single text. Each owner has at most one partial, which a newer
one replaces.
"""

from collections import OrderedDict
from collections.abc import Hashable, Iterable, Iterator
from enum import IntEnum
from typing import Generic, TypeVar

Payload = TypeVar("Payload")


class EntityPriority(IntEnum):
    """Priority of a text; the lowest value is annotated first."""

    FINAL = 0
    REQUEST = 1
    PARTIAL = 2


class BacklogEntry(Generic[Payload]):
    """A queued text and its payload."""

    __slots__ = ("attempts", "owner", "payload", "priority", "text")

    def __init__(self, owner: Hashable, text: str, priority: EntityPriority, payload: Payload) -> None:
        self.owner = owner
        self.text = text
        self.priority = priority
        self.payload = payload
        self.attempts = 0


class EntityBacklog(Generic[Payload]):
    """The queued texts of all sessions and requests."""

    # Ordered sets, because entries are removed one by one and a request may hold thousands of texts.
    def __init__(self) -> None:
        self._finals: OrderedDict[BacklogEntry[Payload], None] = OrderedDict()
        self._requests: dict[Hashable, OrderedDict[BacklogEntry[Payload], None]] = {}
        self._partials: dict[Hashable, BacklogEntry[Payload]] = {}

    def __len__(self) -> int:
        return len(self._finals) + sum(map(len, self._requests.values())) + len(self._partials)

    def add(self, entry: BacklogEntry[Payload]) -> BacklogEntry[Payload] | None:
        """Append an entry. Returns the partial that it replaces."""
        match entry.priority:
            case EntityPriority.FINAL:
                self._finals[entry] = None
            case EntityPriority.REQUEST:
                self._requests.setdefault(entry.owner, OrderedDict())[entry] = None
            case EntityPriority.PARTIAL:
                replaced = self._partials.pop(entry.owner, None)
                self._partials[entry.owner] = entry
                return replaced
        return None

    def requeue(self, entries: Iterable[BacklogEntry[Payload]]) -> list[BacklogEntry[Payload]]:
        """Put the entries of a batch back in front. Returns the partials that newer ones have replaced."""
        replaced = []
        for entry in reversed(list(entries)):
            match entry.priority:
                case EntityPriority.FINAL:
                    _put_first(self._finals, entry)
                case EntityPriority.REQUEST:
                    _put_first(self._requests.setdefault(entry.owner, OrderedDict()), entry)
                case EntityPriority.PARTIAL:
                    if self._partials.setdefault(entry.owner, entry) is not entry:
                        replaced.append(entry)
        return replaced

    def remove(self, entry: BacklogEntry[Payload]) -> None:
        """Remove an entry if it is queued."""
        self._finals.pop(entry, None)
        queue = self._requests.get(entry.owner)
        if queue is not None:
            queue.pop(entry, None)
            if not queue:
                del self._requests[entry.owner]
        if self._partials.get(entry.owner) is entry:
            del self._partials[entry.owner]

    def cancel_partial(self, owner: Hashable) -> BacklogEntry[Payload] | None:
        """Remove the partial of an owner and return it."""
        return self._partials.pop(owner, None)

    def next_batch(self, max_texts: int, max_characters: int) -> list[BacklogEntry[Payload]]:
        """Remove and return the next batch. It exceeds ``max_characters`` only if it is a single entry.

        An entry that was attempted before is returned alone, because it may crash the model.
        """
        batch: list[BacklogEntry[Payload]] = []
        characters_left = max_characters
        for entry in self._in_order():
            full = len(batch) == max_texts or len(entry.text) > characters_left
            if batch and (full or entry.attempts or batch[0].attempts):
                break
            batch.append(entry)
            characters_left -= len(entry.text)
        for entry in batch:
            self.remove(entry)
            if entry.priority is EntityPriority.REQUEST and entry.owner in self._requests:  # the next owner's turn
                self._requests[entry.owner] = self._requests.pop(entry.owner)
        return batch

    def _in_order(self) -> Iterator[BacklogEntry[Payload]]:
        yield from self._finals
        queues = [iter(queue) for queue in self._requests.values()]
        while queues:
            remaining = []
            for queue in queues:
                if (entry := next(queue, None)) is not None:
                    yield entry
                    remaining.append(queue)
            queues = remaining
        yield from self._partials.values()


def _put_first(queue: OrderedDict[BacklogEntry[Payload], None], entry: BacklogEntry[Payload]) -> None:
    queue[entry] = None
    queue.move_to_end(entry, last=False)
