"""The level of a microphone: RMS and peak in dBFS, without an array library. Pure.

dBFS here is 20·log10 of the amplitude relative to full scale (32,768): a full-scale sine has a peak of 0 and an RMS of
−3.
"""

import math
from array import array
from dataclasses import dataclass, field
from operator import mul

FULL_SCALE = 32_768
HOLD_MS = 1_500
"""How long a peak is held, so that it can be read."""
DIGITAL_SILENCE = 1
"""Maximum amplitude, in 16-bit steps, of digital silence: some muted microphones still output ±1, live ones more."""


def dbfs(amplitude: float) -> float:
    """Convert an amplitude from 0 to 32,768 into dBFS; 0 is minus infinity."""
    return 20 * math.log10(amplitude / FULL_SCALE) if amplitude > 0 else -math.inf


def amplitudes(pcm: bytes) -> tuple[int, float]:
    """Return the peak and the RMS of signed 16-bit PCM over all channels; both are 0 for no samples."""
    samples = array("h", pcm)
    if not samples:
        return 0, 0.0
    return max(max(samples), -min(samples)), math.sqrt(sum(map(mul, samples, samples)) / len(samples))


class LevelMeter:
    """Measures the current level, the recent peak, and the duration of digital silence."""

    def __init__(self) -> None:
        self.level_dbfs = -math.inf
        """RMS of the last block."""
        self.peak_dbfs = -math.inf
        """Highest peak of the last ``HOLD_MS``."""
        self.silent_ms = 0.0
        """Duration of digital silence up to now."""
        self._held_ms = 0.0

    def update(self, pcm: bytes, duration_ms: float) -> None:
        """Measure a block of signed 16-bit PCM."""
        peak, rms = amplitudes(pcm)
        self.level_dbfs = dbfs(rms)
        self.silent_ms = self.silent_ms + duration_ms if peak <= DIGITAL_SILENCE else 0.0
        self._held_ms += duration_ms
        if dbfs(peak) >= self.peak_dbfs or self._held_ms > HOLD_MS:
            self.peak_dbfs, self._held_ms = dbfs(peak), 0.0


@dataclass
class MicrophoneStatus:
    """The visible status of a microphone. Written by the event loop, read by the thread that draws."""

    open: bool = False
    meter: LevelMeter = field(default_factory=LevelMeter)
    muted: bool = False
    keys: bool = False
    """Whether a key mutes it."""
    waiting_ms: int = 0
    """Audio captured but not sent yet."""
    lost_ms: int = 0
    """Audio replaced by silence."""
