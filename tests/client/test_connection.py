"""A session as a program uses it: audio and requests arrive, messages are read."""

import asyncio

import pytest

from tests.client.peer import Peer, configuration, final, partial, serving
from theresa_client import ServerError, connect
from theresa_protocol.audio import AudioFormat
from theresa_protocol.errors import LocalProtocolError
from theresa_protocol.limits import Limits
from theresa_protocol.messages import (
    Ack,
    Ended,
    ErrorMessage,
    Final,
    Flush,
    Flushed,
    Partial,
    Start,
    Started,
    Update,
    Updated,
)

SECOND = b"\x01\x02" * 16_000


async def test_a_session_gives_all_messages_in_order_from_started_to_ended() -> None:
    async def script(peer: Peer) -> None:
        await peer.open()
        await peer.receive_audio(len(SECOND))
        await peer.send(partial("你好"))
        await peer.close(final("你好，世界。"))

    async with serving(script) as url, connect(url) as stream:
        await stream.send(SECOND)
        await stream.finish()
        messages = [message async for message in stream]

    assert [type(message) for message in messages] == [Started, Partial, Final, Ended]


async def test_start_contains_the_request_and_the_name_of_the_client() -> None:
    starts: list[Start] = []

    async def script(peer: Peer) -> None:
        starts.append(await peer.open())

    async with serving(script) as url, connect(url, Start(audio=AudioFormat(rate=8000), language="zh")):
        pass

    (start,) = starts
    assert (start.audio.rate, start.language) == (8000, "zh")
    assert start.client is not None
    assert start.client.name == "theresa"


async def test_the_answer_to_start_is_available() -> None:
    async def script(peer: Peer) -> None:
        await peer.open()

    async with serving(script) as url, connect(url) as stream:
        assert stream.started.models.transcriber == "scripted"


async def test_the_api_key_is_sent_as_a_bearer_token() -> None:
    headers: list[str | None] = []

    async def script(peer: Peer) -> None:
        assert peer.socket.request is not None
        headers.append(peer.socket.request.headers.get("Authorization"))
        await peer.open()

    async with serving(script) as url, connect(url, api_key="secret"):
        pass

    assert headers == ["Bearer secret"]


@pytest.mark.parametrize("encoding", ["mulaw", "pcm_s16le", "pcm_f32le"])
async def test_audio_is_split_into_frames_of_whole_samples_within_the_limit(encoding: str) -> None:
    heard: list[Peer] = []
    audio = AudioFormat(encoding=encoding, channels=2)  # type: ignore[arg-type]
    pcm = bytes(range(240)) * 10

    async def script(peer: Peer) -> None:
        await peer.open(Limits(max_frame_bytes=1001))
        await peer.receive_audio(len(pcm))
        heard.append(peer)
        await peer.close()

    async with serving(script) as url, connect(url, Start(audio=audio)) as stream:
        await stream.send(pcm)
        await stream.finish()
        assert [message async for message in stream]

    (peer,) = heard
    assert peer.audio == pcm
    assert all(size <= 1001 and size % audio.sample_bytes == 0 for size in peer.frames)


async def test_a_part_of_a_sample_is_not_sent() -> None:
    async def script(peer: Peer) -> None:
        await peer.open()
        await peer.wait_closed()
        assert peer.audio == b""

    async with serving(script) as url, connect(url) as stream:
        with pytest.raises(ValueError, match="3 bytes are not a whole number of samples"):
            await stream.send(b"abc")


async def test_a_flush_returns_when_its_answer_has_come() -> None:
    async def script(peer: Peer) -> None:
        await peer.open()
        for _ in range(2):
            flush = await peer.next()
            assert isinstance(flush, Flush)
            await peer.send(final("one"), Flushed(id=flush.id, through=16_000))
        await peer.wait_closed()

    async with serving(script) as url, connect(url) as stream:
        await stream.send(SECOND)
        assert (await stream.flush()).through == 16_000
        assert (await stream.flush()).through == 16_000
        assert stream.committed == 16_000


async def test_two_flushes_at_once_each_get_their_own_answer() -> None:
    async def script(peer: Peer) -> None:
        await peer.open()
        asked = [await peer.next(), await peer.next()]
        for through, flush in zip((2, 1), reversed(asked), strict=True):
            assert isinstance(flush, Flush)
            await peer.send(Flushed(id=flush.id, through=through))
        await peer.wait_closed()

    async with serving(script) as url, connect(url) as stream:
        first, second = await asyncio.gather(stream.flush(), stream.flush())

    assert (first.through, second.through) == (1, 2)


async def test_an_update_returns_the_configuration_in_force() -> None:
    async def script(peer: Peer) -> None:
        await peer.open()
        assert await peer.next() == Update(language="zh")
        await peer.send(Updated(configuration=configuration(AudioFormat(rate=48_000))))
        await peer.wait_closed()

    async with serving(script) as url, connect(url) as stream:
        assert (await stream.update(Update(language="zh"))).configuration.audio.rate == 48_000


