"""A model that fails on one segment of a recording: over real sockets, the real model but for its failures."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.serving import SAMPLES, RunningServer, read, sentences, serving
from theresa_server.audio.segments import SegmenterConfig
from theresa_server.serving.config import ServerConfig
from theresa_server.speech.recognition import DecodeJob, Hypothesis
from theresa_server.transcription import iter_segments

RECORDINGS = pytest.mark.parametrize("name", ["english", "mandarin"])


@dataclass
class Trouble:
    """What a model fails on: jobs of so many samples, so many times."""

    samples: int = 0
    times: int = 0


@pytest.fixture(scope="module")
def trouble() -> Trouble:
    return Trouble()


@pytest.fixture(scope="module")
def server(trouble: Trouble) -> Iterator[RunningServer]:
    with serving(ServerConfig(port=0)) as running:
        engine = running.server.service.models.default.engine
        transcribe = engine.transcriber.transcribe

        def transcribe_or_fail(jobs: Sequence[DecodeJob]) -> list[Hypothesis]:
            if trouble.times and trouble.samples in [job.pcm.size for job in jobs]:
                trouble.times -= len(jobs) == 1  # a batch that fails is tried again job by job
                raise RuntimeError("The GPU has no memory left.")
            return transcribe(jobs)

        engine.transcriber.transcribe = transcribe_or_fail  # type: ignore[method-assign]
        yield running


def post(server: RunningServer, name: str, **fields: str) -> httpx.Response:
    files = {"file": (f"{name}.flac", (SAMPLES / f"{name}.flac").read_bytes())}
    return httpx.post(f"{server.http}/v1/audio/transcriptions", files=files, data=fields, timeout=60)


def break_on(trouble: Trouble, name: str, number: int, times: int) -> str:
    """Have the model fail on one segment of a recording. Returns when that is."""
    segment = list(iter_segments([read(name)], SegmenterConfig()))[number]
    trouble.samples, trouble.times = segment.pcm.size, times
    return f"from {segment.start / 16_000:.1f} s to {segment.end / 16_000:.1f} s"


@RECORDINGS
def test_a_segment_on_which_the_model_fails_once_is_not_missed(
    server: RunningServer, trouble: Trouble, name: str
) -> None:
    whole = post(server, name).json()
    break_on(trouble, name, 1, times=1)
    assert post(server, name).json() == whole
    assert trouble.times == 0


@RECORDINGS
def test_a_segment_that_cannot_be_transcribed_is_named_by_its_time(
    server: RunningServer, trouble: Trouble, name: str
) -> None:
    when = break_on(trouble, name, 1, times=2)
    answer = post(server, name)
    assert (answer.status_code, answer.json()["error"]) == (
        500,
        {
            "message": f"The model failed twice on the speech {when}; see the server log.",
            "type": "server_error",
            "param": None,
            "code": "internal",
        },
    )


@RECORDINGS
def test_a_stream_tells_what_came_before_the_segment_and_then_its_time(
    server: RunningServer, trouble: Trouble, name: str
) -> None:
    when = break_on(trouble, name, 1, times=2)
    events = [_event(told) for told in post(server, name, stream="true").text.strip().split("\n\n")]
    assert [event["delta"] for event in events[:-1]] == sentences(name)[:1]
    assert when in events[-1]["error"]["message"]


def _event(told: str) -> Any:
    return json.loads(told.removeprefix("data: "))
