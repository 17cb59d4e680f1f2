"""How much of Whisper's 30 s window an encoder is given. Pure.

Whisper was trained on windows of 30 s, padded with silence. CTranslate2 also takes shorter ones, and the encoder's cost
falls faster than their length; but only a model that was trained for it (see `EncoderContext`) keeps its quality.
"""

from dataclasses import dataclass
from typing import Literal

from theresa_server.audio.pcm import SAMPLE_RATE_HZ

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


STOCK_CONTEXT = EncoderContext(floor_ms=10_000, margin_ms=2_000)
"""Windows in which stock weights were seen to lose no words (docs/models.md says by whom)."""

ContextMode = Literal["auto", "full", "short"]
"""`auto` gives short windows to what the model was trained for, and to partials; `full` none, `short` all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """The windows of partials and of finals; None is always the full 30 s."""

    partial: EncoderContext | None
    final: EncoderContext | None

    def frames(self, samples: int, *, final: bool) -> int:
        """Return the length of the encoder's window, in frames, for so many samples of audio."""
        return window_frames(samples, self.final if final else self.partial)

    @property
    def free_samples(self) -> int:
        """Samples of audio up to which a partial's window is as short as it gets."""
        free_ms = self.partial.floor_ms - self.partial.margin_ms if self.partial else MAX_FRAMES * 10
        return max(0, free_ms) * SAMPLE_RATE_HZ // 1000


def choose_windows(
    mode: ContextMode, declared: EncoderContext | None, floor_ms: int | None = None, margin_ms: int | None = None
) -> Windows:
    """Return the windows for a model that declares its own, or does not.

    ``floor_ms`` and ``margin_ms`` stand above what is declared, which stands above `STOCK_CONTEXT`.
    """
    base = declared or STOCK_CONTEXT
    short = EncoderContext(
        floor_ms=base.floor_ms if floor_ms is None else floor_ms,
        margin_ms=base.margin_ms if margin_ms is None else margin_ms,
    )
    return Windows(
        partial=None if mode == "full" else short,
        final=short if mode == "short" or (mode == "auto" and declared) else None,
    )


def speech_frames(samples: int) -> int:
    """Return how many feature frames so many samples (16 kHz) fill."""
    return -(-samples // HOP_SAMPLES)


def window_frames(samples: int, context: EncoderContext | None) -> int:
    """Return the length of the encoder's window, in frames, for so many samples of audio.

    Without a context that is the full 30 s. The result is a multiple of `BUCKET_FRAMES`, never shorter than
    the audio and never longer than `MAX_FRAMES`.
    """
    if context is None:
        return MAX_FRAMES
    floor = _frames(context.floor_ms)
    wanted = max(floor, speech_frames(samples) + _frames(context.margin_ms), BUCKET_FRAMES)
    return min(MAX_FRAMES, -(-wanted // BUCKET_FRAMES) * BUCKET_FRAMES)


def _frames(milliseconds: int) -> int:
    return -(-milliseconds * FRAMES_PER_SECOND // 1000)
