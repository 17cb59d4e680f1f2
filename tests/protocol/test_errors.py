"""Every error code has an equivalent close code."""

import pytest
from websockets.frames import CloseCode as Registered

from theresa_protocol.errors import (
    CLOSE_CODES,
    CloseCode,
    ErrorCode,
    LocalProtocolError,
    ProtocolError,
    RemoteProtocolError,
)


@pytest.mark.parametrize("code", ErrorCode)
def test_every_error_code_has_a_close_code(code):
    assert RemoteProtocolError(code, "Wrong.").close_code is CLOSE_CODES.get(code, CloseCode.BAD_MESSAGE)


@pytest.mark.parametrize("code", ErrorCode)
def test_no_error_closes_with_1000(code):
    assert RemoteProtocolError(code, "Wrong.").close_code not in (CloseCode.DONE, CloseCode.GOING_AWAY)


@pytest.mark.parametrize("code", ErrorCode)
def test_every_error_code_fits_into_the_reason_of_a_close(code):
    assert len(code.encode()) <= 123


@pytest.mark.parametrize(
    ("code", "close_code"),
    [
        (ErrorCode.BAD_JSON, 4400),
        (ErrorCode.UNKNOWN_TYPE, 4400),
        (ErrorCode.BAD_FIELD, 4400),
        (ErrorCode.UNEXPECTED_MESSAGE, 4400),
        (ErrorCode.NOT_SUPPORTED, 4400),
        (ErrorCode.UNKNOWN_LANGUAGE, 4400),
        (ErrorCode.UNKNOWN_SUBPROTOCOL, 4400),
        (ErrorCode.START_EXPECTED, 4422),
        (ErrorCode.BAD_AUDIO_FORMAT, 4415),
        (ErrorCode.PARTIAL_SAMPLE, 4415),
        (ErrorCode.FRAME_TOO_BIG, 1009),
        (ErrorCode.UNKNOWN_MODEL, 4404),
        (ErrorCode.UNAUTHORIZED, 4401),
        (ErrorCode.BAD_ORIGIN, 4403),
        (ErrorCode.IDLE, 4408),
        (ErrorCode.SESSION_TOO_LONG, 4413),
        (ErrorCode.OVERLOADED, 1013),
        (ErrorCode.GOING_AWAY, 1012),
        (ErrorCode.INTERNAL, 1011),
    ],
)
def test_close_codes_are_part_of_the_protocol(code, close_code):
    assert RemoteProtocolError(code, "Wrong.").close_code == close_code


@pytest.mark.parametrize("code", [code for code in CloseCode if code < 4000])
def test_close_codes_below_4000_are_those_of_the_websocket_registry(code):
    assert code in set(Registered)


@pytest.mark.parametrize("code", [code for code in CloseCode if code >= 4000])
def test_close_codes_of_our_own_are_4000_and_an_http_client_error(code):
    assert 400 <= code - 4000 <= 499


@pytest.mark.parametrize("kind", [LocalProtocolError, RemoteProtocolError])
def test_an_error_has_a_message_and_a_path(kind):
    error = kind(ErrorCode.BAD_FIELD, "Too long.", "$.prompt")
    assert isinstance(error, ProtocolError)
    assert (error.code, str(error), error.message, error.param) == ("bad_field", "Too long.", "Too long.", "$.prompt")


def test_local_and_remote_errors_are_different_types():
    assert not issubclass(LocalProtocolError, RemoteProtocolError)
    assert not issubclass(RemoteProtocolError, LocalProtocolError)
