"""WebSockets whose frames are too many or too small, and clients that do not read."""

import asyncio
import logging
from collections.abc import Iterator

import pytest

from tests.raw import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, close_of, frame, frames_of, wire
from tests.serving import RunningServer, calling, read, serving
from theresa_protocol.messages import End, Final, Flush, Flushed, Start
from theresa_server.serving.config import ServerConfig
from theresa_server.serving.edge import EdgeLimits

START = frame(TEXT, b'{"type":"start"}')
FLOOD = 20_000
"""Frames of a flood."""


@pytest.fixture(scope="module")
def tight() -> Iterator[RunningServer]:
    """A server without a rate of small frames: the burst is all that a connection gets."""
    with serving(ServerConfig(port=0, edge=EdgeLimits(frame_burst=100, frames_per_s=0, stall_s=0.5))) as running:
        yield running


@pytest.mark.parametrize(
    ("first", "repeated"),
    [
        (b"", frame(PING)),
        (b"", frame(PING, b"x" * 125)),
        (b"", frame(PONG)),
        (b"", frame(PONG, b"x" * 125)),
        (b"", frame(BINARY)),
        (b"", frame(BINARY, b"\0\0")),
        (b"", frame(BINARY, bytes(100))),
        (b"", frame(TEXT, b'{"type":"flush"}')),
        (frame(BINARY, b"a", fin=False), frame(CONTINUATION, fin=False)),
        (frame(BINARY, b"a", fin=False), frame(CONTINUATION, b"a", fin=False)),
        (frame(TEXT, b"a", fin=False), frame(CONTINUATION, b"a", fin=False) + frame(PING)),
        (b"", frame(BINARY, b"a", fin=False) + frame(CONTINUATION, b"a")),
    ],
    ids=[
        "pings",
        "long pings",
        "pongs",
        "long pongs",
        "empty messages",
        "single samples",
        "100 bytes",
        "commands",
        "empty fragments",
        "one-byte fragments",
        "fragments and pings",
        "messages of two fragments",
    ],
)
async def test_a_flood_of_small_frames_is_closed_with_1008(tight: RunningServer, first: bytes, repeated: bytes) -> None:
    async with wire(tight) as connection:
        await connection.upgrade()
        receiving = asyncio.create_task(connection.until_close())
        await connection.send(START + first, *[repeated * 1_000] * (FLOOD // 1_000))
        assert close_of(await receiving) == (1008, "too many small frames")


@pytest.mark.parametrize("path", [b"/v1/stream", b"/v1/realtime"])
async def test_a_flood_before_the_session_is_closed_with_1008(tight: RunningServer, path: bytes) -> None:
    async with wire(tight) as connection:
        await connection.upgrade(path)
        receiving = asyncio.create_task(connection.until_close())
        await connection.send(frame(PING) * FLOOD)
        assert close_of(await receiving) == (1008, "too many small frames")


async def test_large_frames_are_not_counted(tight: RunningServer) -> None:
    async with calling(tight) as peer:
        await peer.say(Start())
        await peer.speak(read("english"), samples=160)
        await peer.say(End())
        assert (await peer.goodbye())[0] == 1000
    assert len(peer.all(Final)) >= 2


async def test_a_session_hears_in_time_beside_a_flood() -> None:
    """The flood is within its limits: its frames are handled in turns."""
    with serving(ServerConfig(port=0, edge=EdgeLimits(frame_burst=10**9))) as server:
        async with wire(server) as attacker, calling(server) as peer:
            await attacker.upgrade()
            await attacker.send(START)
            flooding = asyncio.create_task(attacker.send(*[frame(PONG) * 10_000] * 100))
            await peer.say(Start(), Flush(), End())
            assert (await peer.hear(Flushed)).through == 0
            assert (await peer.goodbye())[0] == 1000
            assert not flooding.done()
            flooding.cancel()


async def test_small_frames_within_the_limits_are_served(server: RunningServer) -> None:
    async with wire(server) as connection:
        await connection.upgrade()
        await connection.send(START + frame(BINARY, bytes(2)) * 500 + frame(PING) * 300)
        await connection.send(frame(TEXT, b'{"type":"end"}'))
        received = await connection.until_close()
    assert close_of(received) == (1000, "")
    assert sum(opcode == PONG for opcode, _ in frames_of(received)) == 300


@pytest.mark.parametrize("size", [2_000, 10_000, 65_000])
async def test_frames_in_one_packet_are_handled_in_order(server: RunningServer, size: int) -> None:
    """They are more than the server parses at once."""
    said = [START, *[frame(BINARY, bytes(size))] * 20, frame(TEXT, b'{"type":"flush"}'), frame(PING, b"last")]
    async with wire(server) as connection:
        await connection.upgrade()
        await connection.send(b"".join(said), frame(TEXT, b'{"type":"end"}'))
        received = await connection.until_close()
    texts = [payload for opcode, payload in frames_of(received) if opcode == TEXT]
    assert any(b'"flushed"' in text and f'"through":{size * 10}'.encode() in text for text in texts)
    assert (PONG, b"last") in frames_of(received)
    assert close_of(received) == (1000, "")


async def test_frames_before_the_response_to_the_handshake_are_kept(server: RunningServer) -> None:
    async with wire(server) as connection:
        await connection.upgrade(extra=START + frame(TEXT, b'{"type":"end"}'))
        assert close_of(await connection.until_close()) == (1000, "")


async def test_text_that_is_not_utf8_is_no_error_of_the_server(
    server: RunningServer, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        async with wire(server) as connection:
            await connection.upgrade()
            await connection.send(START + frame(TEXT, b"\xff\xfe") + frame(PING) * 3 + frame(TEXT, b"{"))
            close = close_of(await connection.until_close())
        async with wire(server) as next_connection:
            await next_connection.upgrade()  # by then, the server has handled all that was sent before
    assert close is not None
    assert close[0] == 1007
    assert caplog.messages == []


async def test_a_refused_handshake_is_no_error_of_the_server(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING), serving(ServerConfig(port=0, drain_s=0)) as server:
        async with wire(server) as connection:
            await connection.upgrade(b"/v1/stream?model=none", expected=404)
            await connection.until_close()
    assert caplog.messages == []


@pytest.mark.parametrize("said", [PING, TEXT], ids=["pings", "commands"])
async def test_a_client_that_sends_and_never_reads_is_dropped(said: int) -> None:
    """What it sends is within the limits on frames."""
    edge = EdgeLimits(stall_s=0.5, frame_burst=10**9)
    one = frame(PING, b"x" * 125) if said == PING else frame(TEXT, b'{"type":"flush","id":"' + b"x" * 60 + b'"}')
    with serving(ServerConfig(port=0, edge=edge, resume_window_s=0)) as server:
        async with wire(server, receive_bytes=4096) as connection:
            await connection.upgrade()
            connection.writer.transport.pause_reading()
            await connection.send(START)
            async with asyncio.timeout(30):
                while not connection.lost:
                    await connection.send(one * 1_000)
        await server.emptied()


async def test_a_client_that_does_not_read_its_close_is_dropped(tight: RunningServer) -> None:
    async with wire(tight, receive_bytes=4096) as connection:
        await connection.upgrade()
        connection.writer.transport.pause_reading()
        await connection.send(START + frame(PING) * 1_000)
        async with asyncio.timeout(30):
            while not connection.lost:
                await connection.send(frame(PING))


async def test_no_key_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), serving(ServerConfig(port=0, log_level="debug")) as server:
        for headers in (
            b"Authorization: Bearer tops3cret\r\n",
            b"Sec-WebSocket-Protocol: theresa.v1, theresa.auth.tops3cret\r\n",
        ):
            async with wire(server) as connection:
                await connection.upgrade(headers=headers)
                await connection.send(START + frame(CLOSE, b"\x03\xe8"))
                await connection.until_close()
    assert caplog.messages
    assert "tops3cret" not in caplog.text
