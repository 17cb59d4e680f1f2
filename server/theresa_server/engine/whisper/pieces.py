"""Convert byte-level tokens to text in whole characters. Pure.

A token of Whisper's vocabulary is a sequence of bytes and may end in the middle of a Chinese character or an emoji.
"""

import codecs
import unicodedata
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True)
class Piece:
    """A sequence of whole characters, and the range of tokens ``[first, last)`` that encodes it."""

    text: str
    first: int
    last: int


@cache
def byte_of_character() -> dict[str, int]:
    """Return the byte that each character of a byte-level vocabulary represents.

    Printable bytes represent themselves; all others are represented by the characters from U+0100 on (openai/gpt-2,
    ``src/encoder.py``, ``bytes_to_unicode``).
    """
    printable = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    rest = [byte for byte in range(256) if byte not in printable]
    table = {chr(byte): byte for byte in printable}
    table.update({chr(256 + index): byte for index, byte in enumerate(rest)})
    return table


def token_bytes(token: str) -> bytes:
    """Return the bytes of a token, given its spelling in the vocabulary."""
    table = byte_of_character()
    return b"".join(bytes((table[char],)) if char in table else char.encode() for char in token)


def join_tokens(tokens: Iterable[bytes]) -> list[Piece]:
    """Join tokens into pieces whose texts concatenate to the whole text.

    The whole text is NFC, without surrounding whitespace. A character belongs to the piece that contains its last byte.
    Invalid bytes, including an incomplete character at the end, are dropped. No piece starts with a character that
    combines with the one before it.
    """
    decoder = codecs.getincrementaldecoder("utf-8")(errors="ignore")
    runs: list[Piece] = []
    first = 0
    for index, data in enumerate(tokens):
        text = decoder.decode(data)
        if not text:
            continue
        if runs and _joins(text[0]):
            runs[-1] = Piece(runs[-1].text + text, runs[-1].first, index + 1)
        else:
            runs.append(Piece(text, first, index + 1))
        first = index + 1
    return _strip([Piece(unicodedata.normalize("NFC", run.text), run.first, run.last) for run in runs])


def _joins(char: str) -> bool:
    """Return whether a character can combine or be reordered with those before it: a mark or a Hangul jamo."""
    return unicodedata.category(char).startswith("M") or "\u1160" <= char <= "\u11ff"


def _strip(pieces: Sequence[Piece]) -> list[Piece]:
    kept = list(pieces)
    while kept and not (text := kept[0].text.lstrip()):
        kept.pop(0)
    if kept:
        kept[0] = Piece(text, kept[0].first, kept[0].last)
    while kept and not (text := kept[-1].text.rstrip()):
        kept.pop()
    if kept:
        kept[-1] = Piece(text, kept[-1].first, kept[-1].last)
    return kept


def compression_ratio(text: str) -> float:
    """Return the length of the text in bytes over its zlib-compressed length (openai/whisper, ``whisper/utils.py``)."""
    data = text.encode()
    return len(data) / len(zlib.compress(data))
