"""Passages as subtitles that can be read: at most two lines of 42 columns for at most seven seconds.

A passage that is too much for one is cut in two where that hurts least, a sentence before a clause before a pause, and
each part again. A Chinese character takes two columns, so that a line holds 21 of them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from unicodedata import combining, east_asian_width

from theresa_protocol.subtitles import Cue
from theresa_server.openai.files.transcript import Passage

LINE_COLUMNS = 42
"""The width of a line, as subtitlers have it."""

CUE_MS = 7_000
"""The longest that one is shown."""

PAUSE_MS = 300
"""So much silence between two words makes a place to cut."""

_SENTENCE, _CLAUSE, _PAUSE = 0.9, 0.6, 0.3
"""How good a place to cut is, beside 1 for the middle and 0 for the ends."""


@dataclass(frozen=True, slots=True)
class _Token:
    """A word with the space behind it, and its times in the recording."""

    text: str
    start_ms: int
    end_ms: int


def cues(passages: Sequence[Passage]) -> list[Cue]:
    """The subtitles of a transcript, in order; none is shown beside another."""
    made = [cue for passage in passages for cue in _of(passage)]
    ends = [*(cue.start_ms for cue in made[1:]), None]
    return [
        cue if behind is None or cue.end_ms <= behind else cue._replace(end_ms=max(cue.start_ms, behind))
        for cue, behind in zip(made, ends, strict=True)
    ]


def _of(passage: Passage) -> Iterator[Cue]:
    tokens = _tokens(passage)
    if not tokens:
        yield Cue(passage.start_ms, passage.end_ms, (passage.text.strip(),))
        return
    for part in _parts(tokens):
        lines = _lines(part) or (_text(part),)
        yield Cue(part[0].start_ms, part[-1].end_ms, lines)


def _tokens(passage: Passage) -> list[_Token]:
    text, words, base_ms = passage.said.text, passage.words, passage.start_ms
    begins = [0, *(word.begin for word in words[1:])]
    ends = [*begins[1:], len(text)]
    return [
        _Token(text[begin:end], base_ms + word.start_ms, base_ms + word.end_ms)
        for word, begin, end in zip(words, begins, ends, strict=False)
    ]


def _parts(tokens: list[_Token]) -> Iterator[list[_Token]]:
    if len(tokens) < 2 or (tokens[-1].end_ms - tokens[0].start_ms <= CUE_MS and _lines(tokens)):
        yield tokens
        return
    at = max(range(1, len(tokens)), key=lambda index: _worth(tokens, index))
    yield from _parts(tokens[:at])
    yield from _parts(tokens[at:])


def _worth(tokens: list[_Token], at: int) -> float:
    """How good it is to cut before a token."""
    left, whole = _columns(tokens[:at]), _columns(tokens)
    return _mark(tokens, at) + 1 - abs(2 * left / whole - 1) if whole else 0.0


def _mark(tokens: list[_Token], at: int) -> float:
    last = tokens[at - 1].text.rstrip()[-1:]
    if last in ".?!。？！…":
        return _SENTENCE
    if last in ",;:，、；：":
        return _CLAUSE
    return _PAUSE if tokens[at].start_ms - tokens[at - 1].end_ms >= PAUSE_MS else 0.0


def _lines(tokens: list[_Token]) -> tuple[str, ...]:
    """One line, or two of like width; none where that is too narrow."""
    if _columns(tokens) <= LINE_COLUMNS:
        return (_text(tokens),)
    fitting = [
        at
        for at in range(1, len(tokens))
        if _columns(tokens[:at]) <= LINE_COLUMNS and _columns(tokens[at:]) <= LINE_COLUMNS
    ]
    if not fitting:
        return ()
    best = max(fitting, key=lambda at: _worth(tokens, at))
    return _text(tokens[:best]), _text(tokens[best:])


def _text(tokens: list[_Token]) -> str:
    return "".join(token.text for token in tokens).strip()


def _columns(tokens: list[_Token]) -> int:
    return sum(2 if east_asian_width(char) in "WF" else not combining(char) for char in _text(tokens))
