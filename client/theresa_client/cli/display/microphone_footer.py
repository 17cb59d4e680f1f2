"""The footer of ``theresa listen``: level, clock, connection and warnings."""

import math
from itertools import groupby

from rich.console import Console
from rich.text import Text

from theresa_client.audio.levels import MicrophoneStatus
from theresa_client.audio.microphone import SILENT_MS
from theresa_client.cli.display.formatting import clock

FLOOR_DBFS = -60
CELLS = 20
"""Cells of the level bar, of 3 dB each."""
BEHIND_MS = 1_000
"""Unsent audio from which on a warning is shown."""

# From the fixed part of the 256 colours, readable on light and dark backgrounds: speech, loud, about to clip.
_COLOURS = ((-12, "color(28)"), (-3, "color(166)"), (math.inf, "color(160)"))
_WARNING = "bold color(166)"


class MicrophoneFooter:
    """One row: ``━━━━━━━───┃──  −31 dBFS  00:12.3  connected  m mutes``. A narrow terminal cuts off the right end."""

    def __init__(self, console: Console, status: MicrophoneStatus) -> None:
        self._console = console
        self._status = status
        self._connected: bool | None = None  # None until the first connection
        self._waiting = False
        self._position_ms = 0

    def __rich__(self) -> Text:
        """Render the row, cut to the width of the terminal."""
        status = self._status
        if not status.open:
            return Text("opening the microphone …", style="dim")
        parts = [self._level(), Text(clock(self._position_ms), style="cyan"), self._connection(), *self._warnings()]
        if status.keys:
            parts.append(Text("m unmutes" if status.muted else "m mutes", style="dim"))
        row = Text("  ", no_wrap=True, overflow="crop").join(parts)
        row.truncate(self._console.width, overflow="ellipsis")
        return row

    def show_connection(self, label: str, connected: bool) -> None:
        """Show whether the stream is connected."""
        self._connected = connected

    def show_progress(self, label: str, position_ms: int) -> None:
        """Move the clock."""
        self._position_ms = position_ms

    def show_waiting(self, label: str) -> None:
        """Show that only the last finals are pending."""
        self._waiting = True

    def end_stream(self, label: str) -> None:
        """Show nothing new."""

    def _level(self) -> Text:
        meter = self._status.meter
        filled, held = _cell(meter.level_dbfs), _cell(meter.peak_dbfs)
        row = Text()
        for style, cells in groupby(range(CELLS), lambda cell: _style(cell, filled, held)):
            row.append("".join(_drawn(cell, filled, held) for cell in cells), style)
        return row.append(f" {decibels(meter.peak_dbfs)}")

    def _connection(self) -> Text:
        if self._connected is None:
            return Text("connecting", style="dim")
        if not self._connected:
            return Text("reconnecting", style=_WARNING)
        return Text("waiting for the last finals" if self._waiting else "connected")

    def _warnings(self) -> list[Text]:
        status = self._status
        found = []
        if status.muted:
            found.append("MUTED")
        elif status.meter.silent_ms > SILENT_MS:
            found.append("only silence: is it muted?")
        if status.waiting_ms > BEHIND_MS:
            found.append(f"{status.waiting_ms // 1000} s to be sent")
        if status.lost_ms:
            found.append(f"{status.lost_ms / 1000:.1f} s lost")
        return [Text(warning, style=_WARNING) for warning in found]


def decibels(level_dbfs: float) -> str:
    """Format a level at a constant width: ``−31 dBFS`` or `` −∞ dBFS``."""
    number = "−∞" if math.isinf(level_dbfs) else f"{level_dbfs:.0f}".replace("-", "−")
    return f"{number:>3} dBFS"


def _cell(level_dbfs: float) -> int:
    """Return the number of cells that a level fills."""
    share = (level_dbfs - FLOOR_DBFS) / -FLOOR_DBFS
    return round(min(max(share, 0.0), 1.0) * CELLS)


def _drawn(cell: int, filled: int, held: int) -> str:
    if cell == held - 1:
        return "┃"
    return "━" if cell < filled else "─"


def _style(cell: int, filled: int, held: int) -> str:
    if cell >= filled and cell != held - 1:
        return "dim"
    level_dbfs = FLOOR_DBFS * (1 - cell / CELLS)
    return next(colour for below, colour in _COLOURS if level_dbfs < below)
