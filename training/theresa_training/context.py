"""The prompt before a transcript, as servers pass it to the decoder: hotwords and previous text."""

import random
from collections.abc import Callable, Sequence

from theresa_training.grammar import Language

MAX_TOKENS = 223
"""Longest prompt that decoders accept (openai/whisper: half of ``n_text_ctx``, less one)."""

MAX_HOTWORD_TOKENS = 30
_CLIPPED = 0.08
"""Probability that the last word of the previous text is missing."""

Encode = Callable[[str], list[int]]


def terms(units: Sequence[str], language: Language, rng: random.Random) -> list[str]:
    """Return candidates for hotwords: longer words in English, sequences of two or three characters in Mandarin."""
    if language == "en":
        return [unit.strip() for unit in units if len(unit.strip()) > 3]
    found, size = [], rng.randint(2, 3)
    for first in range(0, len(units) - size + 1, size):
        term = "".join(units[first : first + size])
        if term.isalpha():
            found.append(term)
    return found


def hotwords(spoken: Sequence[str], others: Sequence[str], language: Language, rng: random.Random) -> str:
    """Return a list of up to five terms, some of which occur in the window and some of which do not; may be empty."""
    there, elsewhere = terms(spoken, language, rng), terms(others, language, rng)
    words = rng.sample(there, min(len(there), rng.randint(0, 2)))
    words += rng.sample(elsewhere, min(len(elsewhere), rng.randint(0, 3)))
    rng.shuffle(words)
    return ", ".join(words)


def before(
    previous: str, earlier: Sequence[str], listed: str, language: Language, rng: random.Random, encode: Encode
) -> list[int]:
    """Return the tokens before a window: hotwords if any, ``earlier`` sentences, and last the text it continues.

    The length of the text varies, and occasionally its last word is missing.
    """
    if rng.random() < _CLIPPED:
        previous = previous.rpartition(" ")[0] if language == "en" else previous[:-1]
    text = (" " if language == "en" else "").join([*earlier, previous]).strip()
    head = encode(" " + listed)[:MAX_HOTWORD_TOKENS] if listed else []
    room = min(MAX_TOKENS, rng.randint(20, MAX_TOKENS + 60)) - len(head)
    return head + (encode(" " + text)[-max(1, room) :] if text else [])
