"""Text that repeats what the decoder was given: the prompt, the hotwords or the text before. Pure."""

from collections.abc import Sequence
from difflib import SequenceMatcher

from theresa_server.speech.units import Unit, split_units

ECHO_SHARE = 0.75
"""The share of a text that comes from the prompt in an echo. The decoder sometimes changes a word of it."""
_TELLING_LETTERS = 4  # a word of this length is not in two texts by chance


def is_echo(text: str, sources: Sequence[str]) -> bool:
    """Return whether nearly all of a text is part of one of the sources.

    Runs of two words or Chinese characters count, and single words of at least four letters. Case and punctuation do
    not matter. A text of one word is an echo if a source contains that word.
    """
    words = _words(text)
    return bool(words) and any(_shared(words, _words(source)) >= ECHO_SHARE * len(words) for source in sources)


def _shared(words: Sequence[Unit], source: Sequence[Unit]) -> int:
    """Return how many of the words the source contains."""
    keys, known = [unit.key for unit in words], [unit.key for unit in source]
    contained: set[int] = {
        index for index, unit in enumerate(words) if unit.key in known and len(unit.key) >= _TELLING_LETTERS
    }
    shortest = min(2, len(keys))
    for block in SequenceMatcher(None, keys, known, autojunk=False).get_matching_blocks():
        if block.size >= shortest:
            contained.update(range(block.a, block.a + block.size))
    return len(contained)


def _words(text: str) -> list[Unit]:
    return [unit for unit in split_units(text) if unit.kind in ("word", "character")]
