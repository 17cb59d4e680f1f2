"""Recordings with reference transcripts and sentence times: joined, scripted, or provided by the user."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

RATE_HZ = 16_000
CUTS = Path("build/benchmarks/cut")
TAIL_S = 1.0
"""The audio after the last sentence of a cut recording."""


class CorpusError(Exception):
    """There is no usable audio; the message is one clear sentence."""


@dataclass(frozen=True)
class Sentence:
    """A sentence of a reference; ``None`` stands for an unknown value."""

    text: str
    language: str | None
    start_s: float | None = None
    end_s: float | None = None


@dataclass(frozen=True)
class Recording:
    """An audio file with its reference."""

    name: str
    path: Path
    sentences: Sequence[Sentence]
    seconds: float

    @property
    def language(self) -> str | None:
        """The language, if all sentences have the same known language."""
        languages = {sentence.language for sentence in self.sentences}
        return languages.pop() if len(languages) == 1 else None


def read_pcm(path: Path) -> NDArray[np.int16]:
    """Return the audio of a file as 16 kHz mono ``int16``."""
    samples, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    mono = samples.mean(axis=1)
    if rate_hz != RATE_HZ:
        mono = soxr.resample(mono, rate_hz, RATE_HZ)
    return np.asarray(np.clip(np.rint(mono * 32768), -32768, 32767), np.int16)


def cut(recording: Recording, seconds: float, folder: Path = CUTS) -> Recording:
    """Return a recording that is not longer than a limit, with a reference that is cut to match.

    It ends ``TAIL_S`` after its last whole sentence, and has at least one. A reference without times cannot be cut.
    """
    if recording.seconds <= seconds:
        return recording
    timed = [one for one in recording.sentences if one.start_s is not None and one.end_s is not None]
    pcm = read_pcm(recording.path)
    if timed:
        kept = [one for one in timed if (one.end_s or 0) <= seconds - TAIL_S] or timed[:1]
        following_s = next((one.start_s for one in timed[len(kept) :]), None)
        end_s = kept[-1].end_s or 0.0
        pcm = pcm[: int(min(end_s + TAIL_S, following_s or np.inf) * RATE_HZ)]
        pcm = np.pad(pcm, (0, max(0, int((end_s + TAIL_S) * RATE_HZ) - pcm.size)))
        recording = replace(recording, sentences=kept)
    else:
        pcm = pcm[: int(seconds * RATE_HZ)]
    target = folder / f"{seconds:g}" / recording.path.with_suffix(".flac").name
    target.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(target, pcm, RATE_HZ)
    return replace(recording, path=target, seconds=pcm.size / RATE_HZ)


def read_folder(folder: Path) -> list[Recording]:
    """Return all recordings of a folder with their references, ordered by name.

    References are read from an index ``samples.json``, like that of the sample recordings of the server, or from a
    ``NAME.txt`` for each ``NAME.wav`` or ``NAME.flac``. Its first line may set the language: ``language: zh``.

    Raises:
        CorpusError: there are no recordings, or a reference is missing.
    """
    index = folder / "samples.json"
    if index.exists():
        return [_from_index(folder, entry) for entry in json.loads(index.read_text(encoding="utf-8"))]
    files = sorted([*folder.glob("*.wav"), *folder.glob("*.flac")])
    if not files:
        raise CorpusError(f"There are no *.wav or *.flac files in {str(folder)!r}.")
    return [_from_text(path) for path in files]


def _from_index(folder: Path, entry: dict[str, Any]) -> Recording:
    path = folder / entry["file"]
    sentences = [
        Sentence(one["text"], one["language"], one["start_ms"] / 1000, one["end_ms"] / 1000)
        for one in entry["sentences"]
    ]
    return Recording(path.stem, path, sentences, soundfile.info(path).duration)


def _from_text(path: Path) -> Recording:
    reference = path.with_suffix(".txt")
    if not reference.exists():
        raise CorpusError(f"The reference {str(reference)!r} of {path.name} is missing.")
    lines = [line.strip() for line in reference.read_text(encoding="utf-8").splitlines() if line.strip()]
    language = None
    if lines and lines[0].startswith("language:"):
        language = lines.pop(0).partition(":")[2].strip()
    return Recording(path.stem, path, [Sentence(" ".join(lines), language)], soundfile.info(path).duration)
