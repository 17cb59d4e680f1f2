"""Admission of requests and sessions."""

import base64

import pytest

from theresa_protocol.errors import ErrorCode
from theresa_server.engine.pressure import Pressure
from theresa_server.serving.admission import (
    RETRY_AFTER_S,
    Accepted,
    Policy,
    Refusal,
    ServerLoad,
    admit,
    capacity_advice,
)

IDLE = ServerLoad(ready=True, draining=False, sessions=0)
OPEN = Policy()
LOCKED = Policy(api_keys=("secret", "密钥"))


def in_subprotocol(key: str) -> str:
    return "theresa.auth." + base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


def test_no_offered_subprotocol_selects_none() -> None:
    assert admit({}, [], OPEN, IDLE) == Accepted(None)


def test_the_supported_subprotocol_is_selected() -> None:
    assert admit({}, ["other", "theresa.v1"], OPEN, IDLE) == Accepted("theresa.v1")


def test_unsupported_subprotocols_are_refused_with_the_supported_one() -> None:
    decision = admit({}, ["theresa.v9"], OPEN, IDLE)
    assert isinstance(decision, Refusal)
    assert (decision.status, decision.code) == (400, ErrorCode.UNKNOWN_SUBPROTOCOL)
    assert "theresa.v1" in decision.message


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("null", ""),
        ("null", "null"),
        ("null", None),
        ("http://", ""),
        ("file://", ""),
        ("", ""),
        ("chrome-extension://example.org", "example.org"),
        ("http://[", "["),
    ],
)
def test_an_origin_that_is_no_web_page_of_this_host_is_refused(origin: str, host: str | None) -> None:
    headers = {"origin": origin} | ({} if host is None else {"host": host})
    decision = admit(headers, [], OPEN, IDLE)
    assert isinstance(decision, Refusal)
    assert decision.code == ErrorCode.BAD_ORIGIN


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_page_of_this_host_is_accepted_with_either_scheme(scheme: str) -> None:
    """Behind a proxy with TLS, the server does not know its own scheme."""
    assert admit({"origin": f"{scheme}://example.org", "host": "example.org"}, [], OPEN, IDLE) == Accepted(None)


@pytest.mark.parametrize("key", ["secret", "密钥"])
def test_a_key_in_the_header_is_accepted(key: str) -> None:
    assert isinstance(admit({"authorization": f"Bearer {key}"}, [], LOCKED, IDLE), Accepted)


@pytest.mark.parametrize("key", ["secret", "密钥"])
def test_a_key_in_a_subprotocol_is_accepted_and_not_selected(key: str) -> None:
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
def test_a_client_without_a_valid_key_is_refused(authorization: str, subprotocols: list[str]) -> None:
    decision = admit({"authorization": authorization}, subprotocols, LOCKED, IDLE)
    assert isinstance(decision, Refusal)
    assert (decision.status, decision.code) == (401, ErrorCode.UNAUTHORIZED)


def test_a_page_of_this_server_is_accepted() -> None:
    assert isinstance(admit({"origin": "http://asr.local:8080", "host": "asr.local:8080"}, [], OPEN, IDLE), Accepted)


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://["])
def test_a_page_of_another_origin_is_refused(origin: str) -> None:
    decision = admit({"origin": origin, "host": "127.0.0.1:8080"}, [], OPEN, IDLE)
    assert isinstance(decision, Refusal)
    assert (decision.status, decision.code) == (403, ErrorCode.BAD_ORIGIN)


@pytest.mark.parametrize("allowed", ["https://app.example", "*"])
def test_a_page_of_an_allowed_origin_is_accepted(allowed: str) -> None:
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
def test_an_unavailable_server_sends_retry_after(load: ServerLoad, code: ErrorCode) -> None:
    decision = admit({}, [], OPEN, load)
    assert isinstance(decision, Refusal)
    assert (decision.status, decision.code, decision.retry_after_s) == (503, code, RETRY_AFTER_S)


LATE = Pressure(final_wait_s=3)


@pytest.mark.parametrize(
    ("load", "accepted"),
    [
        (ServerLoad(ready=True, draining=False, sessions=3, pressure=LATE), False),
        (ServerLoad(ready=True, draining=False, sessions=0, pressure=LATE), True),
        (ServerLoad(ready=True, draining=False, sessions=9, recent=9, utilization=0.9), True),
        (ServerLoad(ready=True, draining=False, sessions=10, recent=9, utilization=1.0), False),
        (ServerLoad(ready=True, draining=False, sessions=16, recent=1, utilization=1.6), True),
        (ServerLoad(ready=True, draining=False, sessions=16, recent=2, utilization=1.6), False),
        (ServerLoad(ready=True, draining=False, sessions=50, recent=50), True),
    ],
    ids=["late", "empty", "below capacity", "at capacity", "slow growth", "fast growth", "unknown capacity"],
)
def test_a_server_at_capacity_refuses_new_sessions(load: ServerLoad, accepted: bool) -> None:
    decision = admit({}, [], OPEN, load)
    assert isinstance(decision, Accepted) is accepted
    if isinstance(decision, Refusal):
        assert (decision.status, decision.code, decision.retry_after_s) == (503, ErrorCode.OVERLOADED, RETRY_AFTER_S)


def test_a_server_at_capacity_accepts_resumed_sessions() -> None:
    at_capacity = ServerLoad(ready=True, draining=False, sessions=3, pressure=LATE)
    assert isinstance(admit({}, [], OPEN, at_capacity, resumes=True), Accepted)


@pytest.mark.parametrize(
    ("load", "advice"),
    [
        (ServerLoad(ready=True, draining=False, sessions=2), "while 2 were open: raise --max-sessions"),
        (
            ServerLoad(ready=True, draining=False, sessions=1, pressure=LATE),
            "while 1 was open, whose text was already late: choose a smaller --model, or use more cores",
        ),
        (
            ServerLoad(ready=True, draining=False, sessions=1, recent=1, utilization=1.0),
            "while 1 was open: the model is estimated to serve no more at once on this machine. --speakers N overrides",
        ),
    ],
    ids=["limit", "late", "estimate"],
)
def test_the_log_says_what_to_do_about_a_refusal_for_lack_of_capacity(load: ServerLoad, advice: str) -> None:
    assert advice in capacity_advice(Policy(max_sessions=2), load)
