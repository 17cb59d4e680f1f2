"""The shipped demo model: its files, its card, and whether its figures hold."""

import json
import random
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from theresa_training import voices
from theresa_training.inference import WindowTranscriber
from theresa_training.metrics import error_rate
from theresa_training.noise import non_speech
from theresa_training.pool import random_clip
from theresa_training.speech import Synthesiser

MODELS = Path(__file__).parents[2] / "server" / "theresa_server" / "assets"
DEMO, SAMPLES = MODELS / "demo", MODELS / "samples"


@pytest.fixture(scope="module")
def transcriber() -> WindowTranscriber:
    return WindowTranscriber(DEMO)


@pytest.fixture(scope="module")
def figures() -> dict[str, dict[str, Any]]:
    record = json.loads((DEMO / "evaluation.json").read_text(encoding="utf-8"))
    return {figure["name"]: figure for figure in record["figures"]}


def recordings() -> list[dict[str, Any]]:
    index: list[dict[str, Any]] = json.loads((SAMPLES / "samples.json").read_text(encoding="utf-8"))
    return index


def test_it_is_complete_and_small() -> None:
    names = {path.name for path in DEMO.iterdir()}
    assert {
        "model.bin",
        "config.json",
        "tokenizer.json",
        "preprocessor_config.json",
        "theresa.json",
        "README.md",
    } <= names
    assert sum(path.stat().st_size for path in DEMO.iterdir()) <= 8_000_000


def test_it_declares_the_windows_it_is_trained_for() -> None:
    facts = json.loads((DEMO / "theresa.json").read_text(encoding="utf-8"))
    assert facts["encoder_context"] == {"floor_ms": 1000, "margin_ms": 500}
    assert facts["languages"] == ["en", "zh"]
    assert facts["name"] == "demo"


def test_its_card_states_the_measured_figures(figures: dict[str, dict[str, Any]]) -> None:
    card = (DEMO / "README.md").read_text(encoding="utf-8")
    for name, figure in figures.items():
        row = re.search(rf"^\| {re.escape(name)} \| ([\d.]+)", card, re.MULTILINE)
        assert row, name
        assert float(row[1]) == round(figure["value"], 2)


def test_every_target_is_measured(figures: dict[str, dict[str, Any]]) -> None:
    with_target = [figure for figure in figures.values() if figure["target"] is not None]
    assert len(with_target) == 21
    for figure in with_target:
        kept = figure["value"] >= figure["target"] if figure["least"] else figure["value"] <= figure["target"]
        assert figure["reached"] == kept


@pytest.mark.parametrize("language", ["en", "zh"])
def test_it_is_as_good_as_its_card_says(
    transcriber: WindowTranscriber, figures: dict[str, dict[str, Any]], speaker: Synthesiser, language: str
) -> None:
    rng = random.Random(f"check-{language}")
    variants = voices.training_variants(speaker.variants())
    pairs = []
    for _ in range(25):
        clip = random_clip(rng, variants, language)  # type: ignore[arg-type]
        hypothesis = transcriber.transcribe(np.pad(clip.samples, (4000, 4000)), language)[0]  # type: ignore[arg-type]
        pairs.append((clip.text, hypothesis))
    assert error_rate(pairs, language) <= figures[f"{language}: held-out sentences"]["value"] + 6  # type: ignore[arg-type]


def test_silence_noise_and_music_have_no_transcript(transcriber: WindowTranscriber) -> None:
    rng = np.random.default_rng(77)
    for language in ("en", "zh"):
        for _ in range(20):
            text, no_speech = transcriber.transcribe(non_speech(rng.uniform(1, 8), rng), language)  # type: ignore[arg-type]
            assert not text or no_speech > 0.6


@pytest.mark.parametrize("name", ["english", "mandarin", "both"])
def test_samples_are_16_khz_mono_of_several_sentences_with_pauses(name: str) -> None:
    entry = next(entry for entry in recordings() if entry["file"] == f"{name}.flac")
    info = soundfile.info(SAMPLES / entry["file"])
    assert (info.samplerate, info.channels) == (16_000, 1)
    assert 12 <= info.duration <= 26
    assert info.duration * 1000 == pytest.approx(entry["duration_ms"], abs=1)
    ends = [0, *(sentence["end_ms"] for sentence in entry["sentences"])]
    starts = [sentence["start_ms"] for sentence in entry["sentences"]]
    assert len(starts) >= 5
    assert all(start - end >= 500 for end, start in zip(ends, starts, strict=False))


@pytest.mark.parametrize("name", ["english", "mandarin", "both"])
def test_the_samples_are_transcribed_exactly(transcriber: WindowTranscriber, name: str) -> None:
    entry = next(entry for entry in recordings() if entry["file"] == f"{name}.flac")
    audio = soundfile.read(SAMPLES / entry["file"], dtype="float32")[0]
    for sentence in entry["sentences"]:
        begin, end = sentence["start_ms"] * 16 - 4800, sentence["end_ms"] * 16 + 3200
        hypothesis = transcriber.transcribe(audio[begin:end], sentence["language"])[0]
        assert hypothesis == sentence["text"]
