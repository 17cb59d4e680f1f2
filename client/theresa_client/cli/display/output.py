"""The interface between a stream and what displays it."""

from types import TracebackType
from typing import Protocol, Self

from theresa_client.transcript import Segment


class Output(Protocol):
    """Displays streams. ``label`` identifies a stream, and is empty for a single one.

    Methods that write text raise ``OutputError`` if that fails, and ``BrokenPipeError`` if the reader of the pipe has
    exited.
    """

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def show_message(self, label: str, text: str) -> None:
        """Show a server message, as the JSON text that was received."""

    def show_segment(self, label: str, segment: Segment) -> None:
        """Show a segment that has changed; a final may still wait for its entities."""

    def show_final(self, label: str, segment: Segment) -> None:
        """Show a final for good, with its entities. Called once per final, in the order of the server."""

    def show_late_entities(self, label: str, segment: Segment) -> None:
        """Show the entities of a final that was shown without them."""

    def show_connection(self, label: str, connected: bool) -> None:
        """Show whether a stream is connected."""

    def show_progress(self, label: str, position_ms: int) -> None:
        """Show the position of a stream in its audio."""

    def show_waiting(self, label: str) -> None:
        """Show that all audio of a stream was sent, and its last finals are pending."""

    def end_stream(self, label: str) -> None:
        """Show that a stream has ended."""

    def show_notice(self, label: str, sentence: str) -> None:
        """Show a notice to the user."""
