"""Scheduling of decode jobs as pure policy: queued jobs in, batches out. No clock, thread or model.

Finals are decoded before partials across all sessions. Partials wait for at most a few batches of finals, so that a
client that sends a whole recording at once cannot block live sessions. Sessions take turns with their finals, and the
finals of one session stay in order. Each session has at most one queued partial: a newer one replaces it and keeps its
place in the queue. A batch holds jobs of one kind and of similar length, to keep padding low.

Background jobs run when no live job waits, and occasionally when one does, so that they always make progress. A running
batch cannot be interrupted: while live jobs keep arriving, background batches are small, so that a live job that
arrives during one waits only briefly.
"""

from collections import OrderedDict, deque
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

from theresa_server.speech.recognition import JobKind

Payload = TypeVar("Payload")

MAX_LENGTH_RATIO = 2.0
"""The longest job of a batch is at most this many times as long as its shortest."""

SHORT_SAMPLES = 2 * 16_000
"""Jobs up to this length share a batch whatever their ratio: the shortest windows cost about the same."""

MAX_CONSECUTIVE_FINALS = 2
"""Batches of finals in a row before waiting partials get a batch."""

MAX_CONSECUTIVE_LIVE = 16
"""Batches of live jobs in a row before waiting background jobs get a batch."""

SMALL_BATCH_SAMPLES = 30 * 16_000
"""Limit on the audio of a small background batch, unless it is a single job: about the cost of one long window."""

IDLE_BATCHES = 8
"""Background batches in a row without a live job, after which batches may be large again."""


@dataclass(frozen=True, eq=False)
class QueuedJob(Generic[Payload]):
    """A job as the scheduler sees it."""

    session: Hashable
    kind: JobKind
    samples: int
    """The length of its audio."""
    payload: Payload
    """The job itself."""


_SessionQueues = OrderedDict[Hashable, deque[QueuedJob[Payload]]]
"""Queues of jobs by session, ordered by whose turn is next."""


class Scheduler(Generic[Payload]):
    """The queue of all sessions."""

    def __init__(self) -> None:
        self._finals: _SessionQueues[Payload] = OrderedDict()
        self._partials: OrderedDict[Hashable, QueuedJob[Payload]] = OrderedDict()
        self._background: _SessionQueues[Payload] = OrderedDict()
        self._consecutive_finals = 0
        self._consecutive_live = 0
        self._consecutive_background = IDLE_BATCHES

    def __len__(self) -> int:
        queues = (*self._finals.values(), *self._background.values())
        return sum(map(len, queues)) + len(self._partials)

    def add(self, job: QueuedJob[Payload]) -> QueuedJob[Payload] | None:
        """Queue a job, and return the partial it replaced, if any."""
        if job.kind is not JobKind.PARTIAL:
            self._queues_for(job).setdefault(job.session, deque()).append(job)
            return None
        replaced = self._partials.get(job.session)
        self._partials[job.session] = job
        return replaced

    def remove(self, job: QueuedJob[Payload]) -> bool:
        """Remove a job from the queue, and return whether it was still queued."""
        if self._partials.get(job.session) is job:
            del self._partials[job.session]
            return True
        queues = self._queues_for(job)
        queue = queues.get(job.session)
        if queue is None or job not in queue:
            return False
        queue.remove(job)
        if not queue:
            del queues[job.session]
        return True

    def remove_partial(self, session: Hashable) -> QueuedJob[Payload] | None:
        """Remove and return the queued partial of a session, if any."""
        return self._partials.pop(session, None)

    def pop_batch(self, max_size: int) -> list[QueuedJob[Payload]]:
        """Remove and return the next batch; it is empty if no job is queued."""
        live = bool(self._finals or self._partials)
        if self._background and (not live or self._consecutive_live >= MAX_CONSECUTIVE_LIVE):
            return self._pop_background(max_size)
        self._consecutive_live = self._consecutive_live + 1 if self._background else 0
        if live:
            self._consecutive_background = 0
        if self._finals and not (self._partials and self._consecutive_finals >= MAX_CONSECUTIVE_FINALS):
            self._consecutive_finals += 1
            return _pop_in_turn(self._finals, max_size)
        self._consecutive_finals = 0
        return self._pop_partials(max_size)

    def _queues_for(self, job: QueuedJob[Payload]) -> "_SessionQueues[Payload]":
        return self._background if job.kind is JobKind.BACKGROUND else self._finals

    def _pop_background(self, max_size: int) -> list[QueuedJob[Payload]]:
        small = self._consecutive_background < IDLE_BATCHES
        self._consecutive_background += 1
        self._consecutive_live = 0
        return _pop_in_turn(self._background, max_size, SMALL_BATCH_SAMPLES if small else None)

    def _pop_partials(self, max_size: int) -> list[QueuedJob[Payload]]:
        batch: list[QueuedJob[Payload]] = []
        for job in list(self._partials.values()):
            if len(batch) == max_size:
                break
            if _fits(batch, job):
                batch.append(self._partials.pop(job.session))
        return batch


def _pop_in_turn(
    queues: _SessionQueues[Payload], max_size: int, max_samples: int | None = None
) -> list[QueuedJob[Payload]]:
    """Take one job per session in turn; ``max_samples`` limits their total audio unless it is a single job."""
    batch: list[QueuedJob[Payload]] = []
    progress = True
    while progress and len(batch) < max_size:
        progress = False
        for session in list(queues):
            queue = queues[session]
            if len(batch) == max_size:
                break
            full = max_samples is not None and sum(job.samples for job in batch) + queue[0].samples > max_samples
            if batch and (full or not _fits(batch, queue[0])):
                continue
            batch.append(queue.popleft())
            progress = True
            if queue:
                queues.move_to_end(session)
            else:
                del queues[session]
    return batch


def _fits(batch: list[QueuedJob[Payload]], job: QueuedJob[Payload]) -> bool:
    lengths = [job.samples, *(other.samples for other in batch)]
    return max(lengths) <= max(SHORT_SAMPLES, MAX_LENGTH_RATIO * min(lengths))
