"""Where to split speech that goes on for too long."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from theresa_server.audio.pcm import SAMPLE_RATE_HZ, Tape

_WINDOW = 30 * SAMPLE_RATE_HZ // 1000


class SampleSpan(NamedTuple):
    """Samples [begin, end)."""

    begin: int
    end: int

    @property
    def length(self) -> int:
        """How many samples."""
        return self.end - self.begin


def best_split(tape: Tape, pauses: Iterable[SampleSpan], search: SampleSpan) -> int:
    """Choose a position within `search`: amid the longest pause in it, of equally long ones the quietest.

    Without any pause: amid the quietest 30 ms, and where not even these fit, at the end.
    """
    inside = (SampleSpan(max(pause.begin, search.begin), min(pause.end, search.end)) for pause in pauses)
    candidates = [pause for pause in inside if pause.length > 0]
    if not candidates:
        begins = range(search.begin, search.end - _WINDOW + 1, _WINDOW)
        candidates = [SampleSpan(begin, begin + _WINDOW) for begin in begins]
    if not candidates:
        return search.end
    best = max(candidates, key=lambda span: (span.length, -_power(tape, span)))
    return (best.begin + best.end) // 2


def _power(tape: Tape, span: SampleSpan) -> float:
    """Mean square of the samples."""
    return float(np.mean(np.square(tape.view(*span), dtype=np.float64)))
