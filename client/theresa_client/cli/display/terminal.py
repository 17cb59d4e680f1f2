"""Output at a terminal: finals scroll by, with the open segments and a footer below them."""

from rich.cells import get_character_cell_size
from rich.console import Console, Group, RenderableType
from rich.text import Text

from theresa_client.cli.display.entity_text import entity_lines, highlight_entities
from theresa_client.cli.display.footer import Footer, LiveOutput
from theresa_client.cli.display.formatting import prefix, span
from theresa_client.transcript import Segment
from theresa_protocol.text import printable

MAX_OPEN_SEGMENTS = 8
"""Maximum number of open segments on screen; those of more streams would not fit."""
MAX_OPEN_ROWS = 4
"""Maximum number of rows of one open segment. Its end is new, so its beginning is cut off."""


class Terminal(LiveOutput):
    """Shows stable text solid and volatile text dim, finals above with times and entities, and a footer."""

    def __init__(self, console: Console, footer: Footer) -> None:
        self._open: dict[tuple[str, int], Segment] = {}
        super().__init__(footer, console)

    def show_message(self, label: str, text: str) -> None:
        """Show nothing."""

    def show_segment(self, label: str, segment: Segment) -> None:
        """Show a segment at the bottom; a final stays there until ``show_final``."""
        self._open[label, segment.number] = segment

    def show_final(self, label: str, segment: Segment) -> None:
        """Move a final up, with its entities."""
        self._remove(label, segment.number)
        if segment.text.strip():
            below = (_name(label) + line for line in entity_lines(segment))
            self._print(_heading(label, segment) + _stripped(highlight_entities(segment)), *below)

    def show_late_entities(self, label: str, segment: Segment) -> None:
        """Print the entities with the times of the final, because other lines may have been printed since."""
        self._print(*(_name(label) + line for line in entity_lines(segment, span(segment))))

    def end_stream(self, label: str) -> None:
        """Remove the open segments of a stream."""
        self._remove(label)
        super().end_stream(label)

    def show_notice(self, label: str, sentence: str) -> None:
        """Print a notice."""
        self._console.print(Text(f"{prefix(label)}{printable(sentence)}", style="yellow"), soft_wrap=True)

    def _remove(self, label: str, through: float = float("inf")) -> None:
        """Remove the segments of a stream up to a number. Copies the dictionary, because another thread draws it."""
        self._open = {key: segment for key, segment in self._open.items() if key[0] != label or key[1] > through}

    def _print(self, *lines: Text) -> None:
        if lines:
            self._console.print(Text("\n").join(lines), soft_wrap=True)

    def _renderable(self) -> RenderableType:
        shown = list(self._open.items())[:MAX_OPEN_SEGMENTS]
        rows = 1 if len(shown) > 1 else MAX_OPEN_ROWS
        return Group(
            *(open_segment_text(label, segment, rows * self._console.width) for (label, _), segment in shown),
            super()._renderable(),
        )


def open_segment_text(label: str, segment: Segment, cells: int) -> Text:
    """Return an open segment in at most ``cells`` terminal cells: solid up to ``stable``, then dim, ``…`` if cut."""
    heading = _heading(label, segment)
    room = max(cells - heading.cell_len - 1, 2)
    text = highlight_entities(segment)
    text.stylize("dim", len(printable(segment.text[: segment.stable])))
    cut = _cut(text.plain, room)
    return heading + Text("…" if cut else "") + text[cut:]


def _cut(text: str, cells: int) -> int:
    """Return the index from which ``text`` fits into ``cells`` (a Chinese character takes two)."""
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
