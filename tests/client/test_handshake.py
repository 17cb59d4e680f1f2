"""Errors of the handshake, proxies, and query parameters."""

import errno
import socket
import ssl

import pytest
from websockets.exceptions import InvalidProxy, InvalidUpgrade

from theresa_client.errors import ConnectionFailed
from theresa_client.handshake import handshake_error, is_loopback, with_query

URL = "wss://speech.example/v1/stream"


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (InvalidProxy("x", "no host"), f"The proxy for {URL} failed: x isn't a valid proxy: no host."),
        (
            InvalidUpgrade("Upgrade", "h2c"),
            f"The server at {URL} did not open a WebSocket: invalid Upgrade header: h2c.",
        ),
        (TimeoutError(), f"{URL} did not answer in time: check the address and the server."),
        (socket.gaierror(), f"The host name in {URL} cannot be resolved: check its spelling."),
        (ssl.SSLCertVerificationError(1, "expired"), f"No secure connection to {URL}: expired."),
        (EOFError(), f"The server at {URL} is not a WebSocket server."),
        (OSError(errno.EMFILE, "x"), f"No connection to {URL}: Too many open files."),
        (ConnectionResetError(errno.ECONNRESET, "x"), f"No connection to {URL}: Connection reset by peer."),
    ],
    ids=lambda value: type(value).__name__,
)
def test_each_failure_has_its_own_message(error: Exception, sentence: str) -> None:
    found = handshake_error(URL, error)
    assert isinstance(found, ConnectionFailed)
    assert str(found) == sentence


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError(errno.ECONNREFUSED, "x"),
        OSError(errno.EHOSTUNREACH, "x"),
        OSError(errno.ENETUNREACH, "x"),
        OSError("Multiple exceptions: [Errno 111] …, [Errno 101] …"),
    ],
    ids=str,
)
def test_unreachable_addresses_have_no_server(error: OSError) -> None:
    assert str(handshake_error(URL, error)).startswith(f"No server is listening at {URL}.")


@pytest.mark.parametrize(
    "url", ["ws://127.0.0.1:8080/", "ws://127.9.9.9/", "ws://[::1]:1/", "ws://localhost/", "ws://a.localhost/"]
)
def test_this_machine_is_reached_without_a_proxy(url: str) -> None:
    assert is_loopback(url)


@pytest.mark.parametrize("url", ["ws://10.0.0.1/", "ws://localhost.example/", "ws://[2001:db8::1]/", "ws://[::1", ""])
def test_other_machines_may_be_behind_one(url: str) -> None:
    assert not is_loopback(url)


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        (URL, f"{URL}?session=7&model=%E5%8C%BB%E9%99%A2"),
        (f"{URL}?via=a", f"{URL}?via=a&session=7&model=%E5%8C%BB%E9%99%A2"),
        (f"{URL}?model=small", f"{URL}?model=small&session=7"),
    ],
    ids=["alone", "behind more", "said already"],
)
def test_session_and_model_are_added_to_the_query(url: str, asked: str) -> None:
    assert with_query(url, session="7", model="医院") == asked


def test_a_url_without_parameters_is_unchanged() -> None:
    assert with_query("no URL [", session=None, model=None) == "no URL ["
