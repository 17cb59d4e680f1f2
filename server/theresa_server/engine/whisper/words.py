"""Word timestamps from the alignment of tokens with the audio. Pure.

CTranslate2's ``align`` runs dynamic time warping on the cross-attention of a model's alignment heads and returns the
path between tokens and encoder frames (openai/whisper, ``whisper/timing.py``). A word is a run of letters or digits
between spaces, or in Chinese one character, each with its adjacent punctuation.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from theresa_server.engine.whisper.pieces import Piece
from theresa_server.speech.recognition import TimedWord

MS_PER_ENCODER_FRAME = 20
"""The encoder halves the frame rate of the features (openai/whisper, ``TOKENS_PER_SECOND``)."""

MAX_MS_PER_CHARACTER = 600
"""No spoken character, not even a digit, lasts longer; the rest of a token's time is the pause after it."""

QUIET_DB = 30
"""Frames this far below the loudest frame count as quiet."""

_UNSPACED = (
    ("\u0e00", "\u0eff"),  # Thai, Lao
    ("\u1000", "\u109f"),  # Myanmar
    ("\u1780", "\u17ff"),  # Khmer
    ("\u3040", "\u30ff"),  # Hiragana, Katakana
)
_IDEOGRAPHS = (
    ("\u3005", "\u3007"),  # iteration mark, closing mark, zero
    ("\u3100", "\u312f"),  # Bopomofo
    ("\u3400", "\u4dbf"),  # extension A
    ("\u4e00", "\u9fff"),  # unified
    ("\uf900", "\ufaff"),  # compatibility
    ("\U00020000", "\U0003ffff"),  # extensions B and later
)


@dataclass(frozen=True, slots=True)
class _Character:
    """One character: its share of the time of its token, and the token's probability."""

    start_ms: float
    end_ms: float
    probability: float


def token_starts(path: Sequence[tuple[int, int]], tokens: int) -> list[int]:
    """Return the start of each token and, as one more entry, the end of the last one, in ms.

    Args:
        path: pairs of token index and encoder frame as returned by ``align``; neither ever decreases.
        tokens: the number of aligned tokens, without the end of text.
    """
    starts: list[int] = []
    for token, frame in path:
        while len(starts) <= min(token, tokens):
            starts.append(frame * MS_PER_ENCODER_FRAME)
    last = path[-1][1] * MS_PER_ENCODER_FRAME if path else 0
    return starts + [last] * (tokens + 1 - len(starts))


