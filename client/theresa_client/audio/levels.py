"""How loud a microphone is: RMS and peak in dBFS, without an array library. Pure.

dBFS here is 20·log10 of the amplitude over that of full scale (32,768): a full sine has a peak of 0 and an RMS of −3.
"""

import math
from array import array
from dataclasses import dataclass, field
from operator import mul

FULL_SCALE = 32_768
HOLD_MS = 1_500
"""How long the peak stays where it was: long enough to be read."""
DIGITAL_SILENCE = 1
"""The peak, in steps of 16 bits, that no living microphone stays below: some that are muted still give ±1."""


def dbfs(amplitude: float) -> float:
    """An amplitude, 0 to 32,768, in dBFS; minus infinity for none."""
    return 20 * math.log10(amplitude / FULL_SCALE) if amplitude > 0 else -math.inf


def amplitudes(pcm: bytes) -> tuple[int, float]:
    """The peak and the RMS of signed 16-bit PCM, over all channels; both 0 for none."""
    samples = array("h", pcm)
    if not samples:
        return 0, 0.0
    return max(max(samples), -min(samples)), math.sqrt(sum(map(mul, samples, samples)) / len(samples))


class Meter:
    """The level of what was heard last, the highest peak of a moment, and for how long there was nothing at all."""

    def __init__(self) -> None:
        self.level_dbfs = -math.inf
        """RMS of the last block."""
        self.peak_dbfs = -math.inf
        """The highest peak of the last ``HOLD_MS``."""
        self.silent_ms = 0.0
        """How long nothing but digital silence has come."""
        self._held_ms = 0.0

    def hear(self, pcm: bytes, duration_ms: float) -> None:
        """Take in a block of signed 16-bit PCM."""
        peak, rms = amplitudes(pcm)
        self.level_dbfs = dbfs(rms)
        self.silent_ms = self.silent_ms + duration_ms if peak <= DIGITAL_SILENCE else 0.0
        self._held_ms += duration_ms
        if dbfs(peak) >= self.peak_dbfs or self._held_ms > HOLD_MS:
            self.peak_dbfs, self._held_ms = dbfs(peak), 0.0


@dataclass
class Gauge:
    """What is to be seen of a microphone: written by the event loop, read by the thread that draws."""

    open: bool = False
    meter: Meter = field(default_factory=Meter)
    muted: bool = False
    keys: bool = False
    """Whether a key mutes it."""
    waiting_ms: int = 0
    """Sound that was heard and could not be sent yet."""
    lost_ms: int = 0
    """Sound for which silence stands."""
