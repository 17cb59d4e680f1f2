"""How well a model keeps up with what is asked of it, from the jobs of the last while. Pure: times are handed in."""

from collections import deque
from dataclasses import dataclass

WINDOW_S = 10.0
"""Older jobs are forgotten."""

ENOUGH = 5
"""So few jobs tell nothing."""

LATE_FINAL_S = 0.3
LATE_PARTIAL_S = 1.0
"""What a job may take, from when it can be decoded to its text, before a server is under more load than it carries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressure:
    """What 95 of 100 jobs of each kind took at most, and the seconds of work that a second of their audio costs."""

    final_s: float = 0.0
    partial_s: float = 0.0
    rtf: float = 0.0

    @property
    def too_high(self) -> bool:
        """Whether those who are there are served too late already."""
        return self.final_s > LATE_FINAL_S or self.partial_s > LATE_PARTIAL_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A job that is done: when, how long it took, how long the model worked on it, on how many seconds of audio."""

    at_s: float
    final: bool
    took_s: float
    work_s: float
    audio_s: float


class PressureGauge:
    """Keeps what was served in the last while."""

    def __init__(self) -> None:
        self._served: deque[Served] = deque()

    def note(self, served: Served) -> None:
        """Take in a job that is done; they come in the order of their times."""
        self._served.append(served)
        self._forget(served.at_s)

    def read(self, now_s: float) -> Pressure:
        """How things stand."""
        self._forget(now_s)
        audio_s = sum(one.audio_s for one in self._served)
        return Pressure(
            final_s=_high([one.took_s for one in self._served if one.final]),
            partial_s=_high([one.took_s for one in self._served if not one.final]),
            rtf=sum(one.work_s for one in self._served) / audio_s if audio_s else 0.0,
        )

    def _forget(self, now_s: float) -> None:
        while self._served and self._served[0].at_s < now_s - WINDOW_S:
            self._served.popleft()


def _high(figures: list[float]) -> float:
    """The 95th percentile; 0 where there are too few to tell."""
    return sorted(figures)[int(0.95 * (len(figures) - 1))] if len(figures) >= ENOUGH else 0.0
