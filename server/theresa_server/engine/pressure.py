"""How well a model keeps up with what is asked of it, from the jobs of the last while. Pure: times are handed in."""

from collections import deque
from dataclasses import dataclass

from theresa_server.speech.recognition import JobKind

WINDOW_S = 10.0
"""Older jobs are forgotten."""

ENOUGH = 5
"""So few jobs tell nothing."""

LATE_FINAL_S = 0.3
LATE_PARTIAL_S = 1.0
"""How long a job may wait, beside the turn of two others, before a server is under more load than it carries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressure:
    """How long 95 of 100 jobs of each kind waited at most, and 95 of 100 calls of the model lasted, in seconds.

    How long jobs of the background wait troubles nobody; their calls keep the model from others as any do. ``rtf`` is
    how many seconds of the model's work a second of audio costs.
    """

    final_wait_s: float = 0.0
    partial_wait_s: float = 0.0
    call_s: float = 0.0
    rtf: float = 0.0

    @property
    def too_high(self) -> bool:
        """Whether those who are there are served too late already. A slow model makes wait longer without any crowd."""
        turns_s = 2 * self.call_s
        return self.final_wait_s > LATE_FINAL_S + turns_s or self.partial_wait_s > LATE_PARTIAL_S + turns_s


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedJob:
    """A job that is done: when, how long it had waited, how long the call lasted and how many jobs shared it."""

    at_s: float
    kind: JobKind
    waited_s: float
    call_s: float
    shared: int
    audio_s: float


class PressureGauge:
    """Keeps what was served in the last while."""

    def __init__(self) -> None:
        self._served: deque[FinishedJob] = deque()

    def note(self, served: FinishedJob) -> None:
        """Take in a job that is done; they come in the order of their times."""
        self._served.append(served)
        self._forget(served.at_s)

    def read(self, now_s: float) -> Pressure:
        """How things stand."""
        self._forget(now_s)
        audio_s = sum(one.audio_s for one in self._served)
        return Pressure(
            final_wait_s=_high([one.waited_s for one in self._served if one.kind is JobKind.FINAL]),
            partial_wait_s=_high([one.waited_s for one in self._served if one.kind is JobKind.PARTIAL]),
            call_s=_high([one.call_s for one in self._served]),
            rtf=sum(one.call_s / one.shared for one in self._served) / audio_s if audio_s else 0.0,
        )

    def _forget(self, now_s: float) -> None:
        while self._served and self._served[0].at_s < now_s - WINDOW_S:
            self._served.popleft()


def _high(figures: list[float]) -> float:
    """The 95th percentile; 0 where there are too few to tell."""
    return sorted(figures)[int(0.95 * (len(figures) - 1))] if len(figures) >= ENOUGH else 0.0