async def test_an_update_that_is_refused_raises_and_the_session_goes_on() -> None:
    async def script(peer: Peer) -> None:
        await peer.open()
        await peer.next()
        await peer.send(ErrorMessage(code="unknown_language", message="No Klingon.", fatal=False))
        await peer.close(final("still here"))

    async with serving(script) as url, connect(url) as stream:
        with pytest.raises(ServerError, match="No Klingon") as raised:
            await stream.update(Update(language="tlh"))
        await stream.finish()
        texts = [message.text async for message in stream if isinstance(message, Final)]

    assert not raised.value.fatal
    assert texts == ["still here"]


async def test_the_answer_to_a_cancelled_update_is_not_used_for_the_next_one() -> None:
    async def script(peer: Peer) -> None:
        await peer.open()
        for _ in range(2):
            await peer.next()
        for rate in (8_000, 48_000):
            await peer.send(Updated(configuration=configuration(AudioFormat(rate=rate))))
        await peer.wait_closed()

    async with serving(script) as url, connect(url) as stream:
        first = asyncio.ensure_future(stream.update(Update(language="en")))
        done, _ = await asyncio.wait([first], timeout=0)
        assert not done
        await asyncio.sleep(0)
        first.cancel()
        assert (await stream.update(Update(language="zh"))).configuration.audio.rate == 48_000


async def test_finishing_twice_sends_end_once() -> None:
    async def script(peer: Peer) -> None:
        await peer.open()
        await peer.close()

    async with serving(script) as url, connect(url) as stream:
        await stream.finish()
        await stream.finish()
        assert isinstance([message async for message in stream][-1], Ended)


async def test_audio_after_the_end_is_a_local_error() -> None:
    async def script(peer: Peer) -> None:
        await peer.open()
        await peer.close()

    async with serving(script) as url, connect(url) as stream:
        await stream.finish()
        with pytest.raises(LocalProtocolError, match="after 'end'"):
            await stream.send(SECOND)


async def test_messages_of_unknown_types_are_only_in_frames() -> None:
    news = '{"type": "weather", "sky": "blue"}'

    async def script(peer: Peer) -> None:
        await peer.open()
        await peer.socket.send(news)
        await peer.close()

    async with serving(script) as url, connect(url) as stream:
        await stream.finish()
        frames = [text async for _, text in stream.frames()]
    async with serving(script) as url, connect(url) as stream:
        await stream.finish()
        messages = [type(message) async for message in stream]

    assert frames[1] == news
    assert messages == [Started, Ended]


async def test_a_reader_that_was_cancelled_loses_nothing() -> None:
    gate = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.open()
        await gate.wait()
        await peer.close(final("last words"))

    async with serving(script) as url, connect(url) as stream:
        await stream.finish()
        async for message in stream:
            assert isinstance(message, Started)
            break
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                _ = [message async for message in stream]
        gate.set()
        rest = [type(message) async for message in stream]

    assert rest == [Final, Ended]


async def test_acks_make_room() -> None:
    sent: list[int] = []

    async def script(peer: Peer) -> None:
        await peer.open(Limits(max_ahead_ms=1_000))
        for heard in (1, 2):
            await peer.receive_audio(heard * len(SECOND))
            sent.append(len(peer.audio))
            await peer.send(Ack(received=heard * 16_000, committed=heard * 16_000))
        await peer.close()

    async with serving(script) as url, connect(url) as stream:
        for _ in range(2):
            await stream.wait_for_room(16_000)
            await stream.send(SECOND)
        await stream.wait_for_room(16_000)
        await stream.finish()
        assert stream.committed == 32_000

    assert sent == [len(SECOND), 2 * len(SECOND)]


async def test_without_room_sending_waits() -> None:
    async def script(peer: Peer) -> None:
        await peer.open(Limits(max_ahead_ms=1_000))
        await peer.wait_closed()

    async with serving(script) as url, connect(url) as stream:
        await stream.send(SECOND)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await stream.wait_for_room(1)


async def test_leaving_the_block_closes_the_connection() -> None:
    closed: list[int | None] = []

    async def script(peer: Peer) -> None:
        await peer.open()
        await peer.wait_closed()
        closed.append(peer.socket.close_code)

    async with serving(script) as url, connect(url):
        pass

    assert closed == [1000]


async def test_exceptions_of_the_block_are_not_wrapped() -> None:
    async def script(peer: Peer) -> None:
        await peer.open()
        await peer.wait_closed()

    async with serving(script) as url:
        with pytest.raises(KeyError, match="mine"):
            async with connect(url):
                raise KeyError("mine")


async def test_cancelling_does_not_wait_for_the_closing_handshake() -> None:
    opened, hold = asyncio.Event(), asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.open()
        peer.socket.transport.pause_reading()
        opened.set()
        await hold.wait()

    async def session(url: str) -> None:
        async with connect(url):
            await asyncio.Event().wait()

    async with serving(script) as url:
        task = asyncio.ensure_future(session(url))
        await opened.wait()
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task], timeout=60)
        hold.set()

    assert task.cancelled()
