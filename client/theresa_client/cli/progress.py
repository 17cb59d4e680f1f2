"""The footer of recordings: one progress bar over all streams."""

from collections.abc import Mapping

from rich.console import Console, RenderableType
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from theresa_client.cli.text import clock


class Bar:
    """One progress bar over all streams. ``durations_ms`` by label; ``None`` where a length is not known."""

    def __init__(self, console: Console, durations_ms: Mapping[str, int | None]) -> None:
        self._positions_ms = dict.fromkeys(durations_ms, 0)
        self._durations_ms = durations_ms
        known = [duration for duration in durations_ms.values() if duration]
        self._total_ms = sum(known) if len(known) == len(durations_ms) else None
        self._open = len(durations_ms)
        self._waiting: set[str] = set()
        self.progress = Progress(
            BarColumn(bar_width=28),
            TextColumn("{task.fields[position]}", style="cyan"),
            TimeElapsedColumn(),
            TextColumn("{task.fields[note]}", style="dim"),
            console=console,
            auto_refresh=False,
        )
        self._task = self.progress.add_task("", total=self._total_ms, position="", note="")
        self._update()

    def __rich__(self) -> RenderableType:
        """The bar as it is now."""
        return self.progress

    def connected(self, label: str, there: bool) -> None:
        """Not shown: the notices say so."""

    def progressed(self, label: str, position_ms: int) -> None:
        """Move on."""
        duration_ms = self._durations_ms[label]
        self._positions_ms[label] = position_ms if duration_ms is None else min(position_ms, duration_ms)
        self._update()

    def waiting(self, label: str) -> None:
        """Say so when nothing is left to send."""
        self._waiting.add(label)
        self._update()

    def ended(self, label: str) -> None:
        """Count."""
        self._open -= 1
        self._waiting.discard(label)
        self._update()

    def _update(self) -> None:
        position_ms = sum(self._positions_ms.values())
        position = clock(position_ms) if self._total_ms is None else f"{clock(position_ms)} / {clock(self._total_ms)}"
        count = len(self._positions_ms)
        notes = [f"{count - self._open} of {count} done"] if count > 1 else []
        if self._open and len(self._waiting) == self._open:
            notes.append("waiting for the last words")
        self.progress.update(self._task, completed=position_ms, position=position, note=", ".join(notes))
