"""Values as clients write them: ``True``, ``1e-1``, ``JSON``, Base64 with line breaks.

Every ``ValueError`` completes a sentence that begins with the name of the value, such as ``must be true or false, not
'maybe'``. It repeats what was sent.
"""

import binascii
import math
import re
from collections.abc import Sequence
from typing import TypeVar

Choice = TypeVar("Choice", bound=str)

MAX_QUOTED = 64
"""Maximum number of characters that an error repeats."""

_ABSENT = frozenset({"", "null", "none", "undefined", "nil"})
_TRUE = frozenset({"true", "1", "yes", "y", "t", "on"})
_FALSE = frozenset({"false", "0", "no", "n", "f", "off"})
_NUMBER = re.compile(r"[+-]?(\d{1,20}(\.\d{0,40})?|\.\d{1,40})(e[+-]?\d{1,3})?", re.ASCII)
_WHITESPACE = re.compile(r"\s+")
_DATA_URL = re.compile(r"data:[^,]{0,200};base64,", re.IGNORECASE)
_TO_STANDARD = bytes.maketrans(b"-_", b"+/")


def quoted(text: str) -> str:
    """Return a text in quotes on one line, shortened if it is long."""
    line = _WHITESPACE.sub(" ", text)
    return f"'{line}'" if len(line) <= MAX_QUOTED else f"'{line[:MAX_QUOTED]}…'"


def is_absent(text: str) -> bool:
    """Return whether a text stands for no value: empty, or what a program prints for a missing value."""
    return plain(text).casefold() in _ABSENT


def plain(text: str) -> str:
    """Return a text without the space and the JSON quotes around it."""
    stripped = text.strip()
    return stripped[1:-1].strip() if len(stripped) > 1 and stripped[0] == stripped[-1] == '"' else stripped


def parse_flag(text: str) -> bool:
    """Parse a boolean.

    Raises:
        ValueError: when the text is no boolean.
    """
    value = plain(text).casefold()
    if value in _TRUE:
        return True
    if value in _FALSE:
        return False
    raise ValueError(f"must be true or false, not {quoted(text)}")


def parse_number(text: str, minimum: float, maximum: float) -> float:
    """Parse a number in a range.

    Raises:
        ValueError: when the text is no number, or outside the range.
    """
    value = plain(text).casefold()
    number = float(value) if _NUMBER.fullmatch(value) else math.nan
    if not minimum <= number <= maximum:
        raise ValueError(f"must be a number from {minimum:g} to {maximum:g}, not {quoted(text)}")
    return number


def parse_choice(text: str, choices: Sequence[Choice]) -> Choice:
    """Parse one of several names. Case does not matter, nor does ``-`` or a space in place of ``_``.

    Raises:
        ValueError: when the text is none of the choices.
    """
    value = re.sub(r"[\s_-]+", "_", plain(text).casefold())
    for choice in choices:
        if value == choice:
            return choice
    raise ValueError(f"must be one of {', '.join(choices)}, not {quoted(text)}")


def decode_base64(text: str) -> bytes:
    """Decode Base64 in the standard or the URL-safe alphabet, with or without padding, line breaks and ``data:`` URL.

    Raises:
        ValueError: when the text is no Base64.
    """
    try:
        return binascii.a2b_base64(text, strict_mode=True)
    except ValueError:
        pass  # not in canonical form
    if url := _DATA_URL.match(text):
        text = text[url.end() :]
    try:
        digits = text.encode("ascii").translate(_TO_STANDARD, b" \t\r\n").rstrip(b"=")
        return binascii.a2b_base64(digits + b"=" * (-len(digits) % 4), strict_mode=True)
    except ValueError:
        raise ValueError(f"must be Base64, not {quoted(text[:MAX_QUOTED])}") from None
