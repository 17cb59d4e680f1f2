"""The last row of a terminal while streams run: a progress bar, or the level of a microphone."""

from types import TracebackType
from typing import Protocol, Self

from rich.console import Console, RenderableType
from rich.live import Live

REFRESHES_PER_S = 10


class Footer(Protocol):
    """A row that a thread of its own redraws. ``label`` identifies a stream."""

    def __rich__(self) -> RenderableType:
        """Render the row."""

    def show_connection(self, label: str, connected: bool) -> None:
        """Show whether a stream is connected."""

    def show_progress(self, label: str, position_ms: int) -> None:
        """Show the position of a stream in its audio."""

    def show_waiting(self, label: str) -> None:
        """Show that all audio of a stream was sent, and its last finals are pending."""

    def end_stream(self, label: str) -> None:
        """Show that a stream has ended."""


class LiveOutput:
    """Base class of outputs with an optional footer, which is drawn inside the ``with`` block."""

    def __init__(self, footer: Footer | None, console: Console) -> None:
        self._footer = footer
        self._console = console
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
        if self._footer is not None:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def show_connection(self, label: str, connected: bool) -> None:
        """Update the footer."""
        if self._footer is not None:
            self._footer.show_connection(label, connected)

    def show_progress(self, label: str, position_ms: int) -> None:
        """Update the footer."""
        if self._footer is not None:
            self._footer.show_progress(label, position_ms)

    def show_waiting(self, label: str) -> None:
        """Update the footer."""
        if self._footer is not None:
            self._footer.show_waiting(label)

    def end_stream(self, label: str) -> None:
        """Update the footer."""
        if self._footer is not None:
            self._footer.end_stream(label)

    def _renderable(self) -> RenderableType:
        """Return what is drawn at the bottom."""
        return self._footer or ""
