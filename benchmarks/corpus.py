"""The scripted recordings: synthetic speech in English and Mandarin, reproducible for a given version of eSpeak NG.

The sentences are from the domain of the demo model, with names, dates and numbers, in voices of its training data:
dialogues of two speakers with pauses after each sentence, numbers spoken digit by digit, monologues of 90 s whose
pauses are shorter than the endpoint silence, and noise without speech.
"""

import json
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray
from rich.progress import track

from benchmarks.recordings import RATE_HZ, CorpusError, Recording, read_folder
from theresa_training.grammar import Language, Sentence, TextUnit
from theresa_training.noise import non_speech
from theresa_training.pool import random_sentence
from theresa_training.speech import SpeechError, Voice, synthesiser

CACHE = Path("build/benchmarks/corpus")
VERSION = 1
"""Increases with every change of the recordings, to invalidate older caches."""

SEED = 20_250
LEAD_S = 0.6
NOISE_LEVEL = 3e-4  # microphones never record digital silence
VOICES: dict[Language, tuple[Voice, Voice]] = {
    "en": (Voice("en-us+f3", 160, 50), Voice("en-us+m7", 150, 45)),
    "zh": (Voice("cmn-latn-pinyin+f2", 150, 50), Voice("cmn-latn-pinyin+f3", 150, 45)),
}
_DIGITS: dict[Language, Sequence[str]] = {
    "en": ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    "zh": ("零", "一", "二", "三", "四", "五", "六", "七", "八", "九"),
}
_NAMES: dict[Language, str] = {"en": "english", "zh": "mandarin"}


@dataclass(frozen=True)
class Line:
    """A sentence, its voice, and the pause after it."""

    sentence: Sentence
    voice: Voice
    pause_s: float


def scripted_recordings(cache: Path = CACHE) -> list[Recording]:
    """Return all scripted recordings, and synthesise them on the first call.

    Raises:
        CorpusError: eSpeak NG is not installed.
    """
    folder = cache / f"v{VERSION}"
    if not (folder / "samples.json").exists():
        try:
            _synthesise(folder)
        except SpeechError as error:
            raise CorpusError(str(error)) from error
    return read_folder(folder)


def _synthesise(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    languages: tuple[Language, ...] = ("en", "zh")
    makers = {
        f"{name}-{_NAMES[language]}": partial(script, language)
        for name, script in (("dialogue", dialogue), ("numbers", numbers), ("monologue", monologue))
        for language in languages
    }
    index = []
    for name, script in track(list(makers.items()), "Synthesising recordings"):
        index.append(_write(folder / f"{name}.flac", script(random.Random(f"{SEED} {name}"))))  # noqa: S311 - not a secret
    noise = non_speech(30.0, np.random.default_rng(SEED)) * 0.3
    soundfile.write(folder / "noise.flac", noise, RATE_HZ, subtype="PCM_16")
    index.append({"file": "noise.flac", "sentences": []})
    # The index is written last: its presence marks a complete folder.
    (folder / "samples.json").write_text(json.dumps(index, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def dialogue(language: Language, rng: random.Random, seconds: float = 60.0) -> list[Line]:
    """Return the lines of two speakers in turn, with pauses of 0.7 to 1.2 s."""
    return _random_lines(seconds, language, rng, lambda: rng.uniform(0.7, 1.2))


def monologue(language: Language, rng: random.Random, seconds: float = 90.0) -> list[Line]:
    """Return the lines of one speaker, with pauses of at most 0.3 s."""
    lines = _random_lines(seconds, language, rng, lambda: rng.uniform(0.12, 0.3))
    return [Line(line.sentence, VOICES[language][0], line.pause_s) for line in lines]


def numbers(language: Language, rng: random.Random) -> list[Line]:
    """Return eight numbers of four to seven digits, spoken digit by digit."""
    lines = []
    for turn in range(8):
        digits = [rng.randrange(10) for _ in range(rng.randint(4, 7))]
        space = " " if language == "en" else ""
        units = tuple(TextUnit(f"{space}{digit}", f"{space}{_DIGITS[language][digit]}") for digit in digits)
        lines.append(Line(Sentence(language, units), VOICES[language][turn % 2], rng.uniform(0.7, 1.2)))
    return lines


def _random_lines(seconds: float, language: Language, rng: random.Random, pause: Callable[[], float]) -> list[Line]:
    """Return random sentences in alternating voices that last at least the given time."""
    lines: list[Line] = []
    total_s = LEAD_S
    while total_s < seconds:
        line = Line(random_sentence(language, rng), VOICES[language][len(lines) % 2], pause())
        total_s += synthesiser().synthesise(line.sentence, line.voice).seconds + line.pause_s
        lines.append(line)
    return lines


def _write(path: Path, lines: Iterable[Line]) -> dict[str, object]:
    """Synthesise lines to a file, and return its entry in the index."""
    parts: list[NDArray[np.float32]] = [np.zeros(int(LEAD_S * RATE_HZ), np.float32)]
    sentences = []
    position = parts[0].size
    for line in lines:
        samples = synthesiser().synthesise(line.sentence, line.voice).samples
        pause = np.zeros(int(line.pause_s * RATE_HZ), np.float32)
        times = {"start_ms": position * 1000 // RATE_HZ, "end_ms": (position + samples.size) * 1000 // RATE_HZ}
        sentences.append({"language": line.sentence.language, "text": line.sentence.text} | times)
        parts += [samples / np.abs(samples).max() * np.float32(0.5), pause]
        position += samples.size + pause.size
    audio = np.concatenate([*parts, np.zeros(RATE_HZ, np.float32)])
    audio += np.random.default_rng(SEED).standard_normal(audio.size, np.float32) * np.float32(NOISE_LEVEL)
    soundfile.write(path, audio, RATE_HZ, subtype="PCM_16")
    return {"file": path.name, "sentences": sentences}
