"""Text as a person meets it: nothing that steers a terminal, times that read well."""

import unicodedata

_CONTROL = {"Cc", "Cs", "Zl", "Zp"}
_BIDI_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def printable(text: str) -> str:
    """``text`` on one line and without the control characters with which a peer could steer the terminal."""
    return "".join(
        " " if unicodedata.category(character) in _CONTROL else character
        for character in text
        if character not in _BIDI_OVERRIDES
    )


def clock(milliseconds: int) -> str:
    """``01:02.3``, or ``1:01:02.3`` from an hour on: minutes, seconds and tenths, rounded down."""
    tenths = milliseconds // 100
    minutes, tenths = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    rest = f"{minutes:02d}:{tenths // 10:02d}.{tenths % 10}"
    return f"{hours}:{rest}" if hours else rest
