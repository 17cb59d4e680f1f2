"""Transcripts as subtitles: SubRip and WebVTT. Pure."""

from collections.abc import Iterable
from typing import NamedTuple

from theresa_protocol.text import printable


class Cue(NamedTuple):
    """One subtitle: one or more lines of text. A cue without text is omitted."""

    start_ms: int
    end_ms: int
    lines: tuple[str, ...]


def srt(cues: Iterable[Cue]) -> str:
    """Return SubRip: numbered cues, with a comma in the times."""
    return "\n".join(
        f"{number}\n{_span(start_ms, end_ms, ',')}\n{text}\n"
        for number, (start_ms, end_ms, text) in enumerate(_shown(cues), start=1)
    )


def vtt(cues: Iterable[Cue]) -> str:
    """Return WebVTT (https://www.w3.org/TR/webvtt1/): a point in the times; ``&``, ``<`` and ``>`` are escaped."""
    shown = (f"{_span(start_ms, end_ms, '.')}\n{_escaped(text)}\n" for start_ms, end_ms, text in _shown(cues))
    return "\n".join(["WEBVTT\n", *shown])


def timestamp(milliseconds: int, separator: str = ".") -> str:
    """Format a time as ``00:01:02.345``: hours, minutes, seconds, milliseconds."""
    seconds, milliseconds = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}{separator}{milliseconds:03d}"


def one_line(text: str) -> str:
    """Return ``text`` on one line, with single spaces: an empty line would end a cue."""
    return " ".join(printable(text).split())


def _shown(cues: Iterable[Cue]) -> Iterable[tuple[int, int, str]]:
    for cue in cues:
        text = "\n".join(line for line in map(one_line, cue.lines) if line)
        if text:
            yield cue.start_ms, max(cue.end_ms, cue.start_ms + 1), text  # a cue of zero duration is invalid


def _span(start_ms: int, end_ms: int, separator: str) -> str:
    return f"{timestamp(start_ms, separator)} --> {timestamp(end_ms, separator)}"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
