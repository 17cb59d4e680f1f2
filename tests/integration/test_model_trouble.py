"""A model that fails or dawdles: a double, since the real one does neither on demand."""

import asyncio
import threading
from collections.abc import Sequence

import numpy as np
from tests.serving import calling, read, serving

from theresa_protocol.limits import Limits
from theresa_protocol.messages import Ack, End, Ended, Start
from theresa_server.config import ServerConfig
from theresa_server.engine.ports import DecodeJob, Hypothesis

SECOND = 16_000


class Unreliable:
    """A transcriber under a test's control: it waits until told to go on, and fails on demand."""

    name = "unreliable"
    languages = ("en", "zh")
    max_batch = 4

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.fails = False

    def warm_up(self) -> None:
        pass

    def close(self) -> None:
        pass

    def transcribe(self, jobs: Sequence[DecodeJob]) -> list[Hypothesis]:
        self.go_on.wait(30)
        if self.fails:
            raise RuntimeError("the GPU has fallen off the bus")
        said = Hypothesis(
            text="你好",
            pieces=("你", "好"),
            language="zh",
            language_probability=1,
            confidence=1,
            no_speech=0,
            temperature=0,
            compression_ratio=1,
        )
        return [said] * len(jobs)


async def test_a_failing_model_is_an_internal_error() -> None:
    model = Unreliable()
    model.fails = True
    model.go_on.set()
    with serving(load=lambda _: model) as server:
        async with calling(server) as peer:
            await peer.say(Start())
            await peer.speak(read("english"))
            assert await peer.goodbye() == (1011, "internal")


async def test_audio_waits_for_a_slow_model_and_none_is_lost() -> None:
    model = Unreliable()
    limits = Limits(max_ahead_ms=35_000)
    audio = np.tile(read("english"), 12)
    with serving(ServerConfig(port=0, limits=limits), lambda _: model) as server:
        async with calling(server) as peer:
            await peer.say(Start(partials=False))
            sending = asyncio.create_task(peer.speak(audio))
            first = await peer.hear(Ack)
            second = await peer.hear(Ack) if first.received < 35 * SECOND else first
            assert second.received - second.committed <= 36 * SECOND
            model.go_on.set()
            await sending
            await peer.say(End())
            await peer.goodbye()
        assert isinstance(peer.messages[-1], Ended)
        assert peer.messages[-1].audio_ms == audio.size // 16
