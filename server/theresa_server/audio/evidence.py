"""How sure the voice detectors are of a segment: what guards against invented text need to know about its audio."""

from collections import deque
from dataclasses import dataclass
from typing import NamedTuple

from theresa_server.audio.activity import Activity
from theresa_server.audio.pcm import SAMPLE_RATE_HZ
from theresa_server.audio.splits import SampleSpan


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceEvidence:
    """What the voice detectors found in a stretch of audio."""

    voice_ms: int
    """How much of it is a voice."""
    share: float
    """The share of frames that are a voice, 0 to 1."""
    certainty: float | None = None
    """Silero's mean probability over the frames that are a voice, 0 to 1; ``None`` if Silero is disabled."""


class _Frame(NamedTuple):
    span: SampleSpan
    voice: bool
    probability: float | None


class EvidenceLog:
    """The classified frames of the open segment and its pre-roll. ``trim`` bounds it."""

    def __init__(self) -> None:
        self._frames: deque[_Frame] = deque()

    def append(self, span: SampleSpan, activity: Activity, probability: float | None) -> None:
        """Record the next frame."""
        self._frames.append(_Frame(span, activity is Activity.VOICE, probability))

    def trim(self, position: int) -> None:
        """Remove the frames that begin before a position."""
        while self._frames and self._frames[0].span.begin < position:
            self._frames.popleft()

    def evidence(self, span: SampleSpan) -> VoiceEvidence | None:
        """Return the evidence for a span, from the frames that begin in it; ``None`` if there are none."""
        frames = [frame for frame in self._frames if span.begin <= frame.span.begin < span.end]
        if not frames:
            return None
        voices = [frame for frame in frames if frame.voice]
        known = [frame.probability for frame in voices if frame.probability is not None]
        certain = all(frame.probability is not None for frame in frames)
        return VoiceEvidence(
            voice_ms=sum(frame.span.length for frame in voices) * 1000 // SAMPLE_RATE_HZ,
            share=round(len(voices) / len(frames), 4),
            certainty=round(sum(known) / len(known) if known else 0.0, 4) if certain else None,
        )
