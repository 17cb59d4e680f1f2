"""Listed and made-up names, and which of the listed ones are kept out of training.

A fixed quarter of the listed names is kept out of training, so that test sets can use names that occur in no training
sentence. It includes no names of the speech grammar. Made-up names are random each time.
"""

import random
import zlib
from collections.abc import Sequence
from functools import cache

from theresa_training import grammar_en, grammar_zh
from theresa_training.entities import lists_en

_GRAMMAR = frozenset(
    (
        *grammar_en.FIRST_NAMES,
        *grammar_en.LAST_NAMES,
        *grammar_en.ORGANIZATIONS,
        *grammar_en.LOCATIONS,
        *grammar_zh.PERSONS,
        *grammar_zh.ORGANIZATIONS,
        *grammar_zh.LOCATIONS,
        "中国",
        "米哈游",
    )
)


def kept_out(name: str) -> bool:
    """Return whether a listed name is reserved for tests."""
    return name not in _GRAMMAR and zlib.crc32(name.encode()) % 4 == 0


@cache
def _known(names: Sequence[str], unseen: bool) -> tuple[str, ...]:
    return tuple(name for name in names if kept_out(name) == unseen)


@cache
def common_characters() -> tuple[str, ...]:
    """Return the 3,755 most common characters: the first level of GB 2312."""
    pairs = ((row, cell) for row in range(0xB0, 0xD8) for cell in range(0xA1, 0xFF))
    return tuple(text for pair in pairs if (text := bytes(pair).decode("gb2312", errors="ignore")))


class ListedNames:
    """Draws listed and made-up names; ``unseen`` uses the names kept out of training."""

    def __init__(self, rng: random.Random, *, unseen: bool = False) -> None:
        self.rng = rng
        self._unseen = unseen

    def characters(self, low: int, high: int) -> str:
        """Return a word of random characters."""
        return "".join(self.rng.choice(common_characters()) for _ in range(self.rng.randint(low, high)))

    def invented(self) -> str:
        """Return a made-up name of two or three syllables."""
        return "".join(self.rng.choice(lists_en.SYLLABLES) for _ in range(self.rng.choice((2, 2, 3)))).capitalize()

    def _listed(self, *lists: Sequence[str]) -> str:
        return self.rng.choice(_known(tuple(self.rng.choice(lists)), self._unseen))
