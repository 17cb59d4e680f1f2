"""Transcript files: SubRip, WebVTT and plain text, written atomically."""

from collections.abc import Sequence
from pathlib import Path
from secrets import token_hex

from theresa_client.transcript import Segment
from theresa_protocol import subtitles
from theresa_protocol.subtitles import Cue, one_line


def srt(segments: Sequence[Segment]) -> str:
    """Return SubRip with one cue per segment."""
    return subtitles.srt(map(_cue, segments))


def vtt(segments: Sequence[Segment]) -> str:
    """Return WebVTT with one cue per segment."""
    return subtitles.vtt(map(_cue, segments))


def plain_text(segments: Sequence[Segment]) -> str:
    """Return one line per segment."""
    return "".join(f"{line}\n" for segment in segments if (line := one_line(segment.text)))


def write_atomically(path: Path, content: str) -> None:
    """Write ``content`` to ``path`` in UTF-8, so that readers never see part of it.

    Raises:
        OSError: if it cannot be written; an existing file is unchanged then.
    """
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


def _cue(segment: Segment) -> Cue:
    return Cue(segment.start_ms, segment.end_ms, (segment.text,))
