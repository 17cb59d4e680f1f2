"""Splits a text into tokens: a run of letters, a run of digits, or any other single character.

In scripts without spaces, each character is a token. Combining marks and joiners stay with their base character.
Recognisers that declare ``"tokens": "mixed"`` were trained on this tokenization.
"""

import re
from typing import NamedTuple

_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\U00020000-\U0003ffff"
)
_MARKS = "[\u0300-\u036f\u200d\ufe00-\ufe0f\U0001f3fb-\U0001f3ff]*"
_TOKEN = re.compile(rf"(?:(?![{_UNSPACED}])[^\W\d_]{_MARKS})+|\d+|\S{_MARKS}")


class Token(NamedTuple):
    """A token: the code points ``[begin, end)`` of a text. Never empty and without white space."""

    begin: int
    end: int


def tokenize(text: str) -> list[Token]:
    """Return the tokens of a text in order. They cover every character except white space."""
    return [Token(*match.span()) for match in _TOKEN.finditer(text)]
