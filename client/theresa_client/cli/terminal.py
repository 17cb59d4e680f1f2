"""What a person at a terminal sees: finals above, below them what is being said right now and a footer."""

from rich.cells import get_character_cell_size
from rich.console import Console, Group, RenderableType
from rich.text import Text

from theresa_client.cli.footer import Footed, Footer
from theresa_client.cli.highlights import highlighted, listed
from theresa_client.cli.outputs import prefix, span
from theresa_client.transcript import Segment
from theresa_protocol.text import printable

MAX_OPEN_SEGMENTS = 8
"""Segments shown while they grow; those of more streams would not fit on a screen."""
MAX_OPEN_ROWS = 4
"""Rows of one growing segment: its end is what is new, so the beginning gives way."""


class Terminal(Footed):
    """Stable text solid, volatile text dim, finals above with times and entities, the footer at the bottom."""

    def __init__(self, console: Console, footer: Footer) -> None:
        self._open: dict[tuple[str, int], Segment] = {}
        super().__init__(footer, console)

    def received(self, label: str, text: str) -> None:
        """Not shown."""

    def changed(self, label: str, segment: Segment) -> None:
        """Show below what a segment says so far, a final one until it settles."""
        self._open[label, segment.number] = segment

    def settled(self, label: str, segment: Segment) -> None:
        """Move a final above, with its entities."""
        self._forget(label, segment.number)
        if segment.text.strip():
            below = (_name(label) + line for line in listed(segment))
            self._print(_heading(label, segment) + _stripped(highlighted(segment)), *below)

    def amended(self, label: str, segment: Segment) -> None:
        """Show the entities above, with the time of the final: others may stand between."""
        self._print(*(_name(label) + line for line in listed(segment, span(segment))))

    def ended(self, label: str) -> None:
        """Take away what is left of the stream."""
        self._forget(label)
        super().ended(label)

    def noticed(self, label: str, sentence: str) -> None:
        """A dim line above."""
        self._console.print(Text(f"{prefix(label)}{printable(sentence)}", style="yellow"), soft_wrap=True)

    def _forget(self, label: str, through: float = float("inf")) -> None:
        """Take away the segments of a stream up to a number. A new dictionary: another thread draws the old one."""
        self._open = {key: segment for key, segment in self._open.items() if key[0] != label or key[1] > through}

    def _print(self, *lines: Text) -> None:
        if lines:
            self._console.print(Text("\n").join(lines), soft_wrap=True)

    def _renderable(self) -> RenderableType:
        shown = list(self._open.items())[:MAX_OPEN_SEGMENTS]
        rows = 1 if len(shown) > 1 else MAX_OPEN_ROWS
        return Group(
            *(growing(label, segment, rows * self._console.width) for (label, _), segment in shown),
            super()._renderable(),
        )


def growing(label: str, segment: Segment, cells: int) -> Text:
    """An open segment in ``cells`` terminal cells: solid up to ``stable``, dim behind it, ``…`` for what is cut."""
    heading = _heading(label, segment)
    room = max(cells - heading.cell_len - 1, 2)
    text = highlighted(segment)
    text.stylize("dim", len(printable(segment.text[: segment.stable])))
    cut = _cut(text.plain, room)
    return heading + Text("…" if cut else "") + text[cut:]


def _cut(text: str, cells: int) -> int:
    """The index from which on ``text`` fits into ``cells`` (a Chinese character takes two)."""
    index = len(text)
    while index and (cells := cells - get_character_cell_size(text[index - 1])) >= 0:
        index -= 1
    return index


def _stripped(text: Text) -> Text:
    begin = len(text.plain) - len(text.plain.lstrip())
    return text[begin : max(begin, len(text.plain.rstrip()))]


def _heading(label: str, segment: Segment) -> Text:
    return _name(label) + Text.assemble((f"[{span(segment)}] ", "cyan"))


def _name(label: str) -> Text:
    return Text.assemble((prefix(label), "bold"))
