"""What can go wrong on the client's side, each with one sentence for a person (``str(error)``)."""


class TheresaError(Exception):
    """Base of all errors of this package; never raised itself."""


class ConnectionFailed(TheresaError):
    """No session came about: nothing answers there, or what answers is not a Theresa server."""


class Refused(TheresaError):
    """The server answered with an HTTP error instead of opening the WebSocket: a wrong key, no capacity.

    ``status`` is the HTTP status. ``retry_after_s`` is how long the server asks to wait, where it says so.
    """

    def __init__(self, message: str, *, status: int, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after_s = retry_after_s


class ServerError(TheresaError):
    """The server sent an ``error``.

    ``code`` and ``message`` are the server's words, ``param`` is the JSON path of the field at fault. A fatal error has
    ended the session: ``close_code`` is how the connection was closed (``None`` where the server did not close it).
    ``in_session`` is false when ``start`` itself was answered by the error.
    """

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
        self.fatal = fatal
        self.close_code = close_code
        self.in_session = in_session


class ConnectionLost(TheresaError):
    """The connection went away in the middle of a session.

    ``close_code`` is 1006 where there was no goodbye at all. ``finals`` counts the final segments that had come;
    everything before ``committed_ms`` of the audio is among them.
    """

    def __init__(self, close_code: int, reason: str, *, finals: int, committed_ms: int) -> None:
        why = f"close code {close_code}" + (f", {reason}" if reason else "")
        kept = (
            f"{finals} segment{'' if finals == 1 else 's'} had become final, up to {committed_ms / 1000:.1f} s"
            if finals
            else "no segment had become final"
        )
        super().__init__(f"The connection to the server was lost ({why}): {kept}.")
        self.close_code = close_code
        self.reason = reason
        self.finals = finals
        self.committed_ms = committed_ms


class ProtocolViolation(TheresaError):
    """The server said what the protocol does not allow; ``code`` is the protocol's name for it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"The server broke the protocol: {message} ({code})")
        self.code = code


class UnreadMessages(TheresaError):
    """More messages have come than the stream keeps, while the program waits for an answer or never reads any."""


class SourceError(TheresaError):
    """Audio cannot be had: a recording is missing, empty, or no audio; a microphone cannot be opened."""


class SourceLost(SourceError):
    """Audio ended where it should not: a microphone was unplugged."""


class OutputError(TheresaError):
    """What was heard cannot be written, to standard output or to a file."""
