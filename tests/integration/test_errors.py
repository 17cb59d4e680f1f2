"""What goes wrong on the wire: each time one error message and its close code, and nothing lost that came before."""

import json
from collections.abc import Sequence

import pytest

from tests.serving import RunningServer, calling, read, serving
from theresa_protocol.audio import AudioFormat
from theresa_protocol.limits import Limits
from theresa_protocol.messages import (
    End,
    ErrorMessage,
    Final,
    Flush,
    Flushed,
    Start,
    Started,
    Update,
    Updated,
)
from theresa_server.serving.config import ServerConfig
from theresa_server.sessions.replay import ReplayBuffer

SECOND = 16_000


async def refusal(server: RunningServer, *said: object) -> tuple[ErrorMessage, int | None, str | None]:
    async with calling(server) as peer:
        await peer.say(*said)  # type: ignore[arg-type]
        code, reason = await peer.goodbye()
    error = peer.messages[-1]
    assert isinstance(error, ErrorMessage)
    assert error.fatal
    assert reason == error.code
    return error, code, reason


def start(**fields: object) -> str:
    return json.dumps({"type": "start", **fields})


@pytest.mark.parametrize(
    ("said", "error", "close", "param"),
    [
        ([End()], "start_expected", 4422, None),
        ([b"\0\0"], "start_expected", 4422, None),
        ([Start(), Start()], "unexpected_message", 4400, None),
        (["{"], "bad_json", 4400, None),
        (["[]"], "bad_field", 4400, None),
        ([start(), '{"type":"sing"}'], "unknown_type", 4400, "$.type"),
        ([start(laguage="en")], "bad_field", 4400, "$.laguage"),
        ([start(), '{"type":"flush","idd":"x"}'], "bad_field", 4400, "$.idd"),
        ([start(audio={"rate": 7_999})], "bad_audio_format", 4415, "$.audio.rate"),
        ([start(audio={"rate": 48_001})], "bad_audio_format", 4415, "$.audio.rate"),
        ([start(audio={"channels": 3})], "bad_audio_format", 4415, "$.audio.channels"),
        ([start(audio={"encoding": "mp3"})], "bad_audio_format", 4415, "$.audio.encoding"),
        ([Start(), b"\0\0\0"], "partial_sample", 4415, None),
        ([Start(audio=AudioFormat(encoding="pcm_f32le", channels=2)), bytes(12)], "partial_sample", 4415, None),
        ([Start(language="fr")], "unknown_language", 4400, "$.language"),
        ([Start(model="large")], "unknown_model", 4404, "$.model"),
        ([start(entities={"enabled": True})], "not_supported", 4400, "$.entities"),
        ([start(endpointing={"silence_ms": 50})], "bad_field", 4400, "$.endpointing.silence_ms"),
    ],
    ids=lambda value: None if isinstance(value, list) else str(value),
)
async def test_a_mistake_is_one_error_and_its_close_code(
    server: RunningServer, said: Sequence[object], error: str, close: int, param: str | None
) -> None:
    message, code, _ = await refusal(server, *said)
    assert (message.code, code, message.param) == (error, close, param)
    assert message.message.endswith(".")


async def test_what_came_before_a_mistake_gets_its_finals_first(server: RunningServer) -> None:
    async with calling(server) as peer:
        await peer.say(Start())
        await peer.speak(read("english"))
        await peer.say("{")
        assert await peer.goodbye() == (4400, "bad_json")
    assert len(peer.all(Final)) >= 2
    assert isinstance(peer.messages[-1], ErrorMessage)


async def test_a_frame_over_the_limit_closes_the_connection(server: RunningServer) -> None:
    async with calling(server) as peer:
        await peer.say(Start())
        await peer.hear(Started)
        await peer.say(bytes(64 * 1024 + 2))
        assert (await peer.goodbye())[0] == 1009


@pytest.mark.slow
async def test_a_connection_that_is_closed_while_the_session_speaks_leaves_nothing_behind() -> None:
    with serving(ServerConfig(port=0, resume_window_s=0)) as server:
        for answers in range(60):
            async with calling(server) as peer:
                await peer.say(Start(), *[Update()] * 20)
                for _ in range(answers % 20):
                    await peer.hear(Updated)
                await peer.say(bytes(64 * 1024 + 2))
                await peer.goodbye()
        await server.emptied()


async def test_a_connection_that_fails_gives_its_session_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: ReplayBuffer, message: object) -> None:
        raise ArithmeticError

    monkeypatch.setattr(ReplayBuffer, "record", fail)
    with serving() as server:
        async with calling(server) as peer:
            await peer.say(Start(), Flush())
            await peer.goodbye()
        await server.emptied()


async def test_text_that_is_not_utf8_closes_the_connection(server: RunningServer) -> None:
    async with calling(server) as peer:
        await peer.say(Start())
        await peer.hear(Started)
        await peer.socket.send(b"\xff\xfe", text=True)
        assert (await peer.goodbye())[0] == 1007


async def test_what_comes_after_the_end_is_ignored(server: RunningServer) -> None:
    async with calling(server) as peer:
        await peer.say(Start(), End(), Flush(), b"\0\0")
        assert (await peer.goodbye())[0] == 1000
    assert not peer.all(Flushed)


async def test_an_empty_frame_is_ignored(server: RunningServer) -> None:
    async with calling(server) as peer:
        await peer.say(Start(), b"", Flush(), End())
        assert (await peer.hear(Flushed)).through == 0
        assert (await peer.goodbye())[0] == 1000


async def test_a_frame_of_the_largest_size_is_taken(server: RunningServer) -> None:
    async with calling(server) as peer:
        await peer.say(Start(), bytes(64 * 1024), Flush())
        assert (await peer.hear(Flushed)).through == 32 * 1024


async def test_a_client_that_hangs_up_leaves_nothing_behind() -> None:
    with serving(ServerConfig(port=0, resume_window_s=1)) as server:
        async with calling(server) as peer:
            await peer.say(Start())
            await peer.speak(read("english"))
            await peer.hear(Final)
            peer.socket.transport.abort()
        await server.emptied()


async def test_a_session_is_ended_at_its_longest_with_its_finals() -> None:
    with serving(ServerConfig(port=0, limits=Limits(max_session_ms=5_000))) as server:
        async with calling(server) as peer:
            await peer.say(Start())
            await peer.speak(read("english"))
            assert await peer.goodbye() == (4413, "session_too_long")
        assert peer.all(Final)[-1].through <= 5 * SECOND


async def test_a_client_that_falls_silent_is_let_go() -> None:
    with serving(ServerConfig(port=0, limits=Limits(idle_timeout_ms=200))) as server:
        message, code, _ = await refusal(server, Start())
        assert (message.code, code) == ("idle", 4408)
