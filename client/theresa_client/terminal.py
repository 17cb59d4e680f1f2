"""What a person at a terminal sees: finals above, below them what is being said right now and a progress bar."""

from types import TracebackType
from typing import Self

from rich.cells import get_character_cell_size
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from theresa_client.outputs import prefix, span
from theresa_client.progress import REFRESHES_PER_S, Bar
from theresa_client.text import printable
from theresa_client.transcript import Segment

MAX_OPEN_SEGMENTS = 8
"""Segments shown while they grow; those of more streams would not fit on a screen."""
MAX_OPEN_ROWS = 4
"""Rows of one growing segment: its end is what is new, so the beginning gives way."""


class Terminal:
    """Stable text solid, volatile text dim, finals above with their times, the progress bar at the bottom."""

    def __init__(self, console: Console, bar: Bar) -> None:
        self._console = console
        self._bar = bar
        self._open: dict[str, Segment] = {}
        self._live = Live(
            get_renderable=self._renderable,
            console=console,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
            refresh_per_second=REFRESHES_PER_S,
            vertical_overflow="crop",
        )

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def received(self, label: str, text: str) -> None:
        """Not shown."""

    def changed(self, label: str, segment: Segment) -> None:
        """Show a growing segment below, and move a final one above."""
        if not segment.final:
            self._open[label] = segment
            return
        if label in self._open and self._open[label].number <= segment.number:
            del self._open[label]
        if segment.text.strip():
            self._console.print(_heading(label, segment) + Text(printable(segment.text).strip()), soft_wrap=True)

    def progressed(self, label: str, position_ms: int) -> None:
        """Move the bar."""
        self._bar.progressed(label, position_ms)

    def waiting(self, label: str) -> None:
        """Say below the bar what is waited for."""
        self._bar.waiting(label)

    def ended(self, label: str) -> None:
        """Take away what is left of the stream."""
        self._open.pop(label, None)
        self._bar.ended(label)

    def noticed(self, label: str, sentence: str) -> None:
        """A dim line above."""
        self._console.print(Text(f"{prefix(label)}{printable(sentence)}", style="yellow"), soft_wrap=True)

    def _renderable(self) -> RenderableType:
        shown = list(self._open.items())[:MAX_OPEN_SEGMENTS]
        rows = 1 if len(shown) > 1 else MAX_OPEN_ROWS
        return Group(
            *(growing(label, segment, rows * self._console.width) for label, segment in shown), self._bar.progress
        )


def growing(label: str, segment: Segment, cells: int) -> Text:
    """An open segment in ``cells`` terminal cells: solid up to ``stable``, dim behind it, ``…`` for what is cut."""
    heading = _heading(label, segment)
    room = max(cells - heading.cell_len - 1, 2)
    text = printable(segment.text)
    cut = _cut(text, room)
    ellipsis = "…" if cut else ""
    stable = max(segment.stable, cut)
    return heading + Text.assemble(ellipsis + text[cut:stable], (text[stable:], "dim"))


def _cut(text: str, cells: int) -> int:
    """The index from which on ``text`` fits into ``cells`` (a Chinese character takes two)."""
    index = len(text)
    while index and (cells := cells - get_character_cell_size(text[index - 1])) >= 0:
        index -= 1
    return index


def _heading(label: str, segment: Segment) -> Text:
    return Text.assemble((prefix(label), "bold"), (f"[{span(segment)}] ", "cyan"))
