"""The text before a transcript, as servers give it to the decoder: what was said before, words to be preferred."""

import random
from collections.abc import Callable, Sequence

from theresa_training.grammar import Language

MAX_TOKENS = 223
"""The most that servers give (openai/whisper: half of ``n_text_ctx``, less one)."""

MAX_HOTWORD_TOKENS = 30
_ODDS = 0.08

Encode = Callable[[str], list[int]]


def terms(units: Sequence[str], language: Language, rng: random.Random) -> list[str]:
    """What may be listed as words to be preferred: longer words in English, two or three characters in Mandarin."""
    if language == "en":
        return [unit.strip() for unit in units if len(unit.strip()) > 3]
    found, size = [], rng.randint(2, 3)
    for first in range(0, len(units) - size + 1, size):
        term = "".join(units[first : first + size])
        if term.isalpha():
            found.append(term)
    return found


def hotwords(said: Sequence[str], others: Sequence[str], language: Language, rng: random.Random) -> str:
    """A list of up to five terms of two texts (their units), of which one is said and one is not; "" for none."""
    there, elsewhere = terms(said, language, rng), terms(others, language, rng)
    words = rng.sample(there, min(len(there), rng.randint(0, 2)))
    words += rng.sample(elsewhere, min(len(elsewhere), rng.randint(0, 3)))
    rng.shuffle(words)
    return ", ".join(words)


def before(
    previous: str, earlier: Sequence[str], listed: str, language: Language, rng: random.Random, encode: Encode
) -> list[int]:
    """Tokens before a window: words to be preferred if any, then ``earlier`` sentences, and last what it goes on from.

    How much of the text is given varies, and once in a while it is not quite what was said: its last word is missing.
    """
    if rng.random() < _ODDS:
        previous = previous.rpartition(" ")[0] if language == "en" else previous[:-1]
    text = (" " if language == "en" else "").join([*earlier, previous]).strip()
    head = encode(" " + listed)[:MAX_HOTWORD_TOKENS] if listed else []
    room = min(MAX_TOKENS, rng.randint(20, MAX_TOKENS + 60)) - len(head)
    return head + (encode(" " + text)[-max(1, room) :] if text else [])
