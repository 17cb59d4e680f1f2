"""The footer of a microphone: its level, how far the session has come, and what is not as it should be."""

import math
from itertools import groupby

from rich.console import Console
from rich.text import Text

from theresa_client.audio.levels import Gauge
from theresa_client.audio.microphone import SILENT_MS
from theresa_client.cli.text import clock

FLOOR_DBFS = -60
CELLS = 20
"""Cells of the bar, each 3 dB."""
BEHIND_MS = 1_000
"""Sound that waits to be sent is worth a word from here on."""

# From the fixed part of the 256 colours, readable on light and on dark: speech, loud, about to clip.
_COLOURS = ((-12, "color(28)"), (-3, "color(166)"), (math.inf, "color(160)"))
_WARNING = "bold color(166)"


class LevelLine:
    """One row: ``━━━━━━━───┃──  −31 dBFS  00:12.3  connected  m mutes``. The right end gives way."""

    def __init__(self, console: Console, gauge: Gauge) -> None:
        self._console = console
        self._gauge = gauge
        self._there: bool | None = None  # not yet
        self._last_words = False
        self._position_ms = 0

    def __rich__(self) -> Text:
        """The row as it is now, cut to the width of the terminal."""
        gauge = self._gauge
        if not gauge.open:
            return Text("opening the microphone …", style="dim")
        parts = [self._level(), Text(clock(self._position_ms), style="cyan"), self._connection(), *self._troubles()]
        if gauge.keys:
            parts.append(Text("m unmutes" if gauge.muted else "m mutes", style="dim"))
        row = Text("  ", no_wrap=True, overflow="crop").join(parts)
        row.truncate(self._console.width, overflow="ellipsis")
        return row

    def connected(self, label: str, there: bool) -> None:
        """Say so."""
        self._there = there

    def progressed(self, label: str, position_ms: int) -> None:
        """Move the clock."""
        self._position_ms = position_ms

    def waiting(self, label: str) -> None:
        """Say what is waited for."""
        self._last_words = True

    def ended(self, label: str) -> None:
        """Nothing is left to be said."""

    def _level(self) -> Text:
        meter = self._gauge.meter
        filled, held = _cell(meter.level_dbfs), _cell(meter.peak_dbfs)
        row = Text()
        for style, cells in groupby(range(CELLS), lambda cell: _style(cell, filled, held)):
            row.append("".join(_drawn(cell, filled, held) for cell in cells), style)
        return row.append(f" {decibels(meter.peak_dbfs)}")

    def _connection(self) -> Text:
        if self._there is None:
            return Text("connecting", style="dim")
        if not self._there:
            return Text("reconnecting", style=_WARNING)
        return Text("waiting for the last words" if self._last_words else "connected")

    def _troubles(self) -> list[Text]:
        gauge = self._gauge
        found = []
        if gauge.muted:
            found.append("MUTED")
        elif gauge.meter.silent_ms > SILENT_MS:
            found.append("only silence: is it muted?")
        if gauge.waiting_ms > BEHIND_MS:
            found.append(f"{gauge.waiting_ms // 1000} s to be sent")
        if gauge.lost_ms:
            found.append(f"{gauge.lost_ms / 1000:.1f} s lost")
        return [Text(trouble, style=_WARNING) for trouble in found]


def decibels(level_dbfs: float) -> str:
    """A level in seven or eight characters: ``−31 dBFS``, or ``−∞ dBFS``."""
    number = "−∞" if math.isinf(level_dbfs) else f"{level_dbfs:.0f}".replace("-", "−")
    return f"{number:>3} dBFS"


def _cell(level_dbfs: float) -> int:
    """How many cells a level fills."""
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
