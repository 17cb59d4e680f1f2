"""Voice activity detection: which frames of audio are speech.

There are two stages. WebRTC's detector is cheap and classifies every frame. It depends on loudness, so hum is removed
and the level is controlled before it, and it takes everything tonal or rhythmic for speech: music, typing, applause.
Where it detects something, Silero's detector decides whether that is a voice.
"""

from collections import deque
from collections.abc import Callable, Sequence

import numpy as np
import webrtcvad

from theresa_server.audio.activity import Activity
from theresa_server.audio.level import LevelControl, Signal, without_hum
from theresa_server.audio.pcm import SAMPLE_RATE_HZ, Pcm
from theresa_server.audio.silero import CHUNK_SAMPLES, Samples, SileroVad

GROUP_CHUNKS = 3
"""How many chunks of 32 ms Silero's detector classifies in one call. Larger groups are cheaper but react later."""

SKIPPED_CHUNKS = 5
"""How many chunks are not classified after a group that certainly contains a voice."""

RELEASE = 0.7
"""A voice continues while a chunk has a probability of at least this share of the threshold."""

CERTAIN = 0.9
"""The probability from which a voice is certain."""

UNLIKELY = 0.1
"""The probability below which a voice is unlikely."""

UNVOICED_GROUPS = 10
"""After this many groups without a voice, every second group is skipped until a voice is possible."""

HELD_FRAMES = 25
"""The level is held for this many frames after a voice."""

QUIET_FRAMES = 25
"""After this many silent frames, Silero's detector starts again."""

HISTORY_CHUNKS = 5
"""How much of a silence Silero's detector classifies before the next sound."""


Detector = Callable[[Pcm], list[Activity]]
"""Classifies frames of audio, the rows of an array.

It may be stateful: it gets whole frames in order, without gaps. What it says of a frame never depends on how many
frames it gets at once.
"""


def voice_probabilities(detector: Detector, count: int) -> Sequence[float | None]:
    """Return how probable a voice is in each of the ``count`` frames that the detector has just classified.

    ``None`` stands for a detector that cannot tell.
    """
    return detector.probabilities if isinstance(detector, TwoStageVad) else [None] * count


def make_detector(aggressiveness: int, voice_threshold: float) -> Detector:
    """Return a new detector with both stages, or only WebRTC's if ``voice_threshold`` is 0.

    Raises:
        ValueError: the aggressiveness is not one of 0, 1, 2, 3.
    """
    return TwoStageVad(aggressiveness, voice_threshold) if voice_threshold else webrtc_vad(aggressiveness)


def webrtc_vad(aggressiveness: int) -> Detector:
    """Return a new detector: WebRTC's Gaussian mixture model, about 3 µs per frame.

    It takes frames of 10, 20 or 30 ms (mono ``int16``, 16 kHz). It adapts to background noise, so that every session
    needs a detector of its own and must pass it every frame, in order. It cannot tell a voice from other sounds, and
    reports all of them as a voice.

    Args:
        aggressiveness: how readily a frame is classified as noise, from 0 (rarely) to 3 (often).

    Raises:
        ValueError: the aggressiveness is not one of 0, 1, 2, 3.
    """
    is_speech = _webrtc(aggressiveness)

    def classify(frames: Pcm) -> list[Activity]:
        return [Activity.VOICE if is_speech(frame.tobytes(), SAMPLE_RATE_HZ) else Activity.SILENCE for frame in frames]

    return classify


def _webrtc(aggressiveness: int) -> Callable[[bytes, int], bool]:
    if aggressiveness not in (0, 1, 2, 3):
        raise ValueError(f"aggressiveness must be 0, 1, 2 or 3, not {aggressiveness}")
    is_speech: Callable[[bytes, int], bool] = webrtcvad.Vad(aggressiveness).is_speech
    return is_speech


