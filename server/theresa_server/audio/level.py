"""Level control for a detector that depends on loudness."""

import numpy as np

from theresa_server.audio.pcm import Pcm

TARGET_RMS = 3_000.0
"""The RMS, of 32,768, to which the loudest recent audio is brought: that of a voice close to the microphone."""

FLOOR_RMS = 100.0
"""The RMS (-50 dBFS) below which the gain rises no further, so that silence stays silent."""

DECAY = 0.9985
"""The share of the level that remains after a quiet frame of 20 ms. The level halves in 9 s, longer than a pause."""


class LevelControl:
    """Brings the loudest recent audio to a fixed level, frame by frame.

    The level rises at once with a loud frame and falls slowly. It starts at the floor, so that the first word of a
    quiet speaker is amplified too.
    """

    def __init__(self) -> None:
        self._level = FLOOR_RMS

    @property
    def gain(self) -> float:
        """The current gain, from about 0.1 to 30."""
        return TARGET_RMS / self._level

    def apply(self, frame: Pcm) -> Pcm:
        """Update the level with the next frame, and return the frame amplified and clipped to 16 bits."""
        samples = frame.astype(np.float32)
        rms = float(np.sqrt(np.dot(samples, samples) / max(samples.size, 1)))
        self._level = max(rms, self._level * DECAY, FLOOR_RMS)
        amplified: Pcm = np.clip(np.rint(samples * self.gain), -32_768, 32_767).astype(np.int16)
        return amplified
