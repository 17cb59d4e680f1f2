"""What stands at the bottom of a terminal while streams run: a progress bar, the level of a microphone."""

from types import TracebackType
from typing import Protocol, Self

from rich.console import Console, RenderableType
from rich.live import Live

REFRESHES_PER_S = 10


class Footer(Protocol):
    """A row that is drawn again and again, by a thread of its own. ``label`` tells several streams apart."""

    def __rich__(self) -> RenderableType:
        """How it looks now."""

    def connected(self, label: str, there: bool) -> None:
        """The connection of a stream is there, or away for now."""

    def progressed(self, label: str, position_ms: int) -> None:
        """A stream has come so far in its audio."""

    def waiting(self, label: str) -> None:
        """All audio of a stream is sent; the last finals are still to come."""

    def ended(self, label: str) -> None:
        """A stream is over, in whatever way."""


class Footed:
    """Base of what is shown above a footer, or without one: draws it while the block lasts, tells it what happens."""

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

    def connected(self, label: str, there: bool) -> None:
        """Tell the footer."""
        if self._footer is not None:
            self._footer.connected(label, there)

    def progressed(self, label: str, position_ms: int) -> None:
        """Tell the footer."""
        if self._footer is not None:
            self._footer.progressed(label, position_ms)

    def waiting(self, label: str) -> None:
        """Tell the footer."""
        if self._footer is not None:
            self._footer.waiting(label)

    def ended(self, label: str) -> None:
        """Tell the footer."""
        if self._footer is not None:
            self._footer.ended(label)

    def _renderable(self) -> RenderableType:
        """What stands at the bottom."""
        return self._footer or ""
