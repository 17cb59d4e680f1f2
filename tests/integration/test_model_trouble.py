"""A model that fails or dawdles: a double, since the real one does neither on demand."""

import asyncio
import contextlib
import time
from collections.abc import Sequence

import numpy as np
import pytest

from tests.doubles import Gate
from tests.serving import calling, read, serving
from theresa_protocol.limits import Limits
from theresa_protocol.messages import Ack, End, Ended, Endpointing, Flush, Flushed, Partial, Speech, Start, Update
from theresa_server.app import Server
from theresa_server.serving.config import ServerConfig
from theresa_server.serving.edge import EdgeLimits
from theresa_server.sessions.buffers import Outbox
from theresa_server.sessions.resumable import ResumableSession
from theresa_server.speech.recognition import DecodeJob, EngineError, Hypothesis, ModelError

SECOND = 16_000


class Unreliable(Gate):
    """A transcriber that also fails altogether, or takes its time."""

    fails = False
    pause_s = 0.0

    def transcribe(self, jobs: Sequence[DecodeJob]) -> list[Hypothesis]:
        time.sleep(self.pause_s)
        said = super().transcribe(jobs)
        if self.fails:
            raise RuntimeError("the GPU has fallen off the bus")
        return said


@pytest.fixture
def model() -> Unreliable:
    return Unreliable()


async def test_a_failing_model_is_an_internal_error(model: Unreliable) -> None:
    model.fails = True
    model.opened.set()
    with serving(load=lambda _: model) as server:
        async with calling(server) as peer:
            await peer.say(Start())
            await peer.speak(read("english"))
            assert await peer.goodbye() == (1011, "internal")


@pytest.mark.slow
async def test_audio_waits_for_a_slow_model_and_none_is_lost(model: Unreliable) -> None:
    limits = Limits(max_ahead_ms=35_000)
    audio = np.tile(read("english"), 12)
    with serving(ServerConfig(port=0, limits=limits), lambda _: model) as server:
        async with calling(server) as peer:
            await peer.say(Start(partials=False))
            sending = asyncio.create_task(peer.speak(audio))
            first = await peer.hear(Ack)
            second = await peer.hear(Ack) if first.received < 35 * SECOND else first
            assert second.received - second.committed <= 36 * SECOND
            model.opened.set()
            await sending
            await peer.say(End())
            await peer.goodbye()
        assert isinstance(peer.messages[-1], Ended)
        assert peer.messages[-1].audio_ms == audio.size // 16


async def test_a_client_that_waits_for_its_answer_is_not_idle(model: Unreliable) -> None:
    """It has sent all that it may and is owed a final: silence is what the protocol asks of it."""
    with serving(ServerConfig(port=0, limits=Limits(idle_timeout_ms=300)), lambda _: model) as server:
        async with calling(server) as peer:
            await peer.say(Start(partials=False))
            await peer.speak(read("english")[: 5 * SECOND])
            await peer.say(Flush())
            await peer.hear(Ack)  # comes after a second
            await asyncio.sleep(0.5)
            model.opened.set()
            await peer.hear(Flushed)
            assert await peer.goodbye() == (4408, "idle")


@pytest.mark.slow
async def test_a_client_that_reads_nothing_loses_its_place(model: Unreliable) -> None:
    model.opened.set()
    with serving(
        ServerConfig(port=0, resume_window_s=1, limits=Limits(idle_timeout_ms=500)), lambda _: model
    ) as server:
        async with calling(server, max_queue=1) as peer:
            await peer.say(Start(prompt="好" * 1_900))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(20):
                    while server.server.service.load().sessions:
                        await peer.say(Update())
            await server.emptied()


@pytest.mark.slow
async def test_what_a_client_does_not_read_is_bounded(model: Unreliable) -> None:
    model.opened.set()
    unlimited = EdgeLimits(frame_burst=10**9)  # many small frames would end the connection before its outbox is full
    with serving(ServerConfig(port=0, edge=unlimited), lambda _: model) as server:
        async with calling(server, max_queue=1) as peer:
            await peer.say(Start(prompt="好" * 1_900))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(3):
                    while True:
                        await peer.say(Update())
            (session,) = server.server.service.sessions._records
            assert isinstance(session, ResumableSession)
            assert len(session.outbox._messages) <= Outbox.CAPACITY + 1
            peer.socket.transport.abort()


async def test_at_the_last_moment_even_unfinished_sessions_get_a_goodbye(model: Unreliable) -> None:
    with serving(ServerConfig(port=0, drain_s=0, stop_s=1), lambda _: model) as server:
        async with calling(server) as peer:
            await peer.say(Start())
            await peer.speak(read("english"))
            await peer.hear(Speech)
            server.stop()
            assert await peer.goodbye() == (1012, "going_away")
        model.opened.set()


def test_a_model_that_cannot_run_is_one_sentence(model: Unreliable) -> None:
    def break_down() -> None:
        raise EngineError("Library libcublas.so.12 is not found.")

    model.warm_up = break_down  # type: ignore[method-assign]
    with pytest.raises(ModelError, match=r"the model base cannot be used: Library libcublas\.so"):
        asyncio.run(Server(ServerConfig(port=0), lambda _: model).run())


def test_a_default_language_that_the_model_does_not_know_ends_the_start(model: Unreliable) -> None:
    with pytest.raises(ModelError, match="does not know the language 'fr'"):
        asyncio.run(Server(ServerConfig(port=0, language="fr"), lambda _: model).run())


@pytest.mark.slow
async def test_live_partials_go_on_beside_somebody_who_sends_a_whole_recording(model: Unreliable) -> None:
    model.opened.set()
    model.pause_s = 0.05
    audio = np.tile(read("english"), 8)
    with serving(load=lambda _: model) as server:
        async with calling(server) as live, calling(server) as bulk:
            await bulk.say(Start(endpointing=Endpointing(silence_ms=100)))
            await live.say(Start())
            dumping = asyncio.create_task(bulk.speak(audio))
            await live.talk(read("english")[: 4 * SECOND], speed=2)
            await live.say(End())
            await live.goodbye()
            dumping.cancel()
    assert len(live.all(Partial)) >= 1
