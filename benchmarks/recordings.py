"""Audio whose words, and the times of their sentences, are known: made by `corpus`, or given by somebody."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

RATE_HZ = 16_000


class CorpusError(Exception):
    """There is no audio to measure with; the message is one clear sentence."""


@dataclass(frozen=True)
class Sentence:
    """What was said, in which language (``None``: not known), and from when to when (s); ``None``: not known."""

    text: str
    language: str | None
    start_s: float | None = None
    end_s: float | None = None


@dataclass(frozen=True)
class Recording:
    """A file of audio and what is said in it."""

    name: str
    path: Path
    sentences: Sequence[Sentence]
    seconds: float

    @property
    def language(self) -> str | None:
        """The language, where all of it is in one that is known."""
        spoken = {sentence.language for sentence in self.sentences}
        return spoken.pop() if len(spoken) == 1 else None


def read_pcm(path: Path) -> NDArray[np.int16]:
    """The audio of a file: 16 kHz, mono, `int16`."""
    samples, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    mono = samples.mean(axis=1)
    if rate_hz != RATE_HZ:
        mono = soxr.resample(mono, rate_hz, RATE_HZ)
    return np.asarray(np.clip(np.rint(mono * 32768), -32768, 32767), np.int16)


def read_folder(folder: Path) -> list[Recording]:
    """All recordings of a folder with their references, by name.

    The references are an index `samples.json` (as the samples that ship with the server have one), or for each
    `NAME.wav` or `NAME.flac` a `NAME.txt`, whose first line may name the language: `language: zh`.

    Raises:
        CorpusError: there is none, or one without a reference.
    """
    index = folder / "samples.json"
    if index.exists():
        return [_of_index(folder, entry) for entry in json.loads(index.read_text(encoding="utf-8"))]
    files = sorted([*folder.glob("*.wav"), *folder.glob("*.flac")])
    if not files:
        raise CorpusError(f"There is no *.wav and no *.flac in {str(folder)!r}.")
    return [_of_text(path) for path in files]


def _of_index(folder: Path, entry: dict[str, Any]) -> Recording:
    path = folder / entry["file"]
    spoken = [
        Sentence(said["text"], said["language"], said["start_ms"] / 1000, said["end_ms"] / 1000)
        for said in entry["sentences"]
    ]
    return Recording(path.stem, path, spoken, soundfile.info(path).duration)


def _of_text(path: Path) -> Recording:
    reference = path.with_suffix(".txt")
    if not reference.exists():
        raise CorpusError(f"There is no {str(reference)!r} to say what is said in {path.name}.")
    lines = [line.strip() for line in reference.read_text(encoding="utf-8").splitlines() if line.strip()]
    language = None
    if lines and lines[0].startswith("language:"):
        language = lines.pop(0).partition(":")[2].strip()
    return Recording(path.stem, path, [Sentence(" ".join(lines), language)], soundfile.info(path).duration)
