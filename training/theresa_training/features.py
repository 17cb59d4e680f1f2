"""The log-mel spectrogram that faster-whisper feeds its models, computed by torch (several times faster)."""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray

RATE_HZ = 16_000
HOP = 160
FRAMES_PER_SECOND = RATE_HZ // HOP
MELS = 80
MAX_FRAMES = 3000


@cache
def _filters() -> tuple[torch.Tensor, torch.Tensor]:
    from faster_whisper.feature_extractor import FeatureExtractor

    mel = FeatureExtractor.get_mel_filters(RATE_HZ, 400, MELS).astype(np.float32)
    return torch.from_numpy(mel), torch.hann_window(400)


def log_mel(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """(80, frames) log-mel of 16 kHz float32 audio, one frame per 10 ms, normalised as openai/whisper does."""
    mel, window = _filters()
    padded = torch.from_numpy(np.pad(samples, (0, HOP)))
    spectrum = torch.stft(padded, 400, HOP, window=window, return_complex=True)[..., :-1].abs() ** 2
    logs = torch.clamp(mel @ spectrum, min=1e-10).log10()
    logs = torch.maximum(logs, logs.max() - 8.0)
    features: NDArray[np.float32] = ((logs + 4.0) / 4.0).numpy()
    return features
