"""Error codes, close codes, and the two kinds of protocol error: remote and local."""

from enum import IntEnum, StrEnum


class ErrorCode(StrEnum):
    """The `code` of an `error` message, and the reason of the close that follows a fatal one."""

    BAD_JSON = "bad_json"
    """A text frame is not JSON, or is nested too deeply."""
    UNKNOWN_TYPE = "unknown_type"
    """A text frame has no `type`, or its type is not a client message."""
    BAD_FIELD = "bad_field"
    """A field is unknown, missing, of the wrong type or out of range; `param` names it."""
    UNEXPECTED_MESSAGE = "unexpected_message"
    """The message is not allowed in this state, such as a second `start`."""
    START_EXPECTED = "start_expected"
    """The first message is not `start`."""
    BAD_AUDIO_FORMAT = "bad_audio_format"
    """A field of `start.audio` is unknown, of the wrong type or out of range."""
    PARTIAL_SAMPLE = "partial_sample"
    """A binary frame does not hold whole samples."""
    FRAME_TOO_BIG = "frame_too_big"
    """A frame is larger than `limits.max_frame_bytes`. The WebSocket layer closes at once, without `error`."""
    NOT_SUPPORTED = "not_supported"
    """The request uses a feature of the protocol that this server does not provide."""
    UNKNOWN_LANGUAGE = "unknown_language"
    """The model does not support the language."""
    UNKNOWN_MODEL = "unknown_model"
    """`start.model` names a model that the server does not have."""
    UNAUTHORIZED = "unauthorized"
    """The API key is missing or wrong."""
    RESUME_REFUSED = "resume_refused"
    """The session exists, but the token of `start.resume` is wrong or expired, or the API key is not the session's."""
    BAD_ORIGIN = "bad_origin"
    """The origin of the page that opened the connection is not allowed."""
    UNKNOWN_SUBPROTOCOL = "unknown_subprotocol"
    """The client offers subprotocols, and the server supports none of them."""
    IDLE = "idle"
    """Nothing was received for `limits.idle_timeout_ms`."""
    SESSION_TOO_LONG = "session_too_long"
    """The session has received `limits.max_session_ms` of audio."""
    OVERLOADED = "overloaded"
    """The server has no capacity: retry later."""
    GOING_AWAY = "going_away"
    """The server is shutting down, and the deadline of `draining` has passed."""
    INTERNAL = "internal"
    """The server failed; its log has the reason."""


class WarningCode(StrEnum):
    """The `code` of a `warning` message."""

    ENTITIES_UNAVAILABLE = "entities_unavailable"
    """The named entities of some finals are unavailable: those finals get no list."""


class CloseCode(IntEnum):
    """How a connection was closed: a code of the WebSocket registry, or 4000 + the equivalent HTTP status."""

    DONE = 1000
    """Success: `ended` was sent before."""
    GOING_AWAY = 1001
    """The other side is leaving, for example because the browser closes the page."""
    NOT_UTF8 = 1007
    """A text frame was not UTF-8. The WebSocket layer closes at once, without `error`."""
    POLICY = 1008
    """The client sent too many small frames. The WebSocket layer closes at once, without `error`."""
    FRAME_TOO_BIG = 1009
    """A frame was larger than `limits.max_frame_bytes`."""
    INTERNAL = 1011
    """The server failed, or a keepalive ping was not answered."""
    RESTART = 1012
    """The server is restarting."""
    OVERLOADED = 1013
    """The server has no capacity."""
    BAD_MESSAGE = 4400
    """The client sent something that the protocol does not allow."""
    UNAUTHORIZED = 4401
    """The API key or the resume token is wrong."""
    BAD_ORIGIN = 4403
    """The origin is not allowed."""
    UNKNOWN_MODEL = 4404
    """The model is not available."""
    IDLE = 4408
    """Nothing was received for too long."""
    TAKEN_OVER = 4409
    """Another connection resumed the session."""
    SESSION_TOO_LONG = 4413
    """The session reached its maximum length."""
    BAD_AUDIO_FORMAT = 4415
    """The audio format is not supported, or the audio does not match it."""
    START_EXPECTED = 4422
    """The first message was not `start`."""
    TOO_FAST = 4429
    """Reserved: the client sends faster than allowed. Currently the server stops reading instead."""


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
"""Close code after each fatal error; codes that are not listed close with ``BAD_MESSAGE``."""


def close_code(code: str) -> CloseCode:
    """Return the close code that follows a fatal error."""
    return CLOSE_CODES.get(ErrorCode(code), CloseCode.BAD_MESSAGE)


class ProtocolError(Exception):
    """Base class of both protocol errors; never raised itself.

    Args:
        code: Kind of the error.
        message: One sentence for people.
        param: JSON path of the invalid field (``$.audio.rate``), if there is one.
    """

    def __init__(self, code: ErrorCode, message: str, param: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.param = param

    @property
    def close_code(self) -> CloseCode:
        """Close code that follows this error if it is fatal."""
        return close_code(self.code)


class RemoteProtocolError(ProtocolError):
    """The other side sent something that the protocol does not allow: a bug in it, or a hostile peer."""


class LocalProtocolError(ProtocolError):
    """This side was about to send something that the protocol does not allow: a bug in this program."""
