"""What precedes a detector that depends on loudness: removal of hum and offset, and level control."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from theresa_server.audio.pcm import SAMPLE_RATE_HZ, Pcm

HUM_HZ = (0, 50, 60)
"""What is not sound: a constant offset, and the hum of mains."""

TARGET_RMS = 3_000.0
"""The RMS, of 32,768, to which the loudest recent audio is brought: that of a voice close to the microphone."""

FLOOR_RMS = 100.0
"""The RMS (-50 dBFS) below which the gain rises no further, so that silence stays silent."""

HELD = 0.9985
"""The share of the level that remains after a quiet frame of 20 ms within speech. The level halves in 9 s."""

RELEASED = 0.9
"""The same without a voice. The level falls by 45 dB in a second, so that a distant speaker is heard next."""

_KEPT_SINGULAR = 0.05

Signal = NDArray[np.float64]
"""Frames of audio as rows of samples, from -32,768 to 32,767."""


def without_hum(frames: Pcm) -> Signal:
    """Return frames (rows of ``int16``) without offset and hum.

    Each frame is projected on its own, so that there is no state. In ``float64`` the result is the same however many
    frames are passed at once.
    """
    basis = _hum(frames.shape[1])
    signal = frames.astype(np.float64)
    signal -= (signal @ basis) @ basis.T
    return signal


@cache
def _hum(samples: int) -> Signal:
    """Return an orthonormal basis (samples, dimensions) of the hum in a frame of any phase."""
    times = np.arange(samples) / SAMPLE_RATE_HZ
    waves = [wave(2 * np.pi * hz * times) for hz in HUM_HZ for wave in (np.cos, np.sin)]
    vectors, singular, _ = np.linalg.svd(np.stack(waves, 1), full_matrices=False)
    return np.ascontiguousarray(vectors[:, singular > _KEPT_SINGULAR * singular[0]])


class LevelControl:
    """Brings the loudest recent audio to a fixed level, frame by frame.

    The level rises at once with a loud frame. While someone speaks, it falls slowly, so that the background stays in
    the background; otherwise it falls fast. It starts at the floor, so that the first word of a quiet speaker is
    amplified too.
    """

    def __init__(self) -> None:
        self._level = self._loudest = FLOOR_RMS

    @property
    def steady_gain(self) -> float:
        """The gain for the loudest audio of the last seconds, from about 0.1 to 30, which hardly varies."""
        return TARGET_RMS / self._loudest

    def apply(self, frame: Signal, rms: float, *, held: bool) -> Pcm:
        """Return the next frame amplified and clipped to 16 bits, given its RMS and whether the level is held."""
        self._loudest = max(rms, self._loudest * HELD, FLOOR_RMS)
        self._level = max(rms, self._level * (HELD if held else RELEASED), FLOOR_RMS)
        amplified = np.rint(frame * (TARGET_RMS / self._level))
        return np.minimum(np.maximum(amplified, -32_768, out=amplified), 32_767, out=amplified).astype(np.int16)
