"""Who is decoded next, as pure policy: tickets in, batches out. No clock, no thread, no model.

Finals go before partials across all sessions, but partials never wait for more than a few batches of finals: somebody
who sends a whole recording at once must not silence those who speak live. Among finals the sessions take turns, and
within a session they keep their order. Of partials there is at most one per session: a newer one takes the older one's
place in the queue. A batch holds jobs of one kind and of like length, so that little of its work is padding.

Jobs of the background, of which nobody waits to hear while speaking, come when nothing live waits, and now and then
when something does, so that they are done some day. A batch under way cannot be called back: while there are live jobs
about, one of the background is small, so that a live job which comes meanwhile waits for little.
"""

from collections import OrderedDict, deque
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

from theresa_server.speech.recognition import JobKind

Payload = TypeVar("Payload")

LIKE_LENGTH_RATIO = 2.0
"""The longest job of a batch is at most this much longer than its shortest."""

FINALS_IN_A_ROW = 2
"""Batches of finals after which waiting partials get a batch."""

ALWAYS_LIKE_SAMPLES = 2 * 16_000
"""Jobs up to this length go together whatever their ratio: the shortest windows cost about the same."""

LIVE_IN_A_ROW = 16
"""Batches of live jobs after which waiting jobs of the background get a batch."""

SMALL_SAMPLES = 30 * 16_000
"""A small batch of the background holds no more audio, unless it is one job: about the cost of one long window."""

QUIET_BATCHES = 8
"""Batches of the background in a row after which there are no live jobs about, and batches may be large again."""


@dataclass(frozen=True, eq=False)
class Ticket(Generic[Payload]):
    """A job in the queue: its session, its kind, how much audio it holds, and the job itself."""

    session: Hashable
    kind: JobKind
    samples: int
    payload: Payload


_Turns = OrderedDict[Hashable, deque[Ticket[Payload]]]
"""Tickets by their sessions, those first whose turn is next."""


class Schedule(Generic[Payload]):
    """The queue of all sessions."""

    def __init__(self) -> None:
        self._finals: _Turns[Payload] = OrderedDict()
        self._partials: OrderedDict[Hashable, Ticket[Payload]] = OrderedDict()
        self._background: _Turns[Payload] = OrderedDict()
        self._finals_in_a_row = 0
        self._live_in_a_row = 0
        self._background_in_a_row = QUIET_BATCHES

    def __len__(self) -> int:
        queues = (*self._finals.values(), *self._background.values())
        return sum(map(len, queues)) + len(self._partials)

    def add(self, ticket: Ticket[Payload]) -> Ticket[Payload] | None:
        """Queue a ticket; returns the partial that it replaced, if any."""
        if ticket.kind is not JobKind.PARTIAL:
            self._turns_of(ticket).setdefault(ticket.session, deque()).append(ticket)
            return None
        replaced = self._partials.get(ticket.session)
        self._partials[ticket.session] = ticket
        return replaced

    def remove(self, ticket: Ticket[Payload]) -> bool:
        """Take a ticket back; False when it is not queued (any more)."""
        if self._partials.get(ticket.session) is ticket:
            del self._partials[ticket.session]
            return True
        turns = self._turns_of(ticket)
        queue = turns.get(ticket.session)
        if queue is None or ticket not in queue:
            return False
        queue.remove(ticket)
        if not queue:
            del turns[ticket.session]
        return True

    def remove_partial(self, session: Hashable) -> Ticket[Payload] | None:
        """Take back the partial of a session, if one is queued."""
        return self._partials.pop(session, None)

    def next_batch(self, size: int) -> list[Ticket[Payload]]:
        """Take the next tickets, at most ``size``; an empty list when there is nothing to do."""
        live = bool(self._finals or self._partials)
        if self._background and (not live or self._live_in_a_row >= LIVE_IN_A_ROW):
            return self._next_background(size)
        self._live_in_a_row = self._live_in_a_row + 1 if self._background else 0
        if live:
            self._background_in_a_row = 0
        if self._finals and not (self._partials and self._finals_in_a_row >= FINALS_IN_A_ROW):
            self._finals_in_a_row += 1
            return _in_turn(self._finals, size)
        self._finals_in_a_row = 0
        return self._next_partials(size)

    def _turns_of(self, ticket: Ticket[Payload]) -> "_Turns[Payload]":
        return self._background if ticket.kind is JobKind.BACKGROUND else self._finals

    def _next_background(self, size: int) -> list[Ticket[Payload]]:
        small = self._background_in_a_row < QUIET_BATCHES
        self._background_in_a_row += 1
        self._live_in_a_row = 0
        return _in_turn(self._background, size, SMALL_SAMPLES if small else None)

    def _next_partials(self, size: int) -> list[Ticket[Payload]]:
        batch: list[Ticket[Payload]] = []
        for ticket in list(self._partials.values()):
            if len(batch) == size:
                break
            if _fits(batch, ticket):
                batch.append(self._partials.pop(ticket.session))
        return batch


def _in_turn(turns: _Turns[Payload], size: int, samples: int | None = None) -> list[Ticket[Payload]]:
    """Take tickets of one session after the other; beyond the first, no more than so many samples together."""
    batch: list[Ticket[Payload]] = []
    progress = True
    while progress and len(batch) < size:
        progress = False
        for session in list(turns):
            queue = turns[session]
            if len(batch) == size:
                break
            full = samples is not None and sum(ticket.samples for ticket in batch) + queue[0].samples > samples
            if batch and (full or not _fits(batch, queue[0])):
                continue
            batch.append(queue.popleft())
            progress = True
            if queue:
                turns.move_to_end(session)
            else:
                del turns[session]
    return batch


def _fits(batch: list[Ticket[Payload]], ticket: Ticket[Payload]) -> bool:
    lengths = [ticket.samples, *(other.samples for other in batch)]
    return max(lengths) <= max(ALWAYS_LIKE_SAMPLES, LIKE_LENGTH_RATIO * min(lengths))
