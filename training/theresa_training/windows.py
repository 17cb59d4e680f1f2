"""Windows of audio composed from utterances: pauses, pre-roll, trailing silence, cuts at either end, and labels."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from theresa_training.grammar import Language
from theresa_training.pool import Clip

RATE_HZ = 16_000
MAX_SECONDS = 30.0
WHOLE_WORD = 0.85
"""Share of a word that must lie inside the window for the word to be in the label."""


@dataclass(frozen=True, slots=True)
class LabelledSegment:
    """The audible part of one utterance in a window; times are in seconds from the window's start."""

    units: tuple[str, ...]
    starts: tuple[float, ...]
    """Start of each unit."""

    ends: tuple[float, ...]
    """End of each unit."""

    complete: bool
    """``False`` if the window ends inside the utterance."""

    @property
    def text(self) -> str:
        """Transcript of the segment, with its leading space."""
        return "".join(self.units)


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of audio with its transcript."""

    language: Language
    samples: NDArray[np.float32]
    segments: tuple[LabelledSegment, ...]
    phonemes: tuple[tuple[str, float], ...]
    """Symbols with their times in seconds from the window's start."""

    previous: str
    """Reference text before the window, empty if unknown."""

    @property
    def text(self) -> str:
        """The transcript."""
        return "".join(segment.text for segment in self.segments).strip()


@dataclass(frozen=True, slots=True)
class WindowComposition:
    """Parameters for composing windows: probabilities, and durations in seconds."""

    sentences: int = 1
    """Maximum number of utterances in a window."""

    seconds: tuple[float, float] = (1.0, 8.0)
    """Range of the length limit: no utterance is added once the window exceeds it."""

    cut_end: float = 0.2
    """Probability that the window ends inside an utterance."""

    cut_start: float = 0.08
    """Probability that the window begins inside an utterance."""

    lead: tuple[float, float] = (0.0, 0.5)
    """Range of the silence before the first utterance."""

    tail: tuple[float, float] = (0.0, 0.6)
    """Range of the silence after the last utterance."""

    pauses: tuple[tuple[float, float], ...] = ((0.15, 1.3),)
    """Ranges of the pauses between utterances; one range is drawn per window."""


@dataclass(slots=True)
class _Placed:
    clip: Clip
    at: float


def _silence(seconds: float) -> NDArray[np.float32]:
    return np.zeros(round(seconds * RATE_HZ), np.float32)


def open_inside(clip: Clip, first: int) -> Clip:
    """Return the clip from unit ``first`` on, as if the window had begun there."""
    begin = clip.starts[first]
    return Clip(
        clip.language,
        clip.units[first:],
        tuple(start - begin for start in clip.starts[first:]),
        tuple(end - begin for end in clip.ends[first:]),
        tuple((symbol, at - begin) for symbol, at in clip.phonemes if at >= begin),
        clip.samples[int(begin * RATE_HZ) :],
        clip.voice,
    )


def whole_units(starts: Sequence[float], ends: Sequence[float], end: float) -> int:
    """Return how many units, counted from the first, are complete (or nearly so) before the time ``end``."""
    count = 0
    for begin, close in zip(starts, ends, strict=True):
        if end - begin < WHOLE_WORD * (close - begin) - 1e-6 or end <= begin - 1e-6:
            break
        count += 1
    return count


def audible_segment(clip: Clip, at: float, end: float) -> LabelledSegment | None:
    """Return the whole words, before the window's ``end``, of a clip placed at ``at``; ``None`` if there are none."""
    count = whole_units(clip.starts, clip.ends, end - at)
    if count == 0:
        return None
    starts = tuple(min(at + start, end) for start in clip.starts[:count])
    ends = tuple(min(at + close, end) for close in clip.ends[:count])
    return LabelledSegment(clip.units[:count], starts, ends, count == len(clip.units))


def compose(choose: Callable[[], Clip], composition: WindowComposition, rng: random.Random) -> Window:
    """Return a random window of utterances drawn with ``choose`` (all in one language)."""
    lead = rng.uniform(*composition.lead) if rng.random() < 0.85 else rng.uniform(0.5, 2.0)
    limit, pauses = rng.uniform(*composition.seconds), rng.choice(composition.pauses)
    placed: list[_Placed] = []
    parts = [_silence(lead)]
    position = len(parts[0]) / RATE_HZ
    previous = ""
    while len(placed) < composition.sentences and (not placed or position < limit):
        clip = choose()
        if not placed:
            previous = choose().text if rng.random() < 0.5 else ""
            if len(clip.units) > 4 and rng.random() < composition.cut_start:
                first = rng.randint(1, len(clip.units) - 3)
                previous = "".join(clip.units[:first]).strip()
                parts, position = [_silence(rng.uniform(0, 0.05))], 0.0
                position = len(parts[0]) / RATE_HZ
                clip = open_inside(clip, first)
        elif position + clip.seconds > MAX_SECONDS - 0.1:
            break
        placed.append(_Placed(clip, position))
        pause = _silence(rng.uniform(*pauses) if rng.random() < 0.85 else rng.uniform(0.03, 0.15))
        # Vary the level: no two recordings have exactly the same one.
        parts += [clip.samples * np.float32(rng.uniform(0.6, 1.2)), pause]
        position += (len(clip.samples) + len(pause)) / RATE_HZ
    samples = np.concatenate(parts)
    last = placed[-1]
    if rng.random() < composition.cut_end:
        end = rng.uniform(last.at + 0.2 * min(1.0, last.clip.seconds), last.at + last.clip.seconds)
    else:
        end = last.at + last.clip.seconds + rng.uniform(*composition.tail)
    length = int(min(end, MAX_SECONDS) * RATE_HZ)
    samples = samples[:length] if length <= len(samples) else np.pad(samples, (0, length - len(samples)))
    end = len(samples) / RATE_HZ
    segments = tuple(segment for p in placed if (segment := audible_segment(p.clip, p.at, end)))
    phonemes = tuple((symbol, p.at + at) for p in placed for symbol, at in p.clip.phonemes if p.at + at < end - 0.03)
    return Window(placed[0].clip.language, samples, segments, phonemes, previous)
