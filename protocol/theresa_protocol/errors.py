"""Error codes, close codes and the two kinds of protocol error: the other side's and our own."""

from enum import IntEnum, StrEnum


class ErrorCode(StrEnum):
    """What went wrong, as ``code`` of an ``error`` message and as reason of the close that follows a fatal one."""

    BAD_JSON = "bad_json"
    UNKNOWN_TYPE = "unknown_type"
    BAD_FIELD = "bad_field"
    UNEXPECTED_MESSAGE = "unexpected_message"
    START_EXPECTED = "start_expected"
    BAD_AUDIO_FORMAT = "bad_audio_format"
    PARTIAL_SAMPLE = "partial_sample"
    FRAME_TOO_BIG = "frame_too_big"
    NOT_SUPPORTED = "not_supported"
    UNKNOWN_LANGUAGE = "unknown_language"
    UNKNOWN_MODEL = "unknown_model"
    UNAUTHORIZED = "unauthorized"
    BAD_ORIGIN = "bad_origin"
    UNKNOWN_SUBPROTOCOL = "unknown_subprotocol"
    IDLE = "idle"
    SESSION_TOO_LONG = "session_too_long"
    OVERLOADED = "overloaded"
    GOING_AWAY = "going_away"
    INTERNAL = "internal"


class CloseCode(IntEnum):
    """WebSocket close codes: those of RFC 6455, and 4000 + the HTTP status that says the same."""

    DONE = 1000
    GOING_AWAY = 1001
    FRAME_TOO_BIG = 1009
    INTERNAL = 1011
    RESTART = 1012
    OVERLOADED = 1013
    BAD_MESSAGE = 4400
    UNAUTHORIZED = 4401
    BAD_ORIGIN = 4403
    UNKNOWN_MODEL = 4404
    IDLE = 4408
    TAKEN_OVER = 4409
    SESSION_TOO_LONG = 4413
    BAD_AUDIO_FORMAT = 4415
    START_EXPECTED = 4422
    TOO_FAST = 4429


CLOSE_CODES: dict[ErrorCode, CloseCode] = {
    ErrorCode.START_EXPECTED: CloseCode.START_EXPECTED,
    ErrorCode.BAD_AUDIO_FORMAT: CloseCode.BAD_AUDIO_FORMAT,
    ErrorCode.PARTIAL_SAMPLE: CloseCode.BAD_AUDIO_FORMAT,
    ErrorCode.FRAME_TOO_BIG: CloseCode.FRAME_TOO_BIG,
    ErrorCode.UNKNOWN_MODEL: CloseCode.UNKNOWN_MODEL,
    ErrorCode.UNAUTHORIZED: CloseCode.UNAUTHORIZED,
    ErrorCode.BAD_ORIGIN: CloseCode.BAD_ORIGIN,
    ErrorCode.IDLE: CloseCode.IDLE,
    ErrorCode.SESSION_TOO_LONG: CloseCode.SESSION_TOO_LONG,
    ErrorCode.OVERLOADED: CloseCode.OVERLOADED,
    ErrorCode.GOING_AWAY: CloseCode.RESTART,
    ErrorCode.INTERNAL: CloseCode.INTERNAL,
}
"""How a connection closes after a fatal error; every code that is not listed closes with ``BAD_MESSAGE``."""


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
        return CLOSE_CODES.get(self.code, CloseCode.BAD_MESSAGE)


class RemoteProtocolError(ProtocolError):
    """The other side sent what the protocol does not allow: their bug, or a hostile peer."""


class LocalProtocolError(ProtocolError):
    """This side was about to send what the protocol does not allow: our bug."""