def loud_frames(pcm: NDArray[np.int16]) -> NDArray[np.bool_]:
    """Return for each encoder frame (20 ms) of 16 kHz audio whether it is loud enough to contain speech.

    The level is relative to the loudest frame. In noise, where pauses cannot be detected, all frames are loud.
    """
    size = MS_PER_ENCODER_FRAME * 16
    frames = np.zeros((-(-pcm.size // size), size), dtype=np.float32)
    frames.reshape(-1)[: pcm.size] = pcm
    power = np.square(frames).mean(axis=1)
    loud: NDArray[np.bool_] = power >= power.max() / 10 ** (QUIET_DB / 10)
    return loud


def word_spans(text: str, breaks: frozenset[int] = frozenset()) -> list[tuple[int, int]]:
    """Return the code point spans ``[begin, end)`` of the words of a text.

    Together they cover every character except whitespace. In scripts written without spaces, other than Chinese, a word
    can start only at the offsets in ``breaks``.
    """
    spans: list[tuple[int, int]] = []
    begin: int | None = None
    for index, char in enumerate(text):
        if char.isspace():
            if begin is not None:
                spans.append((begin, index))
            begin = None
        elif begin is None:
            begin = index
        elif _starts_word(text[index - 1], char, index in breaks):
            spans.append((begin, index))
            begin = index
    if begin is not None:
        spans.append((begin, len(text)))
    return spans


def _starts_word(before: str, char: str, at_break: bool) -> bool:
    """Return whether a word starts at ``char``, which follows ``before`` without a space."""
    if unicodedata.category(char).startswith("M") or _opens(before):
        return False
    if _opens(char) or _within(char, _IDEOGRAPHS):
        return True
    if not char.isalnum():
        return False
    if _within(char, _UNSPACED):
        return at_break or not _within(before, _UNSPACED)
    return _is_wide(before) or _within(before, _UNSPACED)


def _within(char: str, ranges: Sequence[tuple[str, str]]) -> bool:
    return any(low <= char <= high for low, high in ranges)


def _is_wide(char: str) -> bool:
    """Return whether a character is an ideograph or full-width punctuation, after which letters start a new word."""
    return unicodedata.east_asian_width(char) in "WF" and not (
        "\uac00" <= char <= "\ud7af" or "\uff10" <= char <= "\uff5a"
    )


def _opens(char: str) -> bool:
    """Return whether a character belongs to the word after it: a full-width opening bracket or an opening quote."""
    category = unicodedata.category(char)
    return category == "Pi" or (category == "Ps" and _is_wide(char))


def time_words(
    pieces: Sequence[Piece],
    starts_ms: Sequence[int],
    probabilities: Sequence[float],
    audio_ms: int,
    loud: NDArray[np.bool_],
) -> tuple[TimedWord, ...]:
    """Return the words of a text with their timestamps, which never decrease.

    The alignment assigns every frame to a token. Quiet frames at either end of a token, and the time of punctuation,
    are therefore removed from the words.

    Args:
        pieces: the text.
        starts_ms: the start of each token, and the end of the last one.
        probabilities: the probability of each token.
        audio_ms: the length of the audio, which limits all times.
        loud: for each encoder frame, whether it may contain speech.
    """
    characters = [character for piece in pieces for character in _spread(piece, starts_ms, probabilities, loud)]
    text = "".join(piece.text for piece in pieces)
    offsets, offset = set(), 0
    for piece in pieces:
        offsets.add(offset)
        offset += len(piece.text)
    words: list[TimedWord] = []
    earliest_ms = 0
    for begin, end in word_spans(text, frozenset(offsets)):
        spoken = [characters[index] for index in range(begin, end) if text[index].isalnum()]
        words.append(_timed_word(text[begin:end], begin, spoken or characters[begin:end], earliest_ms, audio_ms))
        earliest_ms = words[-1].end_ms
    return tuple(words)


def _timed_word(text: str, begin: int, characters: Sequence[_Character], earliest_ms: int, audio_ms: int) -> TimedWord:
    """Return a word with the time of its characters, limited to a plausible length and to the audio."""
    start_ms = min(max(round(characters[0].start_ms), earliest_ms), audio_ms)
    limit_ms = start_ms + MAX_MS_PER_CHARACTER * len(characters)
    confidence = sum(character.probability for character in characters) / len(characters)
    return TimedWord(
        text=text,
        start_ms=start_ms,
        end_ms=min(max(round(characters[-1].end_ms), start_ms), limit_ms, audio_ms),
        confidence=min(1.0, max(0.0, confidence)),
        begin=begin,
        end=begin + len(text),
    )


def _tighten(start_ms: int, end_ms: int, loud: NDArray[np.bool_]) -> tuple[int, int]:
    """Return the span without quiet frames at its ends; a span without any loud frame is unchanged."""
    first = start_ms // MS_PER_ENCODER_FRAME
    within = np.flatnonzero(loud[first : -(-end_ms // MS_PER_ENCODER_FRAME)])
    if not within.size:
        return start_ms, end_ms
    low, high = (first + int(within[0])) * MS_PER_ENCODER_FRAME, (first + int(within[-1]) + 1) * MS_PER_ENCODER_FRAME
    return max(start_ms, low), min(end_ms, high)


def _spread(
    piece: Piece, starts_ms: Sequence[int], probabilities: Sequence[float], loud: NDArray[np.bool_]
) -> list[_Character]:
    """Divide the time of a piece's tokens evenly among its characters; whitespace takes none."""
    start, end = _tighten(starts_ms[piece.first], starts_ms[piece.last], loud)
    tokens = range(piece.first, piece.last)
    probability = sum(probabilities[index] for index in tokens) / len(tokens)
    step = (end - start) / max(1, sum(not char.isspace() for char in piece.text))
    characters, at = [], float(start)
    for char in piece.text:
        until = at if char.isspace() else at + step
        characters.append(_Character(at, until, probability))
        at = until
    return characters
