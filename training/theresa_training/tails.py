"""The unstable tail of growing speech: a window that begins inside an utterance, whose text before it is known.

A server that decodes somebody who is still speaking need not decode again what will not change any more. It cuts the
audio where it believes the first unsettled word to begin, and gives the text before as previous text. So the window may
begin with the end of a word that is written already, or a little inside its own first word, and it may end anywhere.
"""

import random
from collections.abc import Iterator

from theresa_training.windows import RATE_HZ, LabelledSegment, Window, whole_units

SECONDS = (0.8, 7.0)
"""Duration of a tail; it is shorter where the speech ends sooner."""

EARLY_S = 0.25
"""How much of what comes before the first word may be heard: a lead of 0.1 s, and the error of its time."""

LATE_S = 0.1
"""How much of the first word may be missing."""

CLIPPED = 0.3
"""The largest share of the first word that may be missing."""


def tail(window: Window, rng: random.Random) -> Window:
    """A random tail of a window; one without words comes back as it is."""
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
    """The part of a window between two times in seconds, whose first word is a segment's unit ``index``.

    The text before that word is the new window's ``previous``.
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
    """What is said between two times, from unit ``first`` of the first segment on."""
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
