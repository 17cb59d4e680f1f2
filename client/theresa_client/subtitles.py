"""A transcript as a file: SubRip, WebVTT, plain text. Written whole or not at all."""

from collections.abc import Sequence
from pathlib import Path
from secrets import token_hex

from theresa_client.text import printable
from theresa_client.transcript import Segment


def srt(segments: Sequence[Segment]) -> str:
    """SubRip: numbered cues, times with a comma."""
    cues = (
        f"{number}\n{_span(segment, ',')}\n{_line(segment)}\n"
        for number, segment in enumerate(_spoken(segments), start=1)
    )
    return "\n".join(cues)


def vtt(segments: Sequence[Segment]) -> str:
    """WebVTT (https://www.w3.org/TR/webvtt1/): times with a point; ``&``, ``<`` and ``>`` are escaped."""
    cues = (f"{_span(segment, '.')}\n{_escaped(_line(segment))}\n" for segment in _spoken(segments))
    return "\n".join(["WEBVTT\n", *cues])


def plain_text(segments: Sequence[Segment]) -> str:
    """One line for each segment."""
    return "".join(f"{_line(segment)}\n" for segment in _spoken(segments))


def write_atomically(path: Path, content: str) -> None:
    """Replace ``path`` by a file with ``content`` (UTF-8): a reader never meets half of it. Raises ``OSError``."""
    if path.exists() and not path.is_file():  # a pipe or a device cannot be replaced
        path.write_text(content, encoding="utf-8")
        return
    temporary = path.with_name(f".{path.name}.{token_hex(8)}")
    try:
        with temporary.open("x", encoding="utf-8", newline="\n") as file:
            if path.exists():
                temporary.chmod(path.stat().st_mode & 0o777)
            file.write(content)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def timestamp(milliseconds: int, separator: str = ".") -> str:
    """``00:01:02.345``: hours, minutes, seconds, milliseconds."""
    seconds, milliseconds = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}{separator}{milliseconds:03d}"


def _spoken(segments: Sequence[Segment]) -> list[Segment]:
    return [segment for segment in segments if _line(segment)]


def _span(segment: Segment, separator: str) -> str:
    end_ms = max(segment.end_ms, segment.start_ms + 1)  # a cue that takes no time is not valid
    return f"{timestamp(segment.start_ms, separator)} --> {timestamp(end_ms, separator)}"


def _line(segment: Segment) -> str:
    """The text on one line: an empty line would end the cue."""
    return " ".join(printable(segment.text).split())


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
