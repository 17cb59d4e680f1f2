"""The engine on a GPU. Skipped where no CUDA device is visible."""

from collections.abc import Iterator
from pathlib import Path

import ctranslate2
import pytest

from theresa_server.engine.whisper.options import EngineOptions
from theresa_server.engine.whisper.transcriber import WhisperTranscriber
from theresa_server.speech.recognition import DecodeJob, JobKind, ModelError

from .conftest import Clip

DEVICES = ctranslate2.get_cuda_device_count()
pytestmark = pytest.mark.skipif(DEVICES == 0, reason="no CUDA device is visible")


@pytest.fixture(scope="module", params=["auto", "float16", "int8_float16"])
def on_gpu(model_directory: Path, request: pytest.FixtureRequest) -> Iterator[WhisperTranscriber]:
    options = EngineOptions(model=str(model_directory), device="cuda", compute_type=request.param)
    transcriber = WhisperTranscriber.load(options)
    yield transcriber
    transcriber.close()


def jobs(clips: list[Clip], *, kind: JobKind) -> list[DecodeJob]:
    return [DecodeJob(pcm=clip.pcm, language=clip.language, kind=kind, words=True) for clip in clips]


def test_the_gpu_is_used_if_available(model_directory: Path) -> None:
    transcriber = WhisperTranscriber.load(EngineOptions(model=str(model_directory)))
    assert transcriber.info.device == "cuda"
    transcriber.close()


@pytest.mark.parametrize("kind", [JobKind.FINAL, JobKind.PARTIAL])
def test_texts_equal_those_of_the_cpu(
    on_gpu: WhisperTranscriber, transcriber: WhisperTranscriber, clips: list[Clip], kind: JobKind
) -> None:
    here, there = (each.transcribe(jobs(clips, kind=kind)) for each in (transcriber, on_gpu))
    same = sum(one.text == other.text for one, other in zip(here, there, strict=True))
    assert same >= 0.9 * len(clips)  # rounding differs, which can change an uncertain text


def test_words_have_their_times(on_gpu: WhisperTranscriber, clips: list[Clip]) -> None:
    for hypothesis in on_gpu.transcribe(jobs(clips, kind=JobKind.FINAL)):
        starts = [word.start_ms for word in hypothesis.words]
        assert starts
        assert starts == sorted(starts)


def test_all_devices_are_used(model_directory: Path, clips: list[Clip]) -> None:
    options = EngineOptions(model=str(model_directory), device="cuda", device_index=tuple(range(DEVICES)))
    transcriber = WhisperTranscriber.load(options)
    assert transcriber.info.workers == DEVICES
    assert all(hypothesis.text for hypothesis in transcriber.transcribe(jobs(clips, kind=JobKind.FINAL)))
    transcriber.close()


def test_a_device_that_is_not_there(model_directory: Path) -> None:
    with pytest.raises(ModelError, match=f"there is no CUDA device {DEVICES}"):
        WhisperTranscriber.load(EngineOptions(model=str(model_directory), device="cuda", device_index=(DEVICES,)))
