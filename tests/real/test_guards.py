"""Whisper's real weights write nothing where nobody speaks, and keep what people say."""

import json
import os
import runpy
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import soxr

from theresa_server.audio.pcm import Pcm
from theresa_server.audio.segmenter import Segmenter
from theresa_server.audio.segments import SegmentClosed, SegmenterConfig
from theresa_server.audio.vad import make_detector
from theresa_server.cache.model_cache import ModelCache, default_root
from theresa_server.engine.whisper.options import EngineOptions
from theresa_server.engine.whisper.resolving import find_cached_model, repository_of
from theresa_server.engine.whisper.transcriber import WhisperTranscriber
from theresa_server.speech.guards import GuardAction
from theresa_server.speech.recognition import DecodeJob, Hypothesis, JobKind

PROMPT = "We met Mr. Tanaka."
HOTWORDS = ("Tanaka", "Kubernetes", "希尔顿酒店")
GIVEN = [
    pytest.param({}, id="nothing"),
    pytest.param({"prompt": PROMPT}, id="a prompt"),
    pytest.param({"hotwords": HOTWORDS}, id="hotwords"),
]


@pytest.fixture(scope="module")
def base_directory() -> Path:
    """The model ``base`` in the cache that ``THERESA_CACHE`` names, or in the user's."""
    root = Path(os.environ.get("THERESA_CACHE") or default_root())
    found = find_cached_model(repository_of("base"), ModelCache(root))
    if found is None:
        pytest.skip("needs Whisper base in the model cache: theresa-server models pull base")
    return found


@pytest.fixture(scope="module")
def base(base_directory: Path) -> Iterator[WhisperTranscriber]:
    loaded = WhisperTranscriber.load(EngineOptions(model=str(base_directory), device="cpu", encoder_context="short"))
    yield loaded
    loaded.close()


@pytest.fixture(scope="module")
def real(shared: Path) -> Path:
    folder = shared / "data/real"
    if not folder.is_dir():
        pytest.skip("needs the recordings in ../shared/data/real")
    return folder


def read(path: Path) -> Pcm:
    signal, rate_hz = soundfile.read(path, always_2d=True)
    mono = soxr.resample(signal.mean(axis=1), rate_hz, 16_000)
    return np.asarray(np.clip(np.rint(mono * 32_768), -32_768, 32_767), np.int16)


def segments(pcm: Pcm) -> list[SegmentClosed]:
    config = SegmenterConfig()
    segmenter = Segmenter(config, partial(make_detector, config.aggressiveness, config.voice_threshold))
    return [event for event in (*segmenter.feed(pcm), *segmenter.flush("end")) if isinstance(event, SegmentClosed)]


def transcribe(
    base: WhisperTranscriber, found: list[SegmentClosed], kind: JobKind = JobKind.FINAL, **given: Any
) -> list[Hypothesis]:
    jobs = [
        DecodeJob(**({"pcm": segment.pcm, "language": None, "kind": kind, "voice": segment.voice} | given))
        for segment in found
    ]
    return base.transcribe(jobs)


@pytest.fixture(scope="module")
def noise(real: Path, root: Path) -> list[SegmentClosed]:
    """Most of what the detectors take for a voice in recordings without words, and in ten minutes of made sounds."""
    entries = [json.loads(line) for line in (real / "noise/manifest.jsonl").read_text().splitlines()]
    sounds = [read(real / "noise" / entry["file"]) for entry in entries if "singing" not in entry["kind"]]
    made_sounds = runpy.run_path(str(root / "benchmarks/made_sounds.py"))["made_sounds"]  # not an installed package
    recorded = [segment for sound in sounds for segment in segments(sound)]
    return [*recorded, *segments(made_sounds())[::3]]


@pytest.mark.parametrize("kind", [JobKind.FINAL, JobKind.PARTIAL])
@pytest.mark.parametrize("given", GIVEN)
def test_nothing_is_written_where_nobody_speaks(
    base: WhisperTranscriber, noise: list[SegmentClosed], given: dict[str, Any], kind: JobKind
) -> None:
    assert [hypothesis.text for hypothesis in transcribe(base, noise, kind, **given) if hypothesis.text] == []


@pytest.mark.parametrize("language", ["en", "zh"])
def test_noise_in_a_session_with_a_language_gives_no_text(
    base: WhisperTranscriber, noise: list[SegmentClosed], language: str
) -> None:
    assert [found.text for found in transcribe(base, noise, language=language) if found.text] == []


@pytest.mark.parametrize("given", GIVEN)
@pytest.mark.parametrize("folder", ["en_read", "zh_words"])
def test_no_guard_drops_what_people_say(
    base: WhisperTranscriber, real: Path, folder: str, given: dict[str, Any]
) -> None:
    entries = [json.loads(line) for line in (real / folder / "manifest.jsonl").read_text().splitlines()][::8]
    spoken = [segment for entry in entries for segment in segments(read(real / folder / entry["file"]))]
    dropped = [found.suppressed for found in transcribe(base, spoken, language=folder[:2], **given) if not found.text]
    assert dropped == []


@pytest.mark.parametrize("hotword", ["成千上万", "欣欣向荣", "发奋图强"])  # the last two need the hotword
def test_a_hotword_that_somebody_says_is_written(base: WhisperTranscriber, real: Path, hotword: str) -> None:
    entries = [json.loads(line) for line in (real / "zh_words/manifest.jsonl").read_text().splitlines()]
    file = next(entry["file"] for entry in entries if entry["text"] == hotword)
    found = transcribe(base, segments(read(real / "zh_words" / file)), language="zh", hotwords=(hotword, "希尔顿酒店"))
    assert [one.text.rstrip("。") for one in found] == [hotword]


def test_an_echo_of_the_prompt_is_reported(base: WhisperTranscriber, noise: list[SegmentClosed]) -> None:
    found = transcribe(base, noise, prompt=PROMPT)
    echoes = [one.suppressed.text for one in found if one.suppressed and one.suppressed.reason is GuardAction.ECHO]
    assert any("Tanaka" in echo for echo in echoes)