class TwoStageVad:
    """WebRTC's detector behind a level control, with Silero's detector behind both.

    Args:
        aggressiveness: see ``webrtc_vad``.
        voice_threshold: the probability from which a sound is a voice.

    Raises:
        ValueError: the aggressiveness is not one of 0, 1, 2, 3.
    """

    def __init__(self, aggressiveness: int, voice_threshold: float) -> None:
        self._is_speech = _webrtc(aggressiveness)
        self._silero = SileroVad()
        self._level = LevelControl()
        self._threshold = voice_threshold
        self._pending: deque[Samples] = deque()  # frames that Silero's detector has not processed yet
        self._pending_samples = 0
        self._silent_frames = 0
        self._skipped = 0  # how many samples of the pending audio need not be classified
        self._voice = False
        self._voiceless_frames = HELD_FRAMES  # since the last frame with a voice
        self._unvoiced_groups = 0
        self._probability = 0.0  # of the newest group that was classified; 0 in silence
        self.probabilities: list[float] = []
        """The probability of a voice in each frame of the last call."""

    def __call__(self, frames: Pcm) -> list[Activity]:
        """Classify the next frames."""
        signal = without_hum(frames)
        samples = (signal / 32_768).astype(np.float32)
        rms = np.sqrt(np.square(signal).mean(1)).tolist()
        self.probabilities = []
        activities = []
        for frame in zip(signal, samples, rms, strict=True):
            activities.append(self._classify(*frame))
            self.probabilities.append(self._probability)
        return activities

    def _classify(self, signal: Signal, samples: Samples, rms: float) -> Activity:
        """Classify the next frame, given in two formats, and its RMS."""
        self._voiceless_frames = 0 if self._voice and not self._silent_frames else self._voiceless_frames + 1
        amplified = self._level.apply(signal, rms, held=self._voiceless_frames < HELD_FRAMES)
        self._pending.append(samples)
        self._pending_samples += samples.size
        if not self._is_speech(amplified.tobytes(), SAMPLE_RATE_HZ):
            self._pause()
            return Activity.SILENCE
        self._silent_frames = 0
        if self._pending_samples >= self._skipped + GROUP_CHUNKS * CHUNK_SAMPLES:
            self._confirm()
        return Activity.VOICE if self._voice else Activity.SOUND

    def _pause(self) -> None:
        """Keep only a moment of the silence before the next sound. A long silence ends a voice."""
        self._silent_frames += 1
        if self._silent_frames == QUIET_FRAMES:
            self._silero.reset()
            self._voice = False
            self._probability = 0.0
        while self._pending_samples - self._pending[0].size >= HISTORY_CHUNKS * CHUNK_SAMPLES:
            dropped = self._pending.popleft()
            self._pending_samples -= dropped.size
            self._skipped = max(self._skipped - dropped.size, 0)
            self._silero.skip(dropped)

    def _confirm(self) -> None:
        """Classify the pending audio, except for what is skipped. The gain must not vary within a word."""
        pending = np.concatenate(self._pending)
        end = pending.size - (pending.size - self._skipped) % CHUNK_SAMPLES
        self._pending = deque([pending[end:]])
        self._pending_samples = pending.size - end
        group = np.clip(pending[:end] * np.float32(self._level.steady_gain), -1, 1)
        if self._skipped:
            self._silero.skip(group[: self._skipped])
        probabilities = self._silero.probabilities(group[self._skipped :])[-GROUP_CHUNKS:]
        self._probability = probability = float(probabilities.max())
        if self._voice:
            self._voice = probability >= RELEASE * self._threshold
        else:
            # Out of context, after skipped audio, one group is not enough.
            self._voice = not self._skipped and float(probabilities.mean()) >= self._threshold
        self._unvoiced_groups = self._unvoiced_groups + 1 if probability < UNLIKELY else 0
        if self._voice and probability >= CERTAIN:
            self._skipped = SKIPPED_CHUNKS * CHUNK_SAMPLES
        else:
            self._skipped = GROUP_CHUNKS * CHUNK_SAMPLES if self._unvoiced_groups >= UNVOICED_GROUPS else 0
