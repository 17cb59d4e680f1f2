"""Audio to log-mel features, and how much of Whisper's 30 s window an encoder is given.

Whisper was trained on windows of 30 s, padded with silence. CTranslate2 also takes shorter ones, and the encoder's cost
falls faster than their length; but only a model that was trained for it (see `EncoderContext`) keeps its quality.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from faster_whisper.feature_extractor import FeatureExtractor
from numpy.typing import NDArray

from theresa_server.pcm import SAMPLE_RATE_HZ

HOP_SAMPLES = 160
"""Samples between two feature frames (openai/whisper, whisper/audio.py)."""

FRAMES_PER_SECOND = SAMPLE_RATE_HZ // HOP_SAMPLES
MAX_FRAMES = 30 * FRAMES_PER_SECOND

BUCKET_FRAMES = 100
"""Windows are rounded up to whole seconds, so that jobs of like length share a batch.

No bucket holds 159 or 160 frames: CTranslate2 takes an encoder output of 80 frames for 80 mel bands and encodes it
again.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class EncoderContext:
    """The short windows that a model was trained to understand.

    Attributes:
        floor_ms: the shortest window.
        margin_ms: how much silence must follow the speech, for the decoder to see that it has ended.
    """

    floor_ms: int
    margin_ms: int

    def __post_init__(self) -> None:
        if not 0 <= self.floor_ms <= 30_000:
            raise ValueError(f"floor_ms must lie within 0 and 30000, not be {self.floor_ms}")
        if not 0 <= self.margin_ms <= 30_000:
            raise ValueError(f"margin_ms must lie within 0 and 30000, not be {self.margin_ms}")


def speech_frames(samples: int) -> int:
    """Return how many feature frames so many samples (16 kHz) fill."""
    return -(-samples // HOP_SAMPLES)


def window_frames(samples: int, context: EncoderContext | None) -> int:
    """Return the length of the encoder's window, in frames, for so many samples of audio.

    A model that declares nothing gets the full 30 s. The result is a multiple of `BUCKET_FRAMES`, never shorter than
    the audio and never longer than `MAX_FRAMES`.
    """
    if context is None:
        return MAX_FRAMES
    floor = _frames(context.floor_ms)
    wanted = max(floor, speech_frames(samples) + _frames(context.margin_ms), BUCKET_FRAMES)
    return min(MAX_FRAMES, -(-wanted // BUCKET_FRAMES) * BUCKET_FRAMES)


def _frames(milliseconds: int) -> int:
    return -(-milliseconds * FRAMES_PER_SECOND // 1000)


class LogMel:
    """Log-mel features, computed by faster-whisper's extractor.

    Args:
        bands: mel bands the model was trained on: 80, or 128 for large-v3 and its kin.
    """

    def __init__(self, bands: int) -> None:
        self._extract = FeatureExtractor(feature_size=bands)

    def __call__(self, pcm: NDArray[np.int16], window: int) -> NDArray[np.float32]:
        """Return the features of `pcm` (1-D, 16 kHz) in a window of so many frames: `float32[bands, window]`.

        What the audio does not fill is zero, as faster-whisper pads: after normalisation, where zero is a level
        rather than silence.
        """
        audio = pcm.astype(np.float32) / 32768.0
        frames = min(speech_frames(pcm.size), window)
        features: NDArray[np.float32] = self._extract(audio)[:, :frames]
        padded = np.zeros((features.shape[0], window), dtype=np.float32)
        padded[:, : features.shape[1]] = features
        return padded
