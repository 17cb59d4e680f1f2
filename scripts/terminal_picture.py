"""Draw a terminal in which ``theresa replay`` is at work, as docs/images/terminal.svg.

It is a real run with the demo models, stopped in the middle of a sentence. Needs the tools that ``make test`` installs:
``.venv/bin/python scripts/terminal_picture.py``.
"""

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from html import unescape
from importlib.resources import files
from itertools import groupby
from pathlib import Path
from typing import Any

import pyte
from demo import BIN, serving
from rich.cells import cell_len
from rich.console import Console
from rich.style import Style
from rich.text import Text

PICTURE = Path(__file__).parent.parent / "docs" / "images" / "terminal.svg"
COLUMNS, LINES = 76, 9
COMMAND = "theresa replay both.flac --entities"
MOMENT = "Please call Maria"
"""What is being said when the picture is taken."""

FAINT, GREY = 2, 90
NAMES = {"brown": "yellow"}
"""Colours that the screen calls otherwise than the picture."""

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
"""As Rich's own, without fonts from elsewhere."""


WRITTEN = re.compile(r'textLength="([\d.]+)"([^>]*)>([^<]*)<')


class Screen(pyte.Screen):
    """A screen that knows faint text."""

    def select_graphic_rendition(self, *attributes: int, **options: Any) -> None:
        """Set how text looks."""
        super().select_graphic_rendition(*(GREY if one == FAINT else one for one in attributes), **options)


def main() -> int:
    """Run it, and draw what is seen."""
    recording = str(files("theresa_server") / "assets" / "samples" / "both.flac")
    screen = Screen(COLUMNS, LINES)
    with serving("demo", "demo") as (_, address):
        command = [str(BIN / "theresa"), "replay", recording, "--entities", "--url", f"ws://{address}/v1/stream"]
        for _ in shown(command, screen):
            if any(MOMENT in line for line in screen.display):
                break
        else:
            raise SystemExit(f"'{MOMENT}' was never on the screen.")
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        console = Console(record=True, width=COLUMNS, file=nowhere, force_terminal=True, color_system="truecolor")
        console.print(Text.assemble(("$ ", "bright_black"), (COMMAND, "bold")))
        for number in range(LINES):
            console.print(line(screen, number), no_wrap=True, crop=True)
        svg = console.export_svg(title="", code_format=FORMAT, unique_id="t")
    PICTURE.write_text(WRITTEN.sub(widened, svg), encoding="utf-8")
    return 0


def shown(command: list[str], screen: Screen) -> Iterator[None]:
    """Run a command at a terminal, and feed the screen; it is stopped when nobody looks any more."""
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
        except OSError:  # it has ended
            return
        finally:
            running.kill()
            os.close(ours)


def widened(written: re.Match[str]) -> str:
    """A piece of text with room for its wide characters: Rich gives each as much as a narrow one."""
    length, between, content = written.groups()
    text = unescape(content)
    return f'textLength="{float(length) * cell_len(text) / len(text):g}"{between}>{content}<'


def line(screen: Screen, number: int) -> Text:
    """A line of the screen."""
    cells = [screen.buffer[number][column] for column in range(COLUMNS)]
    text = Text()
    for style, run in groupby(cells, style_of):
        text.append("".join(cell.data for cell in run), style)  # a wide character has an empty cell behind it
    text.rstrip()
    return text


def style_of(cell: Any) -> Style:
    """How a cell looks."""
    name = NAMES.get(cell.fg, cell.fg.replace("bright", "bright_"))
    colour = None if name == "default" else f"#{name}" if re.fullmatch("[0-9a-f]{6}", name) else name
    return Style(color=colour, bold=cell.bold, italic=cell.italics, underline=cell.underscore, reverse=cell.reverse)


if __name__ == "__main__":
    sys.exit(main())
