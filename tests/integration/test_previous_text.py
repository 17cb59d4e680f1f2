"""A segment is decoded with the text of the segment before it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pytest

from tests.doubles import CLEAR, Gate
from tests.serving import RunningServer, read, serving, transcribe
from theresa_protocol.messages import Final, PreviousFinal, ResumeRequest, Start
from theresa_server.audio.pcm import Pcm
from theresa_server.serving.config import ServerConfig
from theresa_server.speech.previous_text import PreviousText
from theresa_server.speech.recognition import DecodeJob, Hypothesis


class Recorder(Gate):
    """A transcriber that numbers its finals, and keeps the context of each one."""

    def __init__(self, *, uses_previous_text: bool = True) -> None:
        super().__init__()
        self.uses_previous_text = uses_previous_text
        self.contexts: list[PreviousText | None] = []

    def transcribe(self, jobs: Sequence[DecodeJob]) -> list[Hypothesis]:
        """Return the number of finals so far."""
        return [self._decode(job) for job in jobs]

    def _decode(self, job: DecodeJob) -> Hypothesis:
        if job.final:
            self.contexts.append(job.previous)
        text = f"{len(self.contexts)}."
        return replace(CLEAR, text=text, pieces=(text,))


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def recording_server(recorder: Recorder) -> Iterator[RunningServer]:
    with serving(ServerConfig(port=0), lambda _: recorder) as running:
        yield running


def two_segments(pause_s: float) -> Pcm:
    speech = read("english")[: 2 * 16_000]
    return np.concatenate([speech, np.zeros(int(pause_s * 16_000), np.int16), speech])


async def finals_of(server: RunningServer, pcm: Pcm, start: Start | None = None) -> list[Final]:
    return (await transcribe(server, pcm, start or Start(partials=False))).all(Final)


async def test_the_second_segment_gets_the_text_of_the_first(
    recording_server: RunningServer, recorder: Recorder
) -> None:
    first, *_ = await finals_of(recording_server, two_segments(1))
    expected = PreviousText(text=first.text, language="zh", end_ms=first.end_ms, confidence=first.confidence)
    assert expected in recorder.contexts


async def test_the_first_segment_gets_no_text(recording_server: RunningServer, recorder: Recorder) -> None:
    await finals_of(recording_server, two_segments(1))
    assert recorder.contexts[0] is None


async def test_after_a_long_pause_a_segment_gets_no_text(recording_server: RunningServer, recorder: Recorder) -> None:
    finals = await finals_of(recording_server, two_segments(8))
    last_start = max(final.start_ms for final in finals)
    before = [final for final in finals if final.end_ms < last_start - 5_000]
    assert before
    assert not any(context and context.text == before[-1].text for context in recorder.contexts)


async def test_a_resumed_session_gets_the_text_that_its_client_received(
    recording_server: RunningServer, recorder: Recorder
) -> None:
    resume = {"language": "zh", "previous": PreviousFinal(text="之前", end_ms=0, confidence=0.9)}
    request = ResumeRequest(session_id="elsewhere", token="of-another-server", committed=0, next_segment=3, **resume)  # noqa: S106
    await finals_of(recording_server, read("english")[:32_000], Start(partials=False, resume=request))
    assert recorder.contexts[0] == PreviousText(text="之前", language="zh", end_ms=0, confidence=0.9)


async def test_a_model_that_does_not_use_it_gets_no_text() -> None:
    recorder = Recorder(uses_previous_text=False)
    with serving(ServerConfig(port=0), lambda _: recorder) as running:
        await finals_of(running, two_segments(1))
    assert {*recorder.contexts} == {None}
