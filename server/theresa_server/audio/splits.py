"""The best position at which to split speech that is too long."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from theresa_server.audio.pcm import SAMPLE_RATE_HZ, SampleBuffer

_WINDOW = 30 * SAMPLE_RATE_HZ // 1000


class SampleSpan(NamedTuple):
    """Samples [begin, end)."""

    begin: int
    end: int

    @property
    def length(self) -> int:
        """The number of samples."""
        return self.end - self.begin


def best_split(buffer: SampleBuffer, pauses: Iterable[SampleSpan], search: SampleSpan) -> int:
    """Return a position within ``search``: the middle of the longest pause, or of the quietest among equally long ones.

    Without a pause it is the middle of the quietest 30 ms. If ``search`` is shorter than that, it is its end.
    """
    inside = (SampleSpan(max(pause.begin, search.begin), min(pause.end, search.end)) for pause in pauses)
    candidates = [pause for pause in inside if pause.length > 0]
    if not candidates:
        begins = range(search.begin, search.end - _WINDOW + 1, _WINDOW)
        candidates = [SampleSpan(begin, begin + _WINDOW) for begin in begins]
    if not candidates:
        return search.end
    best = max(candidates, key=lambda span: (span.length, -_power(buffer, span)))
    return (best.begin + best.end) // 2


def _power(buffer: SampleBuffer, span: SampleSpan) -> float:
    """Return the mean square of the samples."""
    return float(np.mean(np.square(buffer.view(*span), dtype=np.float64)))
