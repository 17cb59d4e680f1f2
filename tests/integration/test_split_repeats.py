"""What is heard on both sides of a forced split is said once."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tests.doubles import CLEAR, Gate
from tests.serving import calling, read, serving
from theresa_protocol.messages import End, Endpointing, Final, Start
from theresa_server.engine.whisper.decoding import DecodingOptions
from theresa_server.serving.config import ServerConfig
from theresa_server.speech.guards import ALL_GUARDS, Guard
from theresa_server.speech.recognition import DecodeJob, Hypothesis

SENTENCE = read("english")[76_000:120_000]
"""2.75 s of speech without a pause."""
NAMES = ("Anna", "Berta", "Clara", "Dora", "Emma", "Frida", "Greta", "Hanna")
SPLIT = Start(partials=False, endpointing=Endpointing(max_segment_ms=2_000))


class Echoes(Gate):
    """Says four names of each segment, the first two of which are the last two of the one before."""

    def __init__(self) -> None:
        super().__init__()
        self.said = 0

    def transcribe(self, jobs: Sequence[DecodeJob]) -> list[Hypothesis]:
        """Say them."""
        return [self._next() for _ in jobs]

    def _next(self) -> Hypothesis:
        names = NAMES[self.said : self.said + 4]
        self.said += 2
        return replace(CLEAR, text=" ".join(names), pieces=tuple(f" {name}" for name in names), language="en")


async def finals(config: ServerConfig) -> list[Final]:
    with serving(config, lambda _: Echoes()) as server:
        async with calling(server) as peer:
            await peer.say(SPLIT)
            await peer.speak(np.concatenate([SENTENCE, SENTENCE[:16_000]]))
            await peer.say(End())
            await peer.goodbye()
    return peer.all(Final)


async def test_words_that_were_said_before_the_split_are_cut_behind_it() -> None:
    first, second, *_ = await finals(ServerConfig(port=0))

    assert first.reason == "limit"
    assert (first.text, second.text) == ("Anna Berta Clara Dora", "Emma Frida")


async def test_that_can_be_switched_off() -> None:
    guards = ALL_GUARDS - {Guard.REPEATS}
    _, second, *_ = await finals(ServerConfig(port=0, decoding=DecodingOptions(guards=guards)))

    assert second.text == "Clara Dora Emma Frida"
