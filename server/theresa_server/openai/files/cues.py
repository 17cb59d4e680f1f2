"""Splits segments into readable subtitles: at most two lines of 42 columns, shown for at most seven seconds.

A segment that is too long for one subtitle is split in two at the best position, then each part again. The end of a
sentence is better than the end of a clause, which is better than a pause. A Chinese character takes two columns, so a
line holds 21 of them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from unicodedata import combining, east_asian_width

from theresa_protocol.subtitles import Cue
from theresa_server.openai.files.transcript import RecordingSegment

LINE_COLUMNS = 42
"""Maximum width of a line, as is usual for subtitles."""

CUE_MS = 7_000
"""Maximum duration of a subtitle."""

PAUSE_MS = 300
"""Minimum silence between two words that counts as a pause."""

_SENTENCE_SCORE, _CLAUSE_SCORE, _PAUSE_SCORE = 0.9, 0.6, 0.3
"""Bonus for splitting at a boundary. The position itself scores 1 in the middle and 0 at the ends."""


@dataclass(frozen=True, slots=True)
class _SubtitleWord:
    """A word with the space after it, and its times in the recording."""

    text: str
    start_ms: int
    end_ms: int


def make_cues(segments: Sequence[RecordingSegment]) -> list[Cue]:
    """Return the subtitles of a transcript, in order and without overlaps in time."""
    cues = [cue for segment in segments for cue in _segment_cues(segment)]
    limits_ms = [*(cue.start_ms for cue in cues[1:]), None]
    return [
        cue if limit_ms is None or cue.end_ms <= limit_ms else cue._replace(end_ms=max(cue.start_ms, limit_ms))
        for cue, limit_ms in zip(cues, limits_ms, strict=False)  # of no cues, there is still one limit
    ]


def _segment_cues(segment: RecordingSegment) -> Iterator[Cue]:
    words = _words(segment)
    if not words:
        yield Cue(segment.start_ms, segment.end_ms, (segment.text.strip(),))
        return
    for part in _parts(words):
        lines = _lines(part) or (_text(part),)
        yield Cue(part[0].start_ms, part[-1].end_ms, lines)


def _words(segment: RecordingSegment) -> list[_SubtitleWord]:
    text, words, base_ms = segment.hypothesis.text, segment.words, segment.start_ms
    begins = [0, *(word.begin for word in words[1:])]
    ends = [*begins[1:], len(text)]
    return [
        _SubtitleWord(text[begin:end], base_ms + word.start_ms, base_ms + word.end_ms)
        for word, begin, end in zip(words, begins, ends, strict=False)
    ]


def _parts(words: list[_SubtitleWord]) -> Iterator[list[_SubtitleWord]]:
    if len(words) < 2 or (words[-1].end_ms - words[0].start_ms <= CUE_MS and _lines(words)):
        yield words
        return
    at = max(range(1, len(words)), key=lambda index: _split_score(words, index))
    yield from _parts(words[:at])
    yield from _parts(words[at:])


def _split_score(words: list[_SubtitleWord], at: int) -> float:
    """Score a split before the word at index ``at``; higher is better."""
    left, whole = _columns(words[:at]), _columns(words)
    return _boundary_score(words, at) + 1 - abs(2 * left / whole - 1) if whole else 0.0


def _boundary_score(words: list[_SubtitleWord], at: int) -> float:
    last = words[at - 1].text.rstrip()[-1:]
    if last in ".?!。？！…":
        return _SENTENCE_SCORE
    if last in ",;:，、；：":
        return _CLAUSE_SCORE
    return _PAUSE_SCORE if words[at].start_ms - words[at - 1].end_ms >= PAUSE_MS else 0.0


def _lines(words: list[_SubtitleWord]) -> tuple[str, ...]:
    """Lay words out in one line or two balanced lines. Returns no lines if they do not fit."""
    if _columns(words) <= LINE_COLUMNS:
        return (_text(words),)
    fitting = [
        at
        for at in range(1, len(words))
        if _columns(words[:at]) <= LINE_COLUMNS and _columns(words[at:]) <= LINE_COLUMNS
    ]
    if not fitting:
        return ()
    best = max(fitting, key=lambda at: _split_score(words, at))
    return _text(words[:best]), _text(words[best:])


def _text(words: list[_SubtitleWord]) -> str:
    return "".join(word.text for word in words).strip()


def _columns(words: list[_SubtitleWord]) -> int:
    return sum(2 if east_asian_width(char) in "WF" else not combining(char) for char in _text(words))
