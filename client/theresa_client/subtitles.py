"""A transcript as a file: SubRip, WebVTT, plain text. Written whole or not at all."""

from collections.abc import Sequence
from pathlib import Path
from secrets import token_hex

from theresa_client.transcript import Segment
from theresa_protocol import subtitles
from theresa_protocol.subtitles import Cue, one_line


def srt(segments: Sequence[Segment]) -> str:
    """SubRip, a cue for each segment."""
    return subtitles.srt(map(_cue, segments))


def vtt(segments: Sequence[Segment]) -> str:
    """WebVTT, a cue for each segment."""
    return subtitles.vtt(map(_cue, segments))


def plain_text(segments: Sequence[Segment]) -> str:
    """One line for each segment."""
    return "".join(f"{line}\n" for segment in segments if (line := one_line(segment.text)))


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


def _cue(segment: Segment) -> Cue:
    return Cue(segment.start_ms, segment.end_ms, (segment.text,))
