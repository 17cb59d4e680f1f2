"""The length of the encoder's window. Pure.

Whisper is trained on windows of 30 s, padded with silence. CTranslate2 also accepts shorter windows, and the encoder's
cost falls faster than their length, but only a model trained on short windows (see ``EncoderContext``) keeps its
accuracy.
"""

from dataclasses import dataclass
from typing import Literal

from theresa_server.audio.pcm import SAMPLE_RATE_HZ

HOP_SAMPLES = 160
"""Samples between two feature frames (openai/whisper, whisper/audio.py)."""

FRAMES_PER_SECOND = SAMPLE_RATE_HZ // HOP_SAMPLES
MAX_FRAMES = 30 * FRAMES_PER_SECOND

BUCKET_FRAMES = 100
"""Windows are rounded up to whole seconds, so that jobs of similar length share a batch.

No window may have 159 or 160 frames: CTranslate2 mistakes their encoder output of 80 frames for 80 mel bands and
encodes it again.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class EncoderContext:
    """The short windows a model was trained on.

    Raises:
        ValueError: a length is outside the 30 s window.
    """

    floor_ms: int
    """The shortest window."""
    margin_ms: int
    """The silence that must follow the speech for the decoder to detect its end."""

    def __post_init__(self) -> None:
        if not 0 <= self.floor_ms <= 30_000:
            raise ValueError(f"floor_ms must be 0 to 30000, not {self.floor_ms}")
        if not 0 <= self.margin_ms <= 30_000:
            raise ValueError(f"margin_ms must be 0 to 30000, not {self.margin_ms}")


STOCK_CONTEXT = EncoderContext(floor_ms=10_000, margin_ms=2_000)
"""Windows in which stock weights lose no words (see ``docs/models.md`` for the sources)."""

ContextMode = Literal["auto", "full", "short"]
"""Which jobs get short windows.

``auto``: all jobs if the model was trained on short windows, else partials only. ``full``: none. ``short``: all.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class EncoderWindows:
    """The windows of partials and of finals; ``None`` is always the full 30 s."""

    partial: EncoderContext | None
    final: EncoderContext | None

    def frames(self, samples: int, *, final: bool) -> int:
        """Return the length of the encoder's window, in frames, for the given number of samples."""
        return window_frames(samples, self.final if final else self.partial)

    @property
    def free_samples(self) -> int:
        """The longest audio, in samples, that still fits a partial's shortest window."""
        free_ms = self.partial.floor_ms - self.partial.margin_ms if self.partial else MAX_FRAMES * 10
        return max(0, free_ms) * SAMPLE_RATE_HZ // 1000


def choose_windows(
    mode: ContextMode, declared: EncoderContext | None, floor_ms: int | None = None, margin_ms: int | None = None
) -> EncoderWindows:
    """Return the encoder windows of a model.

    Args:
        mode: which jobs get short windows.
        declared: the windows the model declares, if any (default: ``STOCK_CONTEXT``).
        floor_ms: overrides the shortest window.
        margin_ms: overrides the silence after the speech.
    """
    base = declared or STOCK_CONTEXT
    short = EncoderContext(
        floor_ms=base.floor_ms if floor_ms is None else floor_ms,
        margin_ms=base.margin_ms if margin_ms is None else margin_ms,
    )
    return EncoderWindows(
        partial=None if mode == "full" else short,
        final=short if mode == "short" or (mode == "auto" and declared) else None,
    )


def feature_frames(samples: int) -> int:
    """Return how many feature frames the given number of 16 kHz samples fills."""
    return -(-samples // HOP_SAMPLES)


def window_frames(samples: int, context: EncoderContext | None) -> int:
    """Return the length of the encoder's window, in frames, for the given number of samples.

    It is the full 30 s if ``context`` is ``None``. The result is a multiple of ``BUCKET_FRAMES``, at least as long as
    the audio, and at most ``MAX_FRAMES``.
    """
    if context is None:
        return MAX_FRAMES
    floor = _frames(context.floor_ms)
    wanted = max(floor, feature_frames(samples) + _frames(context.margin_ms), BUCKET_FRAMES)
    return min(MAX_FRAMES, -(-wanted // BUCKET_FRAMES) * BUCKET_FRAMES)


def _frames(milliseconds: int) -> int:
    return -(-milliseconds * FRAMES_PER_SECOND // 1000)
