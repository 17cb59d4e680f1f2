"""Requests that are too large, incomplete or malformed, before the server knows their client."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import AsyncExitStack

import pytest

from tests.raw import HANDSHAKE, wire
from tests.serving import RunningServer, calling, serving
from theresa_protocol.messages import Start, Started
from theresa_server.serving.admission import Policy
from theresa_server.serving.config import ServerConfig
from theresa_server.serving.edge import EdgeLimits

GET = b"GET /livez HTTP/1.1\r\nHost: x\r\n"
MANY = 40
"""Pieces of 60 kB that an endless head consists of."""


@pytest.fixture(scope="module")
def hasty() -> Iterator[RunningServer]:
    """A server that waits for the head of a request for a moment only."""
    with serving(ServerConfig(port=0, edge=EdgeLimits(head_s=0.2, linger_s=0.2))) as running:
        yield running


async def status_of(server: RunningServer, *pieces: bytes) -> int:
    async with wire(server) as connection:
        sending = asyncio.create_task(connection.send(*pieces))
        status, headers, _ = await connection.response()
        if status >= 400:
            assert headers["connection"] == "close"
            assert headers["x-content-type-options"] == "nosniff"
            await connection.rest()
        sending.cancel()
    return status


@pytest.mark.parametrize(
    ("pieces", "status"),
    [
        ([GET, *[b"X: " + b"a" * 60_000 + b"\r\n"] * MANY], 431),
        ([GET + b"X: ", *[b"a" * 60_000] * MANY], 431),
        ([GET, b"a" * 70_000], 431),
        ([GET, b"X: a\r\n" * 101, b"\r\n"], 431),
        ([GET, b"X: a\r\n" * 20_000], 431),
        ([b"GET /livez?", *[b"a" * 60_000] * MANY], 414),
        ([b"GET /livez?" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n"], 414),
        ([b"GET /livez" + b"/a" * 40_000 + b" HTTP/1.1\r\n\r\n"], 414),
        ([HANDSHAKE, b"Cookie: " + b"a" * 9_000 + b"\r\n\r\n"], 431),
        ([HANDSHAKE, *[b"X%d: a\r\n" % number for number in range(200)], b"\r\n"], 431),
        ([HANDSHAKE.replace(b"/v1/stream", b"/v1/stream?" + b"a" * 9_000), b"\r\n"], 414),
        ([HANDSHAKE.replace(b"GET", b"POST"), b"\r\n"], 405),
        ([HANDSHAKE.replace(b"GET", b"POST"), b"Content-Length: 5\r\n\r\nhello"], 405),
        ([HANDSHAKE, b"Content-Length: 5\r\n\r\nhello"], 400),
        ([HANDSHAKE, b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"], 400),
        ([HANDSHAKE.replace(b"/v1/stream", b"/v1/stream?\xe9"), b"\r\n"], 400),
        ([b"GET /\xff HTTP/1.1\r\n\r\n"], 400),
        ([b"\x16\x03\x01\x02\x00\x01"], 400),
        ([GET, b"Origin: http://x\r\nOrigin: http://y\r\n\r\n"], 400),
        ([GET, b"Host: y\r\n\r\n"], 400),
        ([GET, b"Authorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n"], 400),
    ],
    ids=[
        "endless headers",
        "one endless header",
        "an endless name",
        "101 headers",
        "thousands of headers",
        "an endless URL",
        "a long query",
        "a long path",
        "handshake with a large cookie",
        "handshake with 200 headers",
        "handshake with a long URL",
        "handshake by POST",
        "handshake by POST with a body",
        "handshake with a body",
        "handshake with a chunked body",
        "handshake with a URL that is not ASCII",
        "a URL that is not ASCII",
        "TLS",
        "two origins",
        "two hosts",
        "two keys",
    ],
)
async def test_a_head_beyond_the_limits_is_refused(server: RunningServer, pieces: list[bytes], status: int) -> None:
    assert await status_of(server, *pieces) == status


@pytest.mark.parametrize(
    "pieces",
    [
        [GET + b"X: " + b"a" * 60_000 + b"\r\n\r\n"],
        [GET, b"X: a\r\n" * 99, b"\r\n"],
        [b"GET /livez?" + b"a" * 60_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n"],
        [bytes([byte]) for byte in GET + b"\r\n"],
    ],
    ids=["60 kB of headers", "100 headers", "60 kB of URL", "byte by byte"],
)
async def test_a_head_within_the_limits_is_served(server: RunningServer, pieces: list[bytes]) -> None:
    assert await status_of(server, *pieces) == 200


async def test_requests_after_a_large_body_are_served(server: RunningServer) -> None:
    """The body is discarded, because the path takes none, and the next head follows it in the same packet."""
    body = b"POST /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 300000\r\n\r\n" + bytes(300_000)
    async with wire(server) as connection:
        await connection.send(body + GET + b"\r\n" + GET + b"\r\n")
        assert [(await connection.response())[0] for _ in range(3)] == [405, 200, 200]


@pytest.mark.parametrize(
    "body",
    [
        b"1\r\na\r\n" * 100_000,
        b"1;" + b"a" * 1_000_000 + b"\r\na\r\n",
        b"0\r\n" + b"X: a\r\n" * 100_000,
        b"0\r\nX: " + b"a" * 1_000_000,
    ],
    ids=["chunks of one byte", "an endless extension", "endless trailers", "an endless trailer"],
)
async def test_the_framing_of_a_body_is_bounded(server: RunningServer, body: bytes) -> None:
    head = b"POST /invocations HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\nTransfer-Encoding: chunked\r\n\r\n"
    pieces = [body[at : at + 50_000] for at in range(0, len(body), 50_000)]
    assert await status_of(server, head, *pieces) == 400


async def test_trailers_do_not_become_headers() -> None:
    with serving(ServerConfig(port=0)) as server:
        async with wire(server) as connection:
            head = b"POST /livez HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
            await connection.send(head + b"0\r\nOrigin: http://evil\r\n\r\n" + GET + b"\r\n")
            assert [(await connection.response())[0] for _ in range(2)] == [405, 200]


async def test_pipelined_requests_are_served_in_order(server: RunningServer) -> None:
    async with wire(server) as connection:
        await connection.send((GET + b"\r\n") * 5)
        assert [(await connection.response())[0] for _ in range(5)] == [200] * 5


async def test_a_flood_of_pipelined_requests_closes_the_connection(
    server: RunningServer, caplog: pytest.LogCaptureFixture
) -> None:
    async with wire(server) as connection:
        await connection.send((GET + b"\r\n") * 5_000)
        assert (await connection.rest()).count(b"alive") < 100
    assert caplog.messages == []


@pytest.mark.parametrize("said", [b"", GET, b"\r\n" * 3, HANDSHAKE], ids=["nothing", "half", "newlines", "handshake"])
async def test_a_client_that_never_completes_its_request_is_dropped(hasty: RunningServer, said: bytes) -> None:
    async with wire(hasty) as connection:
        await connection.send(said)
        assert await connection.rest() == b""


async def test_the_time_for_the_next_request_starts_after_a_response(hasty: RunningServer) -> None:
    async with wire(hasty) as connection:
        await connection.send(GET + b"\r\n")
        assert (await connection.response())[0] == 200
        await connection.send(b"G")
        assert await connection.rest() == b""


async def test_the_rest_of_a_refused_body_has_a_deadline(hasty: RunningServer) -> None:
    async with wire(hasty) as connection:
        await connection.send(b"POST /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 300000\r\n\r\nx")
        assert (await connection.response())[0] == 405
        assert await connection.rest() == b""


async def test_a_session_outlasts_the_deadline_for_requests(hasty: RunningServer) -> None:
    async with calling(hasty) as peer:
        await peer.say(Start())
        await peer.hear(Started)
        await test_a_client_that_never_completes_its_request_is_dropped(hasty, b"")
        assert peer.socket.close_code is None


async def test_a_server_that_refused_a_handshake_stops_cleanly(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING), serving() as server:
        async with wire(server) as refused:
            await refused.send(HANDSHAKE, b"Cookie: " + b"a" * 9_000 + b"\r\n\r\n")
            assert (await refused.response())[0] == 431
            server.stop()
            await refused.rest()
    assert caplog.messages == []


async def test_a_protocol_that_the_server_does_not_speak_is_not_upgraded_to(server: RunningServer) -> None:
    async with wire(server) as connection:
        await connection.send(GET + b"Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n")
        status, headers, _ = await connection.response()
    assert (status, headers["connection"]) == (200, "close")


async def test_half_sent_requests_keep_nobody_out() -> None:
    config = ServerConfig(port=0, policy=Policy(max_sessions=1), edge=EdgeLimits(spare_connections=7))
    with serving(config) as server:
        async with AsyncExitStack() as stack:
            halves = [await stack.enter_async_context(wire(server)) for _ in range(30)]
            for half in halves:
                await half.send(GET)
            assert await status_of(server, GET + b"\r\n") == 200
            assert await halves[0].rest() == b""
            async with calling(server) as peer:
                await peer.say(Start())
                assert await peer.hear(Started)
            assert len(server.server.connections) <= 8


async def test_idle_connections_keep_nobody_out() -> None:
    config = ServerConfig(port=0, policy=Policy(max_sessions=1), edge=EdgeLimits(spare_connections=7))
    with serving(config) as server:
        async with AsyncExitStack() as stack:
            for _ in range(20):
                idle = await stack.enter_async_context(wire(server))
                await idle.send(GET + b"\r\n")
                assert (await idle.response())[0] == 200


async def test_a_connection_without_a_place_is_told_to_come_back() -> None:
    config = ServerConfig(port=0, policy=Policy(max_sessions=2), edge=EdgeLimits(spare_connections=0))
    with serving(config) as server:
        async with calling(server), calling(server), wire(server) as third:
            await third.send(GET + b"\r\n")
            status, headers, _ = await third.response()
    assert (status, headers["retry-after"]) == (503, "5")


async def test_a_body_that_is_not_valid_is_no_error_of_the_server(
    server: RunningServer, caplog: pytest.LogCaptureFixture
) -> None:
    head = b"POST /invocations HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert await status_of(server, head + b"none\r\n") == 400
    assert await status_of(server, GET + b"\r\n") == 200  # by then, the server has handled all that was sent before
    assert caplog.messages == []
