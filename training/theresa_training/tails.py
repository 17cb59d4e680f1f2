"""Tails of growing speech: windows that begin inside an utterance, with the preceding text as context.

While a user is still speaking, the server does not decode the stable prefix again. It cuts the audio where it estimates
the first unstable word to begin, and passes the text before it to the decoder as previous text. A window can therefore
begin with the end of the preceding word, or slightly inside its own first word, and it can end anywhere.
"""

import random
from collections.abc import Iterator

from theresa_training.windows import RATE_HZ, LabelledSegment, Window, whole_units

SECONDS = (0.8, 7.0)
"""Range of the duration of a tail. It is shorter if the speech ends earlier."""

EARLY_S = 0.25
"""Most audio before the first word: a lead of 0.1 s, plus the error of the word's estimated start."""

LATE_S = 0.1
"""Most audio that may be missing from the first word."""

CLIPPED = 0.3
"""Largest share of the first word that may be missing."""


def tail(window: Window, rng: random.Random) -> Window:
    """Return a random tail of a window, or the window itself if it has no words."""
    words = [
        (number, index)
        for number, segment in enumerate(window.segments)
        for index, unit in enumerate(segment.units)
        if any(character.isalnum() for character in unit)
    ]
    if not words:
        return window
    number, index = rng.choice(words)
    start, end = window.segments[number].starts[index], window.segments[number].ends[index]
    begin = max(0.0, start + rng.uniform(-EARLY_S, min(LATE_S, CLIPPED * (end - start))))
    return cut(window, number, index, begin, begin + rng.uniform(*SECONDS))


def cut(window: Window, number: int, index: int, begin: float, end: float) -> Window:
    """Return the part of a window between two times in seconds, from unit ``index`` of a segment on.

    The text before that unit becomes the new window's ``previous``.
    """
    samples = window.samples[round(begin * RATE_HZ) : round(end * RATE_HZ)]
    end = begin + len(samples) / RATE_HZ
    before = [unit for segment in window.segments[:number] for unit in segment.units]
    before += window.segments[number].units[:index]
    return Window(
        window.language,
        samples,
        tuple(_audible(window.segments[number:], index, begin, end)),
        tuple((symbol, at - begin) for symbol, at in window.phonemes if begin - 0.02 <= at < end - 0.03),
        "".join(before).strip(),
    )


def _audible(segments: tuple[LabelledSegment, ...], first: int, begin: float, end: float) -> Iterator[LabelledSegment]:
    """Yield the segments between two times, from unit ``first`` of the first segment on."""
    for segment in segments:
        count = whole_units(segment.starts, segment.ends, end)
        if count > first:
            yield LabelledSegment(
                segment.units[first:count],
                tuple(max(0.0, start - begin) for start in segment.starts[first:count]),
                tuple(min(close, end) - begin for close in segment.ends[first:count]),
                segment.complete and count == len(segment.units),
            )
        first = 0
