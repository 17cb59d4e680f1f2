"""Who is decoded next, as pure policy: tickets in, batches out. No clock, no thread, no model.

Finals go before partials across all sessions, but partials never wait for more than a few batches of finals: somebody
who sends a whole recording at once must not silence those who speak live. Among finals the sessions take turns, and
within a session they keep their order. Of partials there is at most one per session: a newer one takes the older one's
place in the queue. A batch holds jobs of one kind and of like length, so that little of its work is padding.
"""

from collections import OrderedDict, deque
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

Payload = TypeVar("Payload")

LIKE_LENGTH_RATIO = 2.0
"""The longest job of a batch is at most this much longer than its shortest."""

FINALS_IN_A_ROW = 2
"""Batches of finals after which waiting partials get a batch."""

ALWAYS_LIKE_SAMPLES = 2 * 16_000
"""Jobs up to this length go together whatever their ratio: the shortest windows cost about the same."""


@dataclass(frozen=True, eq=False)
class Ticket(Generic[Payload]):
    """A job in the queue: whose it is, whether a final depends on it, how much audio it holds, and the job itself."""

    session: Hashable
    final: bool
    samples: int
    payload: Payload


class Schedule(Generic[Payload]):
    """The queue of all sessions."""

    def __init__(self) -> None:
        self._finals: OrderedDict[Hashable, deque[Ticket[Payload]]] = OrderedDict()
        self._partials: OrderedDict[Hashable, Ticket[Payload]] = OrderedDict()
        self._in_a_row = 0

    def __len__(self) -> int:
        return sum(map(len, self._finals.values())) + len(self._partials)

    def add(self, ticket: Ticket[Payload]) -> Ticket[Payload] | None:
        """Queue a ticket; returns the partial that it replaced, if any."""
        if ticket.final:
            self._finals.setdefault(ticket.session, deque()).append(ticket)
            return None
        replaced = self._partials.get(ticket.session)
        self._partials[ticket.session] = ticket
        return replaced

    def remove(self, ticket: Ticket[Payload]) -> bool:
        """Take a ticket back; False when it is not queued (any more)."""
        if self._partials.get(ticket.session) is ticket:
            del self._partials[ticket.session]
            return True
        queue = self._finals.get(ticket.session)
        if queue is None or ticket not in queue:
            return False
        queue.remove(ticket)
        if not queue:
            del self._finals[ticket.session]
        return True

    def remove_partial(self, session: Hashable) -> Ticket[Payload] | None:
        """Take back the partial of a session, if one is queued."""
        return self._partials.pop(session, None)

    def next_batch(self, size: int) -> list[Ticket[Payload]]:
        """Take the next tickets, at most ``size``; an empty list when there is nothing to do."""
        if self._finals and not (self._partials and self._in_a_row >= FINALS_IN_A_ROW):
            self._in_a_row += 1
            return self._next_finals(size)
        self._in_a_row = 0
        return self._next_partials(size)

    def _next_finals(self, size: int) -> list[Ticket[Payload]]:
        batch: list[Ticket[Payload]] = []
        progress = True
        while progress and len(batch) < size:
            progress = False
            for session in list(self._finals):
                queue = self._finals[session]
                if len(batch) == size:
                    break
                if not _fits(batch, queue[0]):
                    continue
                batch.append(queue.popleft())
                progress = True
                if queue:
                    self._finals.move_to_end(session)
                else:
                    del self._finals[session]
        return batch

    def _next_partials(self, size: int) -> list[Ticket[Payload]]:
        batch: list[Ticket[Payload]] = []
        for ticket in list(self._partials.values()):
            if len(batch) == size:
                break
            if _fits(batch, ticket):
                batch.append(self._partials.pop(ticket.session))
        return batch


def _fits(batch: list[Ticket[Payload]], ticket: Ticket[Payload]) -> bool:
    lengths = [ticket.samples, *(other.samples for other in batch)]
    return max(lengths) <= max(ALWAYS_LIKE_SAMPLES, LIKE_LENGTH_RATIO * min(lengths))
