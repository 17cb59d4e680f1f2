"""Draw a terminal that runs ``theresa replay``, as docs/images/terminal.svg.

The picture shows a real run with Whisper base on a recording of people, in the middle of a sentence. Run it on an idle
machine, with the tools that ``make test`` installs: ``.venv/bin/python scripts/terminal_picture.py``.
"""

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import tempfile
import termios
from collections.abc import Iterator
from html import unescape
from importlib.resources import files
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pyte
import soundfile
from demo import BIN, fetch, serving
from rich.cells import cell_len
from rich.console import Console
from rich.style import Style
from rich.text import Text

PICTURE = Path(__file__).parent.parent / "docs" / "images" / "terminal.svg"
COLUMNS, LINES = 76, 8
COMMAND = "theresa replay people.flac --entities"
MOMENT = "我们这种"
"""The partial transcript at which the picture is taken."""
GROWING = "…]"
"""What follows the time of a sentence that is not final."""

RATE_HZ = 16_000
ENGLISH, MANDARIN = slice(int(18.0 * RATE_HZ), None), slice(int(7.4 * RATE_HZ), None)
"""The last sentence of the English recording, and the last two of the Mandarin one."""

FAINT, GREY = 2, 90
NAMES = {"brown": "yellow"}
"""Colours with different names in pyte and Rich."""

FORMAT = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">
<title>A terminal in which theresa replay is at work</title>
<style>
.{unique_id}-matrix {{ font: {char_height}px/{line_height}px ui-monospace, Menlo, Consolas, monospace; }}
{styles}
</style>
<defs>{lines}</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""
"""Rich's own format without its web fonts."""


TEXT_ELEMENT = re.compile(r'textLength="([\d.]+)"([^>]*)>([^<]*)<')


class Screen(pyte.Screen):
    """A screen that supports faint text, as grey."""

    def select_graphic_rendition(self, *attributes: int, **options: Any) -> None:
        """Set the style of the following text."""
        super().select_graphic_rendition(*(GREY if one == FAINT else one for one in attributes), **options)


def main() -> int:
    """Run the command and draw the screen."""
    screen = Screen(COLUMNS, LINES)
    with tempfile.TemporaryDirectory() as folder, serving(fetch("base"), "demo") as (_, address):
        recording = str(Path(folder) / "people.flac")
        soundfile.write(recording, people(), RATE_HZ)
        command = [str(BIN / "theresa"), "replay", recording, "--entities", "--url", f"ws://{address}/v1/stream"]
        for _ in run_on_terminal(command, screen):
            if any(MOMENT in line and GROWING in line for line in screen.display):
                break
        else:
            raise SystemExit(f"'{MOMENT}' did not appear on the screen.")
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        console = Console(record=True, width=COLUMNS, file=nowhere, force_terminal=True, color_system="truecolor")
        console.print(Text.assemble(("$ ", "bright_black"), (COMMAND, "bold")))
        for number in range(LINES):
            console.print(line(screen, number), no_wrap=True, crop=True)
        svg = console.export_svg(title="", code_format=FORMAT, unique_id="t")
    PICTURE.write_text(TEXT_ELEMENT.sub(widen, svg), encoding="utf-8")
    return 0


def people() -> "np.ndarray[Any, Any]":
    """Return a recording of one sentence in English and two in Mandarin."""
    folder = files("theresa_server") / "assets" / "people"
    english, mandarin = (soundfile.read(str(folder / f"people-{name}.flac"))[0] for name in ("english", "mandarin"))
    return np.concatenate([english[ENGLISH], mandarin[MANDARIN]])


def run_on_terminal(command: list[str], screen: Screen) -> Iterator[None]:
    """Run a command in a pseudo-terminal, and yield after each update of the screen. Closing the iterator kills it."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    stream = pyte.ByteStream(screen)
    environment = os.environ | {"TERM": "xterm-256color", "COLORTERM": ""}
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment) as running:
        os.close(theirs)
        try:
            while piece := os.read(ours, 65_536):
                stream.feed(piece)
                yield
        except OSError:  # the command exited
            return
        finally:
            running.kill()
            os.close(ours)


def widen(element: re.Match[str]) -> str:
    """Return an SVG text element with space for wide characters, which Rich lays out as narrow ones."""
    length, between, content = element.groups()
    text = unescape(content)
    return f'textLength="{float(length) * cell_len(text) / len(text):g}"{between}>{content}<'


def line(screen: Screen, number: int) -> Text:
    """Return a line of the screen."""
    cells = [screen.buffer[number][column] for column in range(COLUMNS)]
    text = Text()
    for style, run in groupby(cells, style_of):
        text.append("".join(cell.data for cell in run), style)  # a wide character is followed by an empty cell
    text.rstrip()
    return text


def style_of(cell: Any) -> Style:
    """Return the style of a cell."""
    name = NAMES.get(cell.fg, cell.fg.replace("bright", "bright_"))
    colour = None if name == "default" else f"#{name}" if re.fullmatch("[0-9a-f]{6}", name) else name
    return Style(color=colour, bold=cell.bold, italic=cell.italics, underline=cell.underscore, reverse=cell.reverse)


if __name__ == "__main__":
    sys.exit(main())
