"""Text from a peer, made safe to display."""

import unicodedata

_CONTROL = {"Cc", "Cs", "Zl", "Zp"}
_BIDI_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def printable(text: str) -> str:
    """Return ``text`` on one line, without control characters that could manipulate a terminal."""
    return "".join(
        " " if unicodedata.category(character) in _CONTROL else character
        for character in text
        if character not in _BIDI_OVERRIDES
    )
