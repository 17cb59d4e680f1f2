"""Voice activity detection: which frames of audio are speech.

There are two stages. WebRTC's detector is cheap and classifies every frame. It depends on loudness, so a level control
precedes it, and it takes everything tonal or rhythmic for speech: music, typing, applause, hum. Where it detects
something, Silero's detector decides whether that is a voice.
"""

from collections.abc import Callable
from enum import IntEnum

import numpy as np
import webrtcvad

from theresa_server.audio.level import LevelControl
from theresa_server.audio.pcm import SAMPLE_RATE_HZ
from theresa_server.audio.silero import CHUNK_SAMPLES, Samples, SileroVad

GROUP_CHUNKS = 3
"""How many chunks of 32 ms Silero's detector classifies in one call. Larger groups are cheaper but react later."""

RELEASE = 0.7
"""A voice continues while its probability is at least this share of the threshold."""

CERTAIN = 0.9
"""After a group with this probability, the next group counts as a voice without being classified."""

_QUIET_FRAMES = 25
_HISTORY_CHUNKS = 10


class Activity(IntEnum):
    """What a frame contains."""

    SILENCE = 0
    SOUND = 1
    """A sound that is not confirmed to be a voice."""
    VOICE = 2


Detector = Callable[[bytes], Activity]
"""Classifies a frame of audio. It may be stateful: it gets whole frames in order, without gaps."""


def voice_probability(detector: Detector) -> float | None:
    """Return how probable a voice was in the newest audio that the detector classified; ``None`` if it cannot tell."""
    probability: float | None = getattr(detector, "voice_probability", None)
    return probability


def make_detector(aggressiveness: int, voice_threshold: float) -> Detector:
    """Return a new detector with both stages, or only WebRTC's if ``voice_threshold`` is 0.

    Raises:
        ValueError: the aggressiveness is not one of 0, 1, 2, 3.
    """
    return TwoStageVad(aggressiveness, voice_threshold) if voice_threshold else webrtc_vad(aggressiveness)


def webrtc_vad(aggressiveness: int) -> Detector:
    """Return a new detector: WebRTC's Gaussian mixture model, about 10 µs per frame.

    It takes frames of 10, 20 or 30 ms (mono ``int16``, 16 kHz). It adapts to background noise, so that every session
    needs a detector of its own and must pass it every frame, in order. It cannot tell a voice from other sounds, and
    reports all of them as a voice.

    Args:
        aggressiveness: how readily a frame is classified as noise, from 0 (rarely) to 3 (often).

    Raises:
        ValueError: the aggressiveness is not one of 0, 1, 2, 3.
    """
    if aggressiveness not in (0, 1, 2, 3):
        raise ValueError(f"aggressiveness must be 0, 1, 2 or 3, not {aggressiveness}")
    vad = webrtcvad.Vad(aggressiveness)

    def classify(frame: bytes) -> Activity:
        return Activity.VOICE if vad.is_speech(frame, SAMPLE_RATE_HZ) else Activity.SILENCE

    return classify


class TwoStageVad:
    """WebRTC's detector behind a level control, with Silero's detector behind both.

    Args:
        aggressiveness: see ``webrtc_vad``.
        voice_threshold: the probability from which a sound is a voice.

    Raises:
        ValueError: the aggressiveness is not one of 0, 1, 2, 3.
    """

    def __init__(self, aggressiveness: int, voice_threshold: float) -> None:
        self._webrtc = webrtc_vad(aggressiveness)
        self._silero = SileroVad()
        self._level = LevelControl()
        self._threshold = voice_threshold
        self._pending: Samples = np.zeros(0, np.float32)  # audio that Silero's detector has not processed yet
        self._silent_frames = _QUIET_FRAMES
        self._voice = False
        self._certain = False
        self.voice_probability = 0.0
        """Silero's probability for the newest group that it classified; 0 in silence."""

    def __call__(self, frame: bytes) -> Activity:
        """Classify the next frame."""
        pcm = np.frombuffer(frame, np.int16)
        sound = self._webrtc(self._level.apply(pcm).tobytes()) is Activity.VOICE
        self._pending = np.concatenate([self._pending, pcm.astype(np.float32) / 32_768])
        self._silent_frames = 0 if sound else self._silent_frames + 1
        if self._silent_frames > _QUIET_FRAMES:
            self._skip_silence()
        elif self._pending.size >= GROUP_CHUNKS * CHUNK_SAMPLES:
            self._confirm()
        if not sound:
            return Activity.SILENCE
        return Activity.VOICE if self._voice else Activity.SOUND

    def _skip_silence(self) -> None:
        """Reset Silero's detector, and keep a moment of silence as context for the next sound."""
        surplus = self._pending.size // CHUNK_SAMPLES - _HISTORY_CHUNKS
        if surplus > 0:
            self._silero.reset(self._take(surplus))
        self._voice = self._certain = False
        self.voice_probability = 0.0

    def _confirm(self) -> None:
        """Classify the pending audio, unless the previous group was certainly a voice."""
        group = self._take(self._pending.size // CHUNK_SAMPLES)
        if self._certain:
            self._silero.skip(group)
            self._certain = False
            return
        probability = float(self._silero.probabilities(group)[-GROUP_CHUNKS:].max())
        self.voice_probability = probability
        self._voice = probability >= self._threshold * (RELEASE if self._voice else 1)
        self._certain = probability >= CERTAIN

    def _take(self, chunks: int) -> Samples:
        """Remove the oldest chunks from the pending audio and amplify them. The gain must not vary within a word."""
        taken, self._pending = np.split(self._pending, [chunks * CHUNK_SAMPLES])
        amplified: Samples = np.clip(taken * np.float32(self._level.gain), -1, 1)
        return amplified
