"""Compute log-mel features incrementally: each frame once, however often its speech is decoded.

The features equal those of faster-whisper's extractor (``faster_whisper/feature_extractor.py``) on the whole audio.
Each frame is the spectrum of 25 ms of audio and depends on nothing else. Only the normalisation by the loudest frame
is repeated when audio is added.
"""

import numpy as np
from faster_whisper.feature_extractor import FeatureExtractor
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

from theresa_server.engine.whisper.features import HOP_SAMPLES, feature_frames
from theresa_server.speech.recognition import SpectrogramCache

FFT_SAMPLES = 400
"""Samples of one spectrum, 25 ms around the centre of its frame (openai/whisper, ``whisper/audio.py``)."""

_REACH = FFT_SAMPLES // 2
_LEAD = 2
"""Frames affected by the mirrored edge at the beginning of the audio."""


def settled_frames(samples: int) -> int:
    """Return how many leading frames are determined by the given number of samples, whatever audio follows."""
    return max(0, (samples - _REACH) // HOP_SAMPLES + 1) if samples > _REACH else 0


class LogMel:
    """A log-mel feature extractor.

    Args:
        bands: the number of mel bands of the model: 80, or 128 for large-v3 and its derivatives.
    """

    def __init__(self, bands: int) -> None:
        self._bands = bands
        self._filters: NDArray[np.float32] = FeatureExtractor(feature_size=bands).mel_filters
        self._window = np.hanning(FFT_SAMPLES + 1)[:-1].astype(np.float32)
        self._pools = ThreadpoolController()

    def __call__(
        self, pcm: NDArray[np.int16], window: int, spectra: SpectrogramCache | None = None
    ) -> NDArray[np.float32]:
        """Return the features of the audio, as ``float32[bands, window]``.

        Frames behind the audio are zero. Like faster-whisper, padding follows normalisation, where zero is a level
        rather than silence.

        Args:
            pcm: the audio, 1-D ``int16`` at 16 kHz.
            window: the number of frames to return.
            spectra: spectra of the same audio from an earlier call, with more or less audio; they are extended.
        """
        known = self._known(pcm.size, spectra)
        fresh = self._energies(pcm, known.shape[1])
        if spectra is not None and (settled := settled_frames(pcm.size)) > spectra.frames.shape[1]:
            spectra.frames = np.concatenate((known, fresh[:, : settled - known.shape[1]]), axis=1)
        floor = max(part.max() for part in (known, fresh) if part.size) - 8.0
        padded = np.zeros((self._bands, window), dtype=np.float32)
        frames = min(feature_frames(pcm.size), window)
        spoken = padded[:, :frames]
        split = min(known.shape[1], frames)
        np.maximum(known[:, :split], floor, out=spoken[:, :split])
        np.maximum(fresh[:, : frames - split], floor, out=spoken[:, split:])
        spoken += 4.0
        spoken /= 4.0
        return padded

    def _known(self, samples: int, spectra: SpectrogramCache | None) -> NDArray[np.float32]:
        if spectra is None or spectra.frames.shape[0] != self._bands:
            return np.empty((self._bands, 0), np.float32)
        return spectra.frames[:, : settled_frames(samples)]

    def _energies(self, pcm: NDArray[np.int16], first: int) -> NDArray[np.float32]:
        """Return the log-mel energies of all frames from ``first`` on.

        Like faster-whisper, it pads the audio with one frame of silence, mirrors it at both ends and drops the last
        frame.
        """
        lead = min(first, _LEAD)
        audio = pcm[(first - lead) * HOP_SAMPLES :].astype(np.float32) / 32768.0
        padded = np.pad(audio, (0, HOP_SAMPLES))
        spectrum = FeatureExtractor.stft(padded, FFT_SAMPLES, HOP_SAMPLES, window=self._window, return_complex=True)
        power = np.abs(spectrum[:, lead:-1].astype(np.complex64)) ** 2
        # Small matrices gain nothing from a second BLAS thread, whose busy-waiting takes half of a session's CPU time.
        with self._pools.limit(limits=1, user_api="blas"):
            bands = self._filters @ power
        energies: NDArray[np.float32] = np.log10(np.clip(bands, 1e-10, None))
        return energies
