"""Output for programs: plain lines or JSON lines."""

import json
from typing import TextIO

from rich.console import Console

from theresa_client.cli.display.entity_text import entity_lines
from theresa_client.cli.display.footer import Footer, LiveOutput
from theresa_client.cli.display.formatting import prefix, span
from theresa_client.errors import OutputError
from theresa_client.transcript import Segment
from theresa_protocol.text import printable


class LineOutput(LiveOutput):
    """Base class of line outputs. Notices go to ``notices`` (standard error), above the ``footer`` if there is one."""

    def __init__(self, out: TextIO, notices: TextIO, footer: Footer | None = None) -> None:
        super().__init__(footer, Console(file=notices, highlight=False, markup=False))
        self._out = out
        self._notices = notices

    def show_message(self, label: str, text: str) -> None:
        """Show nothing."""

    def show_segment(self, label: str, segment: Segment) -> None:
        """Show nothing."""

    def show_final(self, label: str, segment: Segment) -> None:
        """Show nothing."""

    def show_late_entities(self, label: str, segment: Segment) -> None:
        """Show nothing."""

    def show_notice(self, label: str, sentence: str) -> None:
        """Write one line to standard error."""
        line = f"theresa: {prefix(label)}{printable(sentence)}"
        if self._footer is not None:
            self._console.print(line, soft_wrap=True)
        else:
            self._notices.write(f"{line}\n")
            self._notices.flush()

    def _write(self, line: str) -> None:
        try:
            self._out.write(f"{line}\n")
            self._out.flush()  # so that the reader of a pipe gets each line at once
        except BrokenPipeError:
            raise
        except OSError as error:
            raise OutputError(f"Cannot write to standard output: {error.strerror}.") from error


class PlainLines(LineOutput):
    """One line per final, ``[00:01.2 → 00:03.4] text``; with ``partials`` also ``[00:01.2 …] text``.

    Entities follow on a line indented by four spaces: ``    PERSON 陈静 · LOCATION 深圳``.
    """

    def __init__(self, out: TextIO, notices: TextIO, footer: Footer | None = None, *, partials: bool = False) -> None:
        super().__init__(out, notices, footer)
        self._partials = partials
        self._last_lines: dict[str, str] = {}

    def show_segment(self, label: str, segment: Segment) -> None:
        """Write a partial if partials are requested, it has text, and it differs from the previous one."""
        if segment.final or not self._partials or not segment.text.strip():
            return
        line = _line(label, segment)
        if self._last_lines.get(label) != line:
            self._write(line)
        self._last_lines[label] = line

    def show_final(self, label: str, segment: Segment) -> None:
        """Write a final that has text, and its entities."""
        if segment.text.strip():
            below = (prefix(label) + line.plain for line in entity_lines(segment))
            self._write("\n".join([_line(label, segment), *below]))

    def show_late_entities(self, label: str, segment: Segment) -> None:
        """Write the entities with the times of the final, because other lines may have been written since."""
        for line in entity_lines(segment, span(segment)):
            self._write(prefix(label) + line.plain)


class JsonLines(LineOutput):
    """One server message per line, exactly as received; with several streams ``{"stream":label,"message":…}``."""

    def show_message(self, label: str, text: str) -> None:
        """Write a message. JSON allows line breaks only between tokens, where a space means the same."""
        line = text.replace("\r", " ").replace("\n", " ")
        self._write(f'{{"stream":{json.dumps(label, ensure_ascii=False)},"message":{line}}}' if label else line)


def _line(label: str, segment: Segment) -> str:
    return f"{prefix(label)}[{span(segment)}] {printable(segment.text).strip()}"
