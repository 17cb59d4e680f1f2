"""Each failure of a session raises one typed error with a clear message."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from http import HTTPStatus

import pytest

from tests.client.peer import Peer, final, serving
from theresa_client import (
    ConnectionFailed,
    ConnectionLost,
    ProtocolViolation,
    Refused,
    ServerError,
    UnreadMessages,
    connect,
    receiving,
)
from theresa_client.receiving import MAX_UNREAD_MESSAGES
from theresa_client.stream import Stream
from theresa_protocol.messages import Ack, End, Ended, Endpointing, ErrorMessage, Flush, Start, Started


async def never(peer: Peer) -> None:
    raise AssertionError("no session should have come about")


async def opening(url: str, **options: str) -> None:
    async with asyncio.timeout(30), connect(url, **options):  # type: ignore[arg-type]
        raise AssertionError("it opened")


async def listening(stream: Stream) -> None:
    async for _ in stream:
        pass


async def talking(url: str, act: Callable[[Stream], Awaitable[object]]) -> None:
    async with connect(url) as stream:
        await act(stream)


async def test_nothing_answers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]

    with pytest.raises(ConnectionFailed) as raised:
        await opening(f"ws://127.0.0.1:{port}/v1/stream")

    assert str(raised.value) == (
        f"No server is listening at ws://127.0.0.1:{port}/v1/stream. "
        "Start one with `theresa-server` or `make demo`, or check the URL."
    )


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080", "127.0.0.1:8080", "ws://", "ws://[::1", "ws://a:b/", ""])
async def test_an_invalid_url_is_reported(url: str) -> None:
    with pytest.raises(ConnectionFailed, match="is not a WebSocket URL"):
        await opening(url)


async def test_a_host_that_is_not_known() -> None:
    with pytest.raises(ConnectionFailed, match=r"host name in .* cannot be resolved"):
        await opening("ws://host.invalid/v1/stream")


async def test_a_wrong_key_is_refused_with_the_message_of_the_server() -> None:
    body = '{"error": {"code": "unauthorized", "message": "The key is wrong."}}'

    async with serving(never, deny=(HTTPStatus.UNAUTHORIZED, body, {})) as url:
        with pytest.raises(Refused, match=r"refused the session \(HTTP 401\): The key is wrong\.$") as raised:
            await opening(url)

    assert raised.value.status == 401
    assert raised.value.retry_after_s is None


async def test_a_full_server_reports_when_to_retry() -> None:
    body = '{"error": {"code": "overloaded", "message": "No room for another session."}}'

    async with serving(never, deny=(HTTPStatus.SERVICE_UNAVAILABLE, body, {"Retry-After": "5"})) as url:
        with pytest.raises(Refused, match=r"No room for another session\. Try again in 5 s\.$") as raised:
            await opening(url)

    assert raised.value.retry_after_s == 5


async def test_a_refusal_in_plain_text_is_shown_without_control_characters() -> None:
    async with serving(never, deny=(HTTPStatus.TOO_MANY_REQUESTS, "slow\x1b[31m down\n", {})) as url:
        with pytest.raises(Refused) as raised:
            await opening(url)

    assert str(raised.value).endswith("(HTTP 429): slow [31m down.")


@pytest.mark.parametrize("status", [HTTPStatus.NOT_FOUND, HTTPStatus.FORBIDDEN])
async def test_a_path_without_a_stream_is_named(status: HTTPStatus) -> None:
    async with serving(never, deny=(status, "Forbidden", {})) as url:
        with pytest.raises(ConnectionFailed, match=r"There is no stream at .*\. The path is usually /v1/stream"):
            await opening(url)


async def test_a_server_that_fails_before_the_session() -> None:
    async with serving(never, deny=(HTTPStatus.BAD_GATEWAY, "", {})) as url:
        with pytest.raises(ConnectionFailed, match=r"did not open a WebSocket \(HTTP 502\): Bad Gateway"):
            await opening(url)


async def test_another_kind_of_server() -> None:
    async def ssh(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH_9.6\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(ssh, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(ConnectionFailed, match="is not a WebSocket server"):
            await opening(f"ws://127.0.0.1:{port}/v1/stream")


async def test_a_websocket_with_another_protocol() -> None:
    async with serving(wait, subprotocol=None) as url:
        with pytest.raises(ConnectionFailed, match=r"does not support the protocol theresa.v1"):
            await opening(url)


async def wait(peer: Peer) -> None:
    await peer.wait_closed()


async def test_a_server_that_does_not_answer_start() -> None:
    async with serving(wait) as url:
        with pytest.raises(ConnectionFailed, match=r"did not answer 'start' within 0.05 s"):
            async with connect(url, open_timeout_s=0.05):
                pass


async def test_an_invalid_start_is_not_sent() -> None:
    with pytest.raises(ValueError, match=r"silence_ms"):
        async with connect("ws://127.0.0.1:1/v1/stream", Start(endpointing=Endpointing(silence_ms=1))):
            pass


@pytest.mark.parametrize("key", ["two words", "line\r\nbreak", "密钥"])
async def test_a_key_that_is_invalid_in_a_header(key: str) -> None:
    with pytest.raises(ValueError, match="printable ASCII"):
        await opening("ws://127.0.0.1:1/v1/stream", api_key=key)


async def test_an_error_as_answer_to_start() -> None:
    async def script(peer: Peer) -> None:
        await peer.next()
        await peer.fail("unknown_language", "No Klingon here.", 4400)

    async with serving(script) as url:
        with pytest.raises(ServerError) as raised:
            await opening(url)

    error = raised.value
    assert (error.code, error.close_code, error.fatal, error.in_session) == ("unknown_language", 4400, True, False)
    assert str(error) == "No Klingon here. (unknown_language, close code 4400)"


async def test_a_fatal_error_comes_after_the_finals_before_it() -> None:
    async def script(peer: Peer) -> None:
        await peer.open()
        await peer.send(final("kept"))
        await peer.fail("internal", "The model is gone.", 1011)

    said: list[str] = []

    async def listen(stream: Stream) -> None:
        async for message in stream:
            said.append(type(message).__name__)  # noqa: PERF401 - what came before the error counts

    async with serving(script) as url:
        with pytest.raises(ServerError, match="The model is gone") as raised:
            await talking(url, listen)

    assert said == ["Started", "Final", "ErrorMessage"]
    assert raised.value.close_code == 1011
    assert raised.value.in_session


async def test_a_fatal_error_is_raised_even_if_the_server_does_not_close(monkeypatch: pytest.MonkeyPatch) -> None:
    async def script(peer: Peer) -> None:
        await peer.open()
        await peer.send(ErrorMessage(code="internal", message="The model is gone.", fatal=True))
        await peer.wait_closed()

    monkeypatch.setattr(receiving, "CLOSE_TIMEOUT_S", 0.05)
    async with serving(script) as url:
        with pytest.raises(ServerError, match="The model is gone") as raised:
            await talking(url, listening)

    assert raised.value.close_code is None


async def test_a_killed_server_reports_how_much_was_final() -> None:
    async def script(peer: Peer) -> None:
        await peer.open()
        await peer.send(final("one", through=16_000), final("two", segment=1, through=40_000))
        await peer.receive_audio(2)
        peer.socket.transport.abort()

    async def speak_and_listen(stream: Stream) -> None:
        await stream.send(b"\0\0")
        await listening(stream)

    async with serving(script) as url:
        with pytest.raises(ConnectionLost) as raised:
            await talking(url, speak_and_listen)

    error = raised.value
    assert (error.close_code, error.finals, error.committed_ms) == (1006, 2, 2_500)
    assert str(error) == (
        "The connection to the server was lost (close code 1006, no close frame received); "
        "2 segments are final, up to 2.5 s."
    )


async def test_a_close_without_ended_is_a_loss() -> None:
    async def script(peer: Peer) -> None:
        await peer.open()
        await peer.socket.close(1012, "going_away")

    async with serving(script) as url:
        with pytest.raises(ConnectionLost, match=r"close code 1012, going_away\); no segment is final"):
            await talking(url, listening)


async def test_send_raises_the_error_that_ended_the_session() -> None:
    async def script(peer: Peer) -> None:
        await peer.open()
        await peer.fail("idle", "Nothing came.", 4408)

    async def speak_on(stream: Stream) -> None:
        while True:
            await stream.send(b"\0" * 32_000)

    async with serving(script) as url:
        with pytest.raises(ServerError, match="Nothing came"):
            await talking(url, speak_on)


async def test_flush_raises_the_error_that_ended_the_session() -> None:
    async def script(peer: Peer) -> None:
        await peer.open()
        assert isinstance(await peer.next(), Flush)
        peer.socket.transport.abort()

    async with serving(script) as url:
        with pytest.raises(ConnectionLost):
            await talking(url, Stream.flush)


async def test_wait_for_room_raises_the_error_that_ended_the_session() -> None:
    async def script(peer: Peer) -> None:
        await peer.open()
        await peer.receive_audio(2)
        peer.socket.transport.abort()

    async def wait_for_room(stream: Stream) -> None:
        await stream.send(b"\0\0")
        await stream.wait_for_room(10**9)

    async with serving(script) as url:
        with pytest.raises(ConnectionLost):
            await talking(url, wait_for_room)


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ("{", "bad_json"),
        ('{"type": "final"}', "bad_field"),
        (b"\0\0", "unexpected_message"),
        ('{"type": "ended", "audio_ms": 0, "segments": 0}', "unexpected_message"),
    ],
)
async def test_a_server_that_breaks_the_protocol(frame: str | bytes, code: str) -> None:
    closed: list[str | None] = []

    async def script(peer: Peer) -> None:
        await peer.open()
        await peer.socket.send(frame)
        await peer.wait_closed()
        closed.append(peer.socket.close_reason)

    async with serving(script) as url:
        with pytest.raises(ProtocolViolation, match="The server violated the protocol") as raised:
            await talking(url, listening)

    assert raised.value.code == code
    assert closed == [code]


async def test_waiting_for_an_answer_with_a_full_inbox_fails() -> None:
    async def script(peer: Peer) -> None:
        await peer.open()
        flush = await peer.next()
        assert isinstance(flush, Flush)
        for count in range(MAX_UNREAD_MESSAGES):
            await peer.send(Ack(received=count, committed=count))
        await peer.wait_closed()

    async with serving(script) as url, connect(url) as stream:
        with pytest.raises(UnreadMessages, match="iterate over the stream"):
            await stream.flush()


async def test_a_program_that_never_reads_fails() -> None:
    async def script(peer: Peer) -> None:
        await peer.open()
        for count in range(MAX_UNREAD_MESSAGES):
            await peer.send(Ack(received=count, committed=count))
        await hold.wait()  # hears nothing more: the client's buffers fill

    hold = asyncio.Event()

    async def speak_on(stream: Stream) -> None:
        while True:
            await stream.send(b"\0" * 320_000)

    async with serving(script) as url:
        with pytest.raises(UnreadMessages):
            await talking(url, speak_on)
        hold.set()


async def test_a_program_that_reads_slowly_makes_the_server_wait_and_loses_nothing() -> None:
    count = 2 * MAX_UNREAD_MESSAGES

    async def script(peer: Peer) -> None:
        await peer.open()
        assert isinstance(await peer.next(), End)
        for _ in range(count):
            await peer.send(Ack(received=0, committed=0))
        await peer.send(Ended(audio_ms=0, segments=0))

    async with serving(script) as url, connect(url) as stream:
        messages = aiter(stream)
        assert isinstance(await anext(messages), Started)
        await stream.finish()
        while not stream._receiver.inbox.full():
            await asyncio.wait_for(stream._receiver.changed.wait(), 30)
            stream._receiver.changed.clear()
        rest = [message async for message in messages]

    assert len(rest) == count + 1


async def test_a_flush_after_the_end_of_the_session_fails() -> None:
    async def script(peer: Peer) -> None:
        await peer.open()
        await peer.next()
        await peer.next()
        await peer.send(Ended(audio_ms=0, segments=0))
        await peer.wait_closed()

    async with serving(script) as url, connect(url) as stream:
        flush = asyncio.ensure_future(stream.flush())
        await asyncio.sleep(0)
        await stream.finish()
        with pytest.raises(ConnectionLost, match="the session has ended"):
            await flush
