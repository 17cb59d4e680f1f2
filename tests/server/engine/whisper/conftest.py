"""A real model and real recordings for the tests of the engine."""

import json
import shutil
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from theresa_server.engine.whisper.options import EngineOptions
from theresa_server.engine.whisper.transcriber import WhisperTranscriber

LAB = Path(__file__).parents[4].parent / "shared" / "lab" / "models"
DECLARATION = {
    "name": "stand-in",
    "languages": ["en", "zh"],
    "encoder_context": {"floor_ms": 1000, "margin_ms": 500},
}


@dataclass(frozen=True)
class Clip:
    """A recorded sentence with its reference: words as (text, start in seconds)."""

    language: str
    text: str
    pcm: NDArray[np.int16]
    words: tuple[tuple[str, float], ...]


@pytest.fixture(scope="session")
def model_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo model that ships with the package, or a stand-in of its kind."""
    shipped = Path(str(files("theresa_server") / "assets" / "demo"))
    if (shipped / "model.bin").exists():
        return shipped
    if not (LAB / "whisper-mini" / "model.bin").exists():
        pytest.skip("neither the demo model nor ../shared/lab/models/whisper-mini is here")
    copy = tmp_path_factory.mktemp("model") / "stand-in"
    shutil.copytree(LAB / "whisper-mini", copy, copy_function=shutil.copyfile)
    copy.chmod(0o755)
    (copy / "theresa.json").write_text(json.dumps(DECLARATION))
    return copy


@pytest.fixture
def model_copy(model_directory: Path, tmp_path: Path) -> Path:
    """A copy of the model that a test may damage."""
    copy = tmp_path / "copy"
    shutil.copytree(model_directory, copy, copy_function=shutil.copyfile)
    copy.chmod(0o755)
    return copy


@pytest.fixture(scope="session")
def transcriber(model_directory: Path) -> Iterator[WhisperTranscriber]:
    """The model, with the short windows that it declares."""
    loaded = WhisperTranscriber.load(EngineOptions(model=str(model_directory), device="cpu"))
    yield loaded
    loaded.close()


@pytest.fixture(scope="session")
def full_window(model_directory: Path) -> Iterator[WhisperTranscriber]:
    """The same model, always in the full 30 s."""
    options = EngineOptions(model=str(model_directory), device="cpu", encoder_context="full")
    loaded = WhisperTranscriber.load(options)
    yield loaded
    loaded.close()


@pytest.fixture(scope="session")
def clips() -> list[Clip]:
    """Sentences in both languages, each with 0.3 s around it, from recordings that no model was trained on."""
    references = LAB / "heldout" / "references.json"
    if not references.exists():
        pytest.skip("the held-out recordings of ../shared/lab/models/heldout are not here")
    recordings = json.loads(references.read_text())
    sentences = [(recording, sentence) for recording in recordings for sentence in recording["sentences"]]
    return [_clip(recording, sentence) for recording, sentence in sentences[::2]]


def _clip(recording: dict[str, Any], sentence: dict[str, Any]) -> Clip:
    with wave.open(str(LAB / "heldout" / recording["file"])) as file:
        pcm = np.frombuffer(file.readframes(file.getnframes()), np.int16)
    begin = max(0, int((sentence["start"] - 0.3) * 16_000))
    end = int((sentence["end"] + 0.3) * 16_000)
    words = tuple((word, start - begin / 16_000) for word, start in sentence["words"])
    return Clip(recording["lang"], sentence["text"], pcm[begin:end], words)
