"""Error codes, close codes and the two kinds of protocol error: the other side's and our own."""

from enum import IntEnum, StrEnum


class ErrorCode(StrEnum):
    """What went wrong, as `code` of an `error` message and as reason of the close that follows a fatal one."""

    BAD_JSON = "bad_json"
    """A text frame is not JSON, or is nested too deeply."""
    UNKNOWN_TYPE = "unknown_type"
    """A text frame has no `type`, or one that is not a client's."""
    BAD_FIELD = "bad_field"
    """A field is unknown, missing, of the wrong type or out of its range; `param` says which."""
    UNEXPECTED_MESSAGE = "unexpected_message"
    """A message that is not allowed now: a second `start`."""
    START_EXPECTED = "start_expected"
    """The first message is not `start`."""
    BAD_AUDIO_FORMAT = "bad_audio_format"
    """A field of `start.audio` is unknown, of the wrong type or out of its range."""
    PARTIAL_SAMPLE = "partial_sample"
    """A binary frame does not hold whole samples."""
    FRAME_TOO_BIG = "frame_too_big"
    """A frame is longer than `limits.max_frame_bytes`. The WebSocket layer closes at once, with no `error` before."""
    NOT_SUPPORTED = "not_supported"
    """Something that the protocol defines and this server does not do."""
    UNKNOWN_LANGUAGE = "unknown_language"
    """A language that the model does not have."""
    UNKNOWN_MODEL = "unknown_model"
    """`start.model` is not the name of a model at work."""
    UNAUTHORIZED = "unauthorized"
    """No key, or a wrong one."""
    RESUME_REFUSED = "resume_refused"
    """The session is here, and `start.resume` shows a token that is wrong or too old, or comes with another key."""
    BAD_ORIGIN = "bad_origin"
    """The page that opened the connection comes from an origin that is not allowed."""
    UNKNOWN_SUBPROTOCOL = "unknown_subprotocol"
    """The client offers subprotocols, and the server speaks none of them."""
    IDLE = "idle"
    """Nothing was received for `limits.idle_timeout_ms`."""
    SESSION_TOO_LONG = "session_too_long"
    """The session has taken `limits.max_session_ms` of audio."""
    OVERLOADED = "overloaded"
    """The server has no room: come back later."""
    GOING_AWAY = "going_away"
    """The server stops, and the deadline of `draining` has passed."""
    INTERNAL = "internal"
    """The server failed; the log of the server says why."""


class WarningCode(StrEnum):
    """What is not as it was asked for, as `code` of a `warning` message."""

    ENTITIES_UNAVAILABLE = "entities_unavailable"
    """The named entities of some finals cannot be had: those finals get no list."""


class CloseCode(IntEnum):
    """How a connection was closed: codes of the WebSocket registry, or 4000 + the HTTP status that says the same."""

    DONE = 1000
    """All is said: `ended` came before."""
    GOING_AWAY = 1001
    """The other side leaves: a client that closes its page."""
    NOT_UTF8 = 1007
    """A text frame was not UTF-8. The WebSocket layer closes at once, with no `error` before."""
    FRAME_TOO_BIG = 1009
    """A frame was longer than `limits.max_frame_bytes`."""
    INTERNAL = 1011
    """The server failed, or a keepalive ping was not answered."""
    RESTART = 1012
    """The server restarts."""
    OVERLOADED = 1013
    """The server has no room."""
    BAD_MESSAGE = 4400
    """The client said what it may not say."""
    UNAUTHORIZED = 4401
    """The key is wrong."""
    BAD_ORIGIN = 4403
    """The origin is not allowed."""
    UNKNOWN_MODEL = 4404
    """The model is not here."""
    IDLE = 4408
    """Nothing was received for too long."""
    TAKEN_OVER = 4409
    """Another connection resumed the session."""
    SESSION_TOO_LONG = 4413
    """The session has had its share of audio."""
    BAD_AUDIO_FORMAT = 4415
    """The audio is not what can be taken, or not what was declared."""
    START_EXPECTED = 4422
    """The first message was not `start`."""
    TOO_FAST = 4429
    """The client sends faster than allowed. Reserved: a server stops reading instead."""


CLOSE_CODES: dict[ErrorCode, CloseCode] = {
    ErrorCode.START_EXPECTED: CloseCode.START_EXPECTED,
    ErrorCode.BAD_AUDIO_FORMAT: CloseCode.BAD_AUDIO_FORMAT,
    ErrorCode.PARTIAL_SAMPLE: CloseCode.BAD_AUDIO_FORMAT,
    ErrorCode.FRAME_TOO_BIG: CloseCode.FRAME_TOO_BIG,
    ErrorCode.UNKNOWN_MODEL: CloseCode.UNKNOWN_MODEL,
    ErrorCode.UNAUTHORIZED: CloseCode.UNAUTHORIZED,
    ErrorCode.RESUME_REFUSED: CloseCode.UNAUTHORIZED,
    ErrorCode.BAD_ORIGIN: CloseCode.BAD_ORIGIN,
    ErrorCode.IDLE: CloseCode.IDLE,
    ErrorCode.SESSION_TOO_LONG: CloseCode.SESSION_TOO_LONG,
    ErrorCode.OVERLOADED: CloseCode.OVERLOADED,
    ErrorCode.GOING_AWAY: CloseCode.RESTART,
    ErrorCode.INTERNAL: CloseCode.INTERNAL,
}
"""How a connection closes after a fatal error; every code that is not listed closes with ``BAD_MESSAGE``."""


def close_code(code: str) -> CloseCode:
    """How a connection closes after a fatal error with this code."""
    return CLOSE_CODES.get(ErrorCode(code), CloseCode.BAD_MESSAGE)


class ProtocolError(Exception):
    """Base of both protocol errors; never raised itself.

    ``code`` says what kind, ``message`` says it in one sentence, ``param`` is the JSON path of the field at fault
    (``$.audio.rate``) where there is one.
    """

    def __init__(self, code: ErrorCode, message: str, param: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.param = param

    @property
    def close_code(self) -> CloseCode:
        """The close code that follows this error when it is fatal."""
        return close_code(self.code)


class RemoteProtocolError(ProtocolError):
    """The other side sent what the protocol does not allow: their bug, or a hostile peer."""


class LocalProtocolError(ProtocolError):
    """This side was about to send what the protocol does not allow: our bug."""
