"""The early final of a segment whose speech seems to have stopped."""

import asyncio
from dataclasses import replace

import numpy as np
import pytest

from tests.doubles import CLEAR
from theresa_protocol.messages import Start
from theresa_server.audio.pcm import Pcm
from theresa_server.audio.segments import SegmentClosed
from theresa_server.audio.splits import SampleSpan
from theresa_server.sessions.early import EarlyFinal
from theresa_server.sessions.engine import DecodeResult, DecodeTask
from theresa_server.sessions.settings import Offer, negotiate
from theresa_server.speech.recognition import DecodeJob, JobKind

SETTINGS = negotiate(Start(), Offer(model="demo", languages=("en", "zh")))
SPAN = SampleSpan(0, 16_000)


class Decodes:
    """Records the jobs that are started. Each finishes once ``released`` is set."""

    def __init__(self) -> None:
        self.jobs: list[DecodeJob] = []
        self.tasks: list[DecodeTask] = []
        self.released = asyncio.Event()

    def start(self, job: DecodeJob) -> DecodeTask:
        self.jobs.append(job)
        self.tasks.append(asyncio.ensure_future(self._decode()))
        return self.tasks[-1]

    async def _decode(self) -> DecodeResult:
        await self.released.wait()
        return CLEAR


def pcm(span: SampleSpan) -> Pcm:
    return np.zeros(span.length, np.int16)


def closed(span: SampleSpan) -> SegmentClosed:
    return SegmentClosed(span.begin, span.end, pcm(span), "endpoint", 0)


@pytest.fixture
async def decodes() -> Decodes:
    return Decodes()


@pytest.fixture
async def early(decodes: Decodes) -> EarlyFinal:
    early = EarlyFinal(decodes.start)
    early.update(SPAN, SETTINGS, pcm)
    return early


async def test_the_expected_segment_is_decoded_once_as_a_final(early: EarlyFinal, decodes: Decodes) -> None:
    early.update(SPAN, SETTINGS, pcm)
    assert [(job.kind, job.pcm.size) for job in decodes.jobs] == [(JobKind.FINAL, 16_000)]


async def test_the_result_is_reported_once(early: EarlyFinal, decodes: Decodes) -> None:
    decodes.released.set()
    assert [await early.result(), await early.result()] == [CLEAR, None]


async def test_the_decode_of_the_segment_that_closes_becomes_its_final(early: EarlyFinal, decodes: Decodes) -> None:
    assert early.pop_task(closed(SPAN), SETTINGS) is decodes.tasks[0]
    assert not early.active
    decodes.released.set()
    assert await decodes.tasks[0] == CLEAR


async def test_speech_that_continues_cancels_the_decode(early: EarlyFinal, decodes: Decodes) -> None:
    early.update(None, SETTINGS, pcm)
    await asyncio.wait(decodes.tasks)
    assert (early.active, decodes.tasks[0].cancelled()) == (False, True)


async def test_other_settings_restart_the_decode(early: EarlyFinal, decodes: Decodes) -> None:
    early.update(SPAN, replace(SETTINGS, language="zh"), pcm)
    decodes.released.set()
    await asyncio.wait(decodes.tasks)
    assert [task.cancelled() for task in decodes.tasks] == [True, False]
    assert [job.language for job in decodes.jobs] == [None, "zh"]


@pytest.mark.parametrize(
    ("span", "settings"), [(SampleSpan(0, 16_320), SETTINGS), (SPAN, replace(SETTINGS, language="zh"))]
)
async def test_a_decode_that_does_not_match_is_cancelled(
    early: EarlyFinal, decodes: Decodes, span: SampleSpan, settings: object
) -> None:
    assert early.pop_task(closed(span), settings) is None
    await asyncio.wait(decodes.tasks)
    assert decodes.tasks[0].cancelled()
