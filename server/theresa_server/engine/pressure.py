"""How well a model keeps up with its jobs, over a sliding window. Pure: callers pass the time."""

from collections import deque
from dataclasses import dataclass

from theresa_server.speech.recognition import JobKind

WINDOW_S = 10.0
"""Jobs that finished earlier are ignored."""

MIN_JOBS = 5
"""A percentile of fewer jobs is reported as 0."""

LATE_FINAL_S = 0.3
LATE_PARTIAL_S = 1.0
"""How long a job may wait, besides two model calls, before the server counts as overloaded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressure:
    """The load on a model: 95th percentiles in seconds, over the last ``WINDOW_S`` seconds.

    Waits of background jobs do not count, since no live speaker waits for them. Their calls do, since they delay live
    jobs.
    """

    final_wait_s: float = 0.0
    """Queue wait of finals."""
    partial_wait_s: float = 0.0
    """Queue wait of partials."""
    call_s: float = 0.0
    """Duration of a model call."""
    rtf: float = 0.0
    """Real-time factor: model time per second of audio."""

    @property
    def overloaded(self) -> bool:
        """Whether existing sessions already wait too long.

        Two calls are subtracted, since waits on a slow model are long even without competing jobs.
        """
        two_calls_s = 2 * self.call_s
        return self.final_wait_s > LATE_FINAL_S + two_calls_s or self.partial_wait_s > LATE_PARTIAL_S + two_calls_s


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedJob:
    """The timing of a finished job."""

    finished_s: float
    kind: JobKind
    wait_s: float
    """How long it waited in the queue."""
    call_s: float
    """How long the model call took."""
    batch_size: int
    """How many jobs shared the call."""
    audio_s: float


class PressureMonitor:
    """Measures the pressure on a model from its finished jobs."""

    def __init__(self) -> None:
        self._jobs: deque[FinishedJob] = deque()

    def record(self, job: FinishedJob) -> None:
        """Add a finished job; jobs must be added in the order in which they finished."""
        self._jobs.append(job)
        self._drop_expired(job.finished_s)

    def measure(self, now_s: float) -> Pressure:
        """Return the current pressure."""
        self._drop_expired(now_s)
        audio_s = sum(job.audio_s for job in self._jobs)
        return Pressure(
            final_wait_s=_percentile_95([job.wait_s for job in self._jobs if job.kind is JobKind.FINAL]),
            partial_wait_s=_percentile_95([job.wait_s for job in self._jobs if job.kind is JobKind.PARTIAL]),
            call_s=_percentile_95([job.call_s for job in self._jobs]),
            rtf=sum(job.call_s / job.batch_size for job in self._jobs) / audio_s if audio_s else 0.0,
        )

    def _drop_expired(self, now_s: float) -> None:
        while self._jobs and self._jobs[0].finished_s < now_s - WINDOW_S:
            self._jobs.popleft()


def _percentile_95(values: list[float]) -> float:
    return sorted(values)[int(0.95 * (len(values) - 1))] if len(values) >= MIN_JOBS else 0.0
