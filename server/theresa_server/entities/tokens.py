"""The tokens of a text, as a recogniser reads it: a run of letters, a run of digits, or any other single character.

In scripts that are written without spaces each character is a token. Combining marks and joiners stay with what they
belong to. This is how the recognisers that are declared with ``"tokens": "mixed"`` were trained.
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
    """One token: the code points ``[begin, end)`` of a text; never empty, never with white space."""

    begin: int
    end: int


def tokenize(text: str) -> list[Token]:
    """The tokens of a text, in order; together they hold every character but white space."""
    return [Token(*match.span()) for match in _TOKEN.finditer(text)]
