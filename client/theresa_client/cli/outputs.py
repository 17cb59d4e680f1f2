"""What a program sees of the streams: plain lines or JSON lines, one after the other."""

import json
from types import TracebackType
from typing import Protocol, Self, TextIO

from rich.console import Console

from theresa_client.cli.footer import Footed, Footer
from theresa_client.cli.highlights import listed
from theresa_client.cli.text import clock
from theresa_client.errors import OutputError
from theresa_client.transcript import Segment
from theresa_protocol.text import printable


class Output(Protocol):
    """Shows what happens to the streams. ``label`` tells several streams apart and is empty for a single one.

    What shows text raises ``OutputError`` where it cannot be written, and ``BrokenPipeError`` where its reader is gone.
    """

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def received(self, label: str, text: str) -> None:
        """A server message, as the JSON it came as."""

    def changed(self, label: str, segment: Segment) -> None:
        """A segment says something new; a final one may still have to wait for its entities."""

    def settled(self, label: str, segment: Segment) -> None:
        """A final with all that belongs to it: to be shown for good. Finals settle once, in the order of the server."""

    def amended(self, label: str, segment: Segment) -> None:
        """The entities of a final that had settled without them."""

    def connected(self, label: str, there: bool) -> None:
        """The connection of a stream is there, or away for now."""

    def progressed(self, label: str, position_ms: int) -> None:
        """A stream has come so far in its audio."""

    def waiting(self, label: str) -> None:
        """All audio of a stream is sent; the last finals are still to come."""

    def ended(self, label: str) -> None:
        """A stream is over, in whatever way."""

    def noticed(self, label: str, sentence: str) -> None:
        """Something a person should know."""


class Lines(Footed):
    """Base of the line outputs: notices go to ``notices`` (standard error), above the ``footer`` where there is one."""

    def __init__(self, out: TextIO, notices: TextIO, footer: Footer | None = None) -> None:
        super().__init__(footer, Console(file=notices, highlight=False, markup=False))
        self._out = out
        self._notices = notices

    def received(self, label: str, text: str) -> None:
        """Not shown."""

    def changed(self, label: str, segment: Segment) -> None:
        """Not shown."""

    def settled(self, label: str, segment: Segment) -> None:
        """Not shown."""

    def amended(self, label: str, segment: Segment) -> None:
        """Not shown."""

    def noticed(self, label: str, sentence: str) -> None:
        """One line on standard error."""
        line = f"theresa: {prefix(label)}{printable(sentence)}"
        if self._footer is not None:
            self._console.print(line, soft_wrap=True)
        else:
            self._notices.write(f"{line}\n")
            self._notices.flush()

    def _write(self, line: str) -> None:
        try:
            self._out.write(f"{line}\n")
            self._out.flush()  # whoever reads the pipe reads along
        except BrokenPipeError:
            raise
        except OSError as error:
            raise OutputError(f"Standard output could not be written: {error.strerror}.") from error


class PlainLines(Lines):
    """One line for each final, ``[00:01.2 → 00:03.4] text``; with ``partials`` also ``[00:01.2 …] text``.

    Below it, by four spaces to the right, its entities: ``    PERSON 陈静 · LOCATION 深圳``.
    """

    def __init__(self, out: TextIO, notices: TextIO, footer: Footer | None = None, *, partials: bool = False) -> None:
        super().__init__(out, notices, footer)
        self._partials = partials
        self._shown: dict[str, str] = {}

    def changed(self, label: str, segment: Segment) -> None:
        """Write a partial that says something, if wanted and other than the one before."""
        if segment.final or not self._partials or not segment.text.strip():
            return
        line = _line(label, segment)
        if self._shown.get(label) != line:
            self._write(line)
        self._shown[label] = line

    def settled(self, label: str, segment: Segment) -> None:
        """Write a final that says something, and its entities."""
        if segment.text.strip():
            below = (prefix(label) + line.plain for line in listed(segment))
            self._write("\n".join([_line(label, segment), *below]))

    def amended(self, label: str, segment: Segment) -> None:
        """Write the entities, with the time of the final: other lines may stand between."""
        for line in listed(segment, span(segment)):
            self._write(prefix(label) + line.plain)


class JsonLines(Lines):
    """Each server message on a line, exactly as it came; of several streams ``{"stream":label,"message":…}``."""

    def received(self, label: str, text: str) -> None:
        """Write it. Line breaks can only stand between the tokens of JSON, where a space means the same."""
        line = text.replace("\r", " ").replace("\n", " ")
        self._write(f'{{"stream":{json.dumps(label, ensure_ascii=False)},"message":{line}}}' if label else line)


def _line(label: str, segment: Segment) -> str:
    return f"{prefix(label)}[{span(segment)}] {printable(segment.text).strip()}"


def prefix(label: str) -> str:
    """What stands before the line of one of several streams."""
    return f"{label}: " if label else ""


def span(segment: Segment) -> str:
    """From when to when a segment was spoken; an open one has no end yet."""
    return f"{clock(segment.start_ms)} → {clock(segment.end_ms)}" if segment.final else f"{clock(segment.start_ms)} …"
