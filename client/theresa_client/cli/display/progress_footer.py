"""The footer of ``theresa replay``: one progress bar over all streams."""

from collections.abc import Mapping

from rich.console import Console, RenderableType
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from theresa_client.cli.display.formatting import clock


class ProgressFooter:
    """A progress bar over all streams.

    Args:
        console: The console it is drawn on.
        durations_ms: Duration of each stream by label; ``None`` if unknown.
    """

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
        """Render the bar."""
        return self.progress

    def show_connection(self, label: str, connected: bool) -> None:
        """Show nothing: notices report it."""

    def show_progress(self, label: str, position_ms: int) -> None:
        """Move the bar."""
        duration_ms = self._durations_ms[label]
        self._positions_ms[label] = position_ms if duration_ms is None else min(position_ms, duration_ms)
        self._update()

    def show_waiting(self, label: str) -> None:
        """Add a note once all open streams have sent their audio."""
        self._waiting.add(label)
        self._update()

    def end_stream(self, label: str) -> None:
        """Count the stream as done."""
        self._open -= 1
        self._waiting.discard(label)
        self._update()

    def _update(self) -> None:
        position_ms = sum(self._positions_ms.values())
        position = clock(position_ms) if self._total_ms is None else f"{clock(position_ms)} / {clock(self._total_ms)}"
        count = len(self._positions_ms)
        notes = [f"{count - self._open} of {count} done"] if count > 1 else []
        if self._open and len(self._waiting) == self._open:
            notes.append("waiting for the last finals")
        self.progress.update(self._task, completed=position_ms, position=position, note=", ".join(notes))
