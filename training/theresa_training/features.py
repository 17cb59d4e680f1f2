"""The log-mel spectrogram of faster-whisper, computed with torch (several times faster)."""

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
    from transformers import WhisperFeatureExtractor

    extractor = WhisperFeatureExtractor(feature_size=MELS)  # type: ignore[no-untyped-call]
    mel = extractor.mel_filters.T.astype(np.float32)
    return torch.from_numpy(mel), torch.hann_window(400)


def log_mel(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the (80, frames) log-mel spectrogram of 16 kHz audio, normalised as in openai/whisper; 10 ms per frame."""
    mel, window = _filters()
    padded = torch.from_numpy(np.pad(samples, (0, HOP)))
    spectrum = torch.view_as_real(torch.stft(padded, 400, HOP, window=window, return_complex=True)[..., :-1])
    power = spectrum[..., 0] ** 2 + spectrum[..., 1] ** 2  # twice as fast as abs() ** 2, which takes a square root
    logs = torch.clamp(mel @ power, min=1e-10).log10()
    logs = torch.maximum(logs, logs.max() - 8.0)
    features: NDArray[np.float32] = ((logs + 4.0) / 4.0).numpy()
    return features
