"""A final is decoded while its endpoint is still awaited."""

import asyncio
import threading
from collections.abc import Sequence

import numpy as np
import pytest

from tests.doubles import Gate
from tests.serving import calling, read, serving
from theresa_protocol.messages import Final, Partial, Start
from theresa_server.speech.recognition import DecodeJob, Hypothesis

PAUSING = read("english")[:27_200]
"""A sentence and 0.38 s of silence: the tail is complete, the endpoint is not."""
SPEECH = read("english")[36_800:60_000]
SILENCE = np.zeros(16_000, np.int16)


class Counts(Gate):
    """Returns the number of samples of each job as its text, and records those of finals."""

    def __init__(self) -> None:
        super().__init__()
        self.opened.set()
        self.final_samples: list[int] = []
        self._counted = threading.Condition()

    def transcribe(self, jobs: Sequence[DecodeJob]) -> list[Hypothesis]:
        """Count, and say."""
        with self._counted:
            self.final_samples += [job.pcm.size for job in jobs if job.final]
            self._counted.notify_all()
        return super().transcribe(jobs)

    async def counted(self, finals: int) -> None:
        """Wait until so many finals were decoded."""

        def wait() -> bool:
            with self._counted:
                return self._counted.wait_for(lambda: len(self.final_samples) >= finals, 30)

        assert await asyncio.to_thread(wait)


@pytest.fixture
def model() -> Counts:
    return Counts()


async def test_it_is_begun_before_the_endpoint_and_not_decoded_twice(model: Counts) -> None:
    with serving(load=lambda _: model) as server:
        async with calling(server) as peer:
            await peer.say(Start(partials=False))
            await peer.speak(PAUSING)
            await model.counted(1)
            await peer.speak(SILENCE)
            final = await peer.hear(Final)

    assert final.reason == "endpoint"
    assert len(model.final_samples) == 1


async def test_what_was_said_is_shown_before_it_is_final(model: Counts) -> None:
    with serving(load=lambda _: model) as server:
        async with calling(server) as peer:
            await peer.say(Start())
            await peer.speak(PAUSING)
            await model.counted(1)
            shown = await peer.hear(Partial)
            while shown.text != str(model.final_samples[0]):
                shown = await peer.hear(Partial)
            await peer.speak(SILENCE)
            final = await peer.hear(Final)

    assert final.text == shown.text


async def test_it_is_dropped_when_somebody_speaks_on(model: Counts) -> None:
    with serving(load=lambda _: model) as server:
        async with calling(server) as peer:
            await peer.say(Start(partials=False))
            await peer.speak(PAUSING)
            await model.counted(1)
            await peer.speak(np.concatenate([SPEECH, SILENCE]))
            final = await peer.hear(Final)

    assert int(final.text) > PAUSING.size
