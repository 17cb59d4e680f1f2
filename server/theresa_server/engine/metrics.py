"""GuardCounters of the work done on a model since it was loaded. Pure."""

from bisect import bisect_left
from dataclasses import dataclass, field

from theresa_server.engine.pressure import FinishedJob
from theresa_server.speech.guards import GuardAction, GuardCounters
from theresa_server.speech.recognition import EngineError, Hypothesis, JobKind

WAIT_BUCKETS_S = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
"""Upper bounds of the histogram of queue waits; one more bucket holds longer waits."""


@dataclass(slots=True)
class JobMetrics:
    """Totals over the jobs of one kind."""

    jobs: int = 0
    failed: int = 0
    audio_s: float = 0.0
    wait_s: float = 0.0
    """Time in the queue."""
    decoding_s: float = 0.0
    """Model time; the jobs of a batch share the time of their call equally."""
    wait_histogram: list[int] = field(default_factory=lambda: [0] * (len(WAIT_BUCKETS_S) + 1))
    """Number of jobs in each bucket of ``WAIT_BUCKETS_S``."""


class EngineMetrics:
    """GuardCounters that never decrease."""

    def __init__(self) -> None:
        self.by_kind: dict[JobKind, JobMetrics] = {kind: JobMetrics() for kind in JobKind}
        self.guards = GuardCounters()
        self.finals = 0

    def record_job(self, job: FinishedJob, outcome: Hypothesis | EngineError) -> None:
        """Count a finished job."""
        totals = self.by_kind[job.kind]
        totals.jobs += 1
        totals.audio_s += job.audio_s
        totals.wait_s += job.wait_s
        totals.decoding_s += job.call_s / job.batch_size
        totals.wait_histogram[bisect_left(WAIT_BUCKETS_S, job.wait_s)] += 1
        if isinstance(outcome, EngineError):
            totals.failed += 1
        else:
            self.guards = self.guards.incremented(outcome.guard_actions)

    def record_final(self, final: Hypothesis) -> None:
        """Count a final that is sent to a client, and whether repeated words were removed from it.

        The repetition guard runs after decoding, so ``record_job`` cannot count it.
        """
        self.finals += 1
        if GuardAction.REPEAT in final.guard_actions:
            self.guards = self.guards.incremented([GuardAction.REPEAT])
