"""The ``Warning`` header of a response: what the server ignored in a request.

RFC 9111 retired the header for caches. Its code 299 remains the common way to tell a program's user something.
"""

from collections.abc import Iterable


def warning_header(warnings: Iterable[str]) -> dict[str, str]:
    """Return the header for some sentences, or no header if there are none."""
    values = [f'299 - "{_printable(sentence)}"' for sentence in warnings]
    return {"Warning": ", ".join(values)} if values else {}


def _printable(sentence: str) -> str:
    plain = sentence.replace("\\", "/").replace('"', "'")
    return "".join(char if char.isprintable() else "?" for char in plain).encode("ascii", "backslashreplace").decode()
