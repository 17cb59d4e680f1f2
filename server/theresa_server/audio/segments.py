"""What a segmenter is configured with, and the events it emits.

All positions are sample indices at 16 kHz from the start of the session.
"""

from dataclasses import dataclass, field
from typing import Literal

from theresa_server.audio.evidence import VoiceEvidence
from theresa_server.audio.pcm import Pcm

CloseReason = Literal["endpoint", "flush", "end", "limit"]

MAX_SEGMENT_MS = 30_000
"""Whisper's window."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmenterConfig:
    """How speech is segmented. The defaults are based on measurements: see `docs/segmentation.md`.

    Raises:
        ValueError: a value is out of range.
    """

    aggressiveness: int = 2
    """How readily WebRTC's detector classifies a frame as noise, from 0 (rarely) to 3 (often)."""
    voice_threshold: float = 0.5
    """The probability from which Silero's detector confirms a sound as a voice; 0 disables that detector."""
    frame_ms: int = 20
    """The length of a frame: 10, 20 or 30."""
    onset_ms: int = 100
    """Speech within a window of twice this length that opens a segment."""
    preroll_ms: int = 400
    """Audio from before the onset that is part of the segment."""
    silence_ms: int = 500
    """Silence that closes a segment."""
    tail_ms: int = 300
    """How much of that silence is part of the segment."""
    max_segment_ms: int = MAX_SEGMENT_MS
    """The longest segment, at most 30 s (Whisper's window)."""
    split_from_ms: int = 10_000
    """The length from which a segment is split in a pause shorter than ``silence_ms``.

    The longer the segment, the shorter the pause may be. This and ``split_soon_ms`` apply to a limit of 30 s, and are
    scaled down with a lower limit.
    """
    split_soon_ms: int = 15_000
    """The length from which a pause of ``split_pause_ms`` is enough to split the segment.

    The split is made at once. Waiting for a better pause would mean moving text that was already sent as part of this
    segment to the next one.
    """
    split_pause_ms: int = 100
    split_search_ms: int = 5_000
    """How far back from the limit the best pause is searched for, at most half of the limit."""

    def __post_init__(self) -> None:
        if self.aggressiveness not in (0, 1, 2, 3):
            raise ValueError(f"aggressiveness must be 0, 1, 2 or 3, not {self.aggressiveness}")
        if not 0 <= self.voice_threshold <= 1:
            raise ValueError(f"voice_threshold must be from 0 to 1, not {self.voice_threshold}")
        if self.frame_ms not in (10, 20, 30):
            raise ValueError(f"frame_ms must be 10, 20 or 30, not {self.frame_ms}")
        for name, low, high in (
            ("onset_ms", 10, 1_000),
            ("preroll_ms", 0, 1_000),
            ("silence_ms", 100, 5_000),
            ("tail_ms", 0, 5_000),
            ("max_segment_ms", 1_000, MAX_SEGMENT_MS),
            ("split_from_ms", 0, MAX_SEGMENT_MS),
            ("split_soon_ms", 0, MAX_SEGMENT_MS),
            ("split_pause_ms", 20, 5_000),
            ("split_search_ms", 0, MAX_SEGMENT_MS),
        ):
            if not low <= getattr(self, name) <= high:
                raise ValueError(f"{name} must be from {low} to {high}, not {getattr(self, name)}")
        if self.split_from_ms > self.split_soon_ms:
            raise ValueError(f"split_from_ms must be at most split_soon_ms ({self.split_soon_ms})")


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """Speech has started."""

    at: int
    """The first sample of the segment, including the pre-roll."""


@dataclass(frozen=True, slots=True)
class SpeechStopped:
    """Speech has stopped."""

    at: int
    """The position after the last frame of speech."""


@dataclass(frozen=True, slots=True)
class SegmentClosed:
    """A segment is complete: samples [start, end)."""

    start: int
    end: int
    pcm: Pcm = field(compare=False, repr=False)
    """A copy of its samples."""
    reason: CloseReason
    settled: int
    """``Segmenter.settled`` while the segment was open."""
    voice: VoiceEvidence | None = None
    """What the detectors found in it; ``None`` if it contains no whole frame."""


SegmenterEvent = SpeechStarted | SpeechStopped | SegmentClosed
