"""Errors of the client. ``str(error)`` is one sentence for people."""


class TheresaError(Exception):
    """Base class of all errors of this package; never raised itself."""


class ConnectionFailed(TheresaError):
    """No session could be opened: nothing answers, or the answer is not from a Theresa server."""


class Refused(TheresaError):
    """The server answered with an HTTP error instead of opening the WebSocket: wrong key, no capacity."""

    def __init__(self, message: str, *, status: int, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.status = status
        """HTTP status."""
        self.retry_after_s = retry_after_s
        """How long the server asks to wait, if it does."""


class ServerError(TheresaError):
    """The server sent an ``error`` message."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        param: str | None = None,
        fatal: bool = True,
        close_code: int | None = None,
        in_session: bool = True,
    ) -> None:
        closed = "" if close_code is None else f", close code {close_code}"
        super().__init__(f"{message} ({code}{closed})")
        self.code = code
        self.message = message
        self.param = param
        """JSON path of the invalid field, if there is one."""
        self.fatal = fatal
        """Whether the error ended the session."""
        self.close_code = close_code
        """How the connection was closed; ``None`` if the server did not close it."""
        self.in_session = in_session
        """False if the error was the answer to ``start``."""


class ConnectionLost(TheresaError):
    """The connection was lost during a session."""

    def __init__(self, close_code: int, reason: str, *, finals: int, committed_ms: int) -> None:
        why = f"close code {close_code}" + (f", {reason}" if reason else "")
        kept = (
            f"{finals} segment{' is' if finals == 1 else 's are'} final, up to {committed_ms / 1000:.1f} s"
            if finals
            else "no segment is final"
        )
        super().__init__(f"The connection to the server was lost ({why}); {kept}.")
        self.close_code = close_code
        """1006 if the server did not send a close frame."""
        self.reason = reason
        self.finals = finals
        """Number of finals received."""
        self.committed_ms = committed_ms
        """All audio before this time is final."""


class ProtocolViolation(TheresaError):
    """The server sent something that the protocol does not allow. ``code`` is an error code of the protocol."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"The server violated the protocol: {message} ({code})")
        self.code = code


class UnreadMessages(TheresaError):
    """The queue of unread messages is full while the program waits for an answer, or never reads."""


class SourceError(TheresaError):
    """No audio: a recording is missing, empty or not decodable, or a microphone cannot be opened."""


class SourceLost(SourceError):
    """The source failed while it was in use: a microphone was unplugged."""


class OutputError(TheresaError):
    """Output cannot be written, to standard output or to a file."""
