"""The listening socket."""

import re
import socket

import pytest

from theresa_server.serving import listener as module
from theresa_server.serving.config import ConfigError
from theresa_server.serving.listener import connection_limit, listen, url_of


def test_port_0_picks_a_free_port() -> None:
    with listen("127.0.0.1", 0, user_timeout_ms=1_000) as listener:
        assert re.fullmatch(r"http://127\.0\.0\.1:[1-9]\d+", url_of(listener))


@pytest.mark.skipif(not socket.has_ipv6, reason="needs IPv6")
def test_the_url_of_an_ipv6_address_has_brackets() -> None:
    try:
        listener = listen("::1", 0, user_timeout_ms=1_000)
    except ConfigError:
        pytest.skip("this machine has no IPv6 address")
    with listener:
        assert url_of(listener).startswith("http://[::1]:")


def test_an_address_of_another_machine_is_an_error_with_advice() -> None:
    with pytest.raises(ConfigError, match=r"cannot listen on 192\.0\.2\.1:0: .+\. Choose another --host or --port\."):
        listen("192.0.2.1", 0, user_timeout_ms=1_000)


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="needs Linux")
def test_the_kernel_drops_connections_that_stay_unacknowledged() -> None:
    with listen("127.0.0.1", 0, user_timeout_ms=1_234) as listener:
        assert listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 1_234


@pytest.mark.skipif(module.resource is None, reason="needs a system with limits on descriptors")
@pytest.mark.parametrize(
    ("soft", "hard", "connections", "raised_to"),
    [
        (100_000, 100_000, 1_000, None),
        (256, 100_000, 1_000, 1_064),
        (256, 512, 448, 512),
        (256, 256, 192, None),
        (64, 64, 32, None),
        (-1, -1, 1_000, None),
        (256, -1, 1_000, 1_064),
    ],
)
def test_connections_need_descriptors(
    monkeypatch: pytest.MonkeyPatch, soft: int, hard: int, connections: int, raised_to: int | None
) -> None:
    raised: list[tuple[int, int]] = []
    monkeypatch.setattr(module.resource, "getrlimit", lambda _: (soft, hard))
    monkeypatch.setattr(module.resource, "setrlimit", lambda _, limits: raised.append(limits))
    assert connection_limit(1_000) == connections
    assert raised == ([] if raised_to is None else [(raised_to, hard)])
