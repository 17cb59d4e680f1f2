"""Text split into units: words in scripts with spaces, characters in scripts without. Pure."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal, NamedTuple
from unicodedata import category

UnitKind = Literal["word", "character", "symbol", "space"]

# Scripts without spaces between words: Thai and Lao, Myanmar, Khmer, Han with its iteration marks, kana.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\U00020000-\U0003ffff]"
)
_INSIDE_WORDS = frozenset("'’-.,:@/&")  # don't, 3.5, 9,000, 10:30
_JOINER = "\u200d"


class Unit(NamedTuple):
    """A word, a character of a script without spaces, a symbol, or trailing space; includes the space before it."""

    text: str
    kind: UnitKind

    @property
    def key(self) -> str:
        """The text for comparisons, without space and case."""
        return self.text.strip().casefold()


def split_units(text: str) -> list[Unit]:
    """Split a text into units that concatenate to it. Combining marks and joiners stay with their base character."""
    return list(_units(text))


def separator(before: str, text: str) -> str:
    """Return the separator of consecutive texts: a space, but none after Chinese, or between a word and Chinese."""
    if not before or not text or _unspaced(before[-1]):
        return ""
    return "" if _unspaced(text[0]) and before[-1].isalnum() else " "


def _unspaced(char: str) -> bool:
    return char in "。！？，、；：…" or any(unit.kind == "character" for unit in split_units(char))


def _units(text: str) -> Iterator[Unit]:
    begin = 0
    kind: UnitKind = "space"
    for index, char in enumerate(text):
        now = _kind(char)
        if now == "extension" or text[index - 1 : index] == _JOINER:
            now = kind if kind != "space" else "symbol"
        elif kind == "word" and char in _INSIDE_WORDS and _kind(text[index + 1 : index + 2]) == "word":
            now = "word"
        elif kind != "space" and not (kind == now == "word"):
            yield Unit(text[begin:index], kind)
            begin = index
        kind = now
    if text:
        yield Unit(text[begin:], kind)


@lru_cache(maxsize=4096)
def _kind(char: str) -> UnitKind | Literal["extension"]:
    """Classify a character. An extension belongs to the character before it; the empty string counts as space."""
    if not char or char.isspace():
        return "space"
    if _UNSPACED.match(char) and category(char)[0] in "LN":
        return "character"
    match category(char)[0]:
        case "L" | "N":
            return "word"
        case "M":
            return "extension"
        case _ if category(char) == "Cf" or "\U0001f3fb" <= char <= "\U0001f3ff":
            return "extension"
        case _:
            return "symbol"
