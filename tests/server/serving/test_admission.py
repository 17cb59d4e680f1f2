"""Who may open a session."""

import base64

import pytest

from theresa_protocol.errors import ErrorCode
from theresa_server.engine.pressure import Pressure
from theresa_server.serving.admission import RETRY_AFTER_S, Accepted, Policy, Refused, ServerLoad, admit

IDLE = ServerLoad(ready=True, draining=False, sessions=0)
OPEN = Policy()
LOCKED = Policy(api_keys=("secret", "密钥"))


def in_subprotocol(key: str) -> str:
    return "theresa.auth." + base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


def test_nothing_asked_for_is_version_one_without_an_echo() -> None:
    assert admit({}, [], OPEN, IDLE) == Accepted(None)


def test_the_subprotocol_is_echoed() -> None:
    assert admit({}, ["other", "theresa.v1"], OPEN, IDLE) == Accepted("theresa.v1")


def test_unknown_subprotocols_are_refused_with_those_that_are_known() -> None:
    answer = admit({}, ["theresa.v9"], OPEN, IDLE)
    assert isinstance(answer, Refused)
    assert (answer.status, answer.code) == (400, ErrorCode.UNKNOWN_SUBPROTOCOL)
    assert "theresa.v1" in answer.message


@pytest.mark.parametrize("key", ["secret", "密钥"])
def test_a_key_in_the_header_opens(key: str) -> None:
    assert isinstance(admit({"authorization": f"Bearer {key}"}, [], LOCKED, IDLE), Accepted)


@pytest.mark.parametrize("key", ["secret", "密钥"])
def test_a_key_in_the_subprotocol_opens_and_is_not_echoed(key: str) -> None:
    assert admit({}, ["theresa.v1", in_subprotocol(key)], LOCKED, IDLE) == Accepted("theresa.v1", key)


@pytest.mark.parametrize(
    ("authorization", "subprotocols"),
    [
        ("", []),
        ("Bearer wrong", []),
        ("Basic secret", []),
        ("Bearer", []),
        ("", [in_subprotocol("wrong")]),
        ("", ["theresa.auth."]),
        ("", ["theresa.auth.!!!"]),
        ("", ["theresa.auth._w"]),
    ],
)
def test_without_a_valid_key_it_stays_shut(authorization: str, subprotocols: list[str]) -> None:
    answer = admit({"authorization": authorization}, subprotocols, LOCKED, IDLE)
    assert isinstance(answer, Refused)
    assert (answer.status, answer.code) == (401, ErrorCode.UNAUTHORIZED)


def test_a_page_of_this_server_may_connect() -> None:
    assert isinstance(admit({"origin": "http://asr.local:8080", "host": "asr.local:8080"}, [], OPEN, IDLE), Accepted)


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://["])
def test_a_foreign_page_may_not(origin: str) -> None:
    answer = admit({"origin": origin, "host": "127.0.0.1:8080"}, [], OPEN, IDLE)
    assert isinstance(answer, Refused)
    assert (answer.status, answer.code) == (403, ErrorCode.BAD_ORIGIN)


@pytest.mark.parametrize("allowed", ["https://app.example", "*"])
def test_a_foreign_page_that_is_allowed_may(allowed: str) -> None:
    headers = {"origin": "https://app.example", "host": "127.0.0.1:8080"}
    assert isinstance(admit(headers, [], Policy(allowed_origins=(allowed,)), IDLE), Accepted)


@pytest.mark.parametrize(
    ("load", "code"),
    [
        (ServerLoad(ready=True, draining=True, sessions=0), ErrorCode.GOING_AWAY),
        (ServerLoad(ready=False, draining=False, sessions=0), ErrorCode.OVERLOADED),
        (ServerLoad(ready=True, draining=False, sessions=Policy().max_sessions), ErrorCode.OVERLOADED),
    ],
)
def test_without_room_the_client_is_told_when_to_come_back(load: ServerLoad, code: ErrorCode) -> None:
    answer = admit({}, [], OPEN, load)
    assert isinstance(answer, Refused)
    assert (answer.status, answer.code, answer.retry_after_s) == (503, code, RETRY_AFTER_S)


LATE = Pressure(final_wait_s=3)


@pytest.mark.parametrize(
    ("load", "room"),
    [
        (ServerLoad(ready=True, draining=False, sessions=3, pressure=LATE), False),
        (ServerLoad(ready=True, draining=False, sessions=0, pressure=LATE), True),
        (ServerLoad(ready=True, draining=False, sessions=9, young=9, share=0.9), True),
        (ServerLoad(ready=True, draining=False, sessions=10, young=9, share=1.0), False),
        (ServerLoad(ready=True, draining=False, sessions=16, young=1, share=1.6), True),
        (ServerLoad(ready=True, draining=False, sessions=16, young=2, share=1.6), False),
        (ServerLoad(ready=True, draining=False, sessions=50, young=50), True),
    ],
    ids=["late", "nobody there", "as expected", "more than expected", "growing", "growing too fast", "unknown"],
)
def test_a_crowded_server_takes_nobody_more(load: ServerLoad, room: bool) -> None:
    answer = admit({}, [], OPEN, load)
    assert isinstance(answer, Accepted) is room
    if isinstance(answer, Refused):
        assert (answer.status, answer.code, answer.retry_after_s) == (503, ErrorCode.OVERLOADED, RETRY_AFTER_S)


def test_who_comes_back_to_a_crowded_server_has_a_place() -> None:
    crowded = ServerLoad(ready=True, draining=False, sessions=3, pressure=LATE)
    assert isinstance(admit({}, [], OPEN, crowded, resumes=True), Accepted)
