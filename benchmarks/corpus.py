"""The audio of the benchmarks: synthetic speech in English and Mandarin, the same on every machine with one eSpeak NG.

Sentences of the demo model's domain, which have names, dates and numbers in them, in voices that it has heard:
dialogues of two people with pauses after each sentence, numbers spoken digit by digit, a monologue of 90 s whose pauses
are shorter than what ends a segment, and noise without speech.
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
"""Goes up with every change of what is said, so that an older cache is not taken for it."""

SEED = 20_250
LEAD_S = 0.6
FLOOR = 3e-4  # a faint noise: digital silence is nothing that a microphone gives
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
    """A sentence, who says it, and the pause (s) behind it."""

    sentence: Sentence
    voice: Voice
    pause_s: float


def scripted(cache: Path = CACHE) -> list[Recording]:
    """All scripted recordings, made at the first call.

    Raises:
        CorpusError: eSpeak NG is not installed.
    """
    folder = cache / f"v{VERSION}"
    if not (folder / "samples.json").exists():
        try:
            _make(folder)
        except SpeechError as error:
            raise CorpusError(str(error)) from error
    return read_folder(folder)


def _make(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    languages: tuple[Language, ...] = ("en", "zh")
    makers = {
        f"{name}-{_NAMES[language]}": partial(script, language)
        for name, script in (("dialogue", dialogue), ("numbers", numbers), ("monologue", monologue))
        for language in languages
    }
    index = []
    for name, script in track(list(makers.items()), "Making the recordings"):
        index.append(_record(folder / f"{name}.flac", script(random.Random(f"{SEED} {name}"))))  # noqa: S311 - nothing is kept secret by it
    noise = non_speech(30.0, np.random.default_rng(SEED)) * 0.3
    soundfile.write(folder / "noise.flac", noise, RATE_HZ, subtype="PCM_16")
    index.append({"file": "noise.flac", "sentences": []})
    # Last: its presence says that all is there.
    (folder / "samples.json").write_text(json.dumps(index, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def dialogue(language: Language, rng: random.Random, seconds: float = 60.0) -> list[Line]:
    """Two people in turns, with pauses of 0.7 to 1.2 s."""
    return _until(seconds, language, rng, lambda: rng.uniform(0.7, 1.2))


def monologue(language: Language, rng: random.Random, seconds: float = 90.0) -> list[Line]:
    """One person who never pauses for longer than 0.3 s."""
    lines = _until(seconds, language, rng, lambda: rng.uniform(0.12, 0.3))
    return [Line(line.sentence, VOICES[language][0], line.pause_s) for line in lines]


def numbers(language: Language, rng: random.Random) -> list[Line]:
    """Eight numbers of four to seven digits, each said digit by digit."""
    lines = []
    for turn in range(8):
        digits = [rng.randrange(10) for _ in range(rng.randint(4, 7))]
        blank = " " if language == "en" else ""
        units = tuple(TextUnit(f"{blank}{digit}", f"{blank}{_DIGITS[language][digit]}") for digit in digits)
        lines.append(Line(Sentence(language, units), VOICES[language][turn % 2], rng.uniform(0.7, 1.2)))
    return lines


def _until(seconds: float, language: Language, rng: random.Random, pause: Callable[[], float]) -> list[Line]:
    """Sentences in the turns of two voices, until so many seconds are filled."""
    lines: list[Line] = []
    filled = LEAD_S
    while filled < seconds:
        line = Line(random_sentence(language, rng), VOICES[language][len(lines) % 2], pause())
        filled += synthesiser().synthesise(line.sentence, line.voice).seconds + line.pause_s
        lines.append(line)
    return lines


def _record(path: Path, lines: Iterable[Line]) -> dict[str, object]:
    """Write what the lines sound like; returns their entry in the index."""
    parts: list[NDArray[np.float32]] = [np.zeros(int(LEAD_S * RATE_HZ), np.float32)]
    spoken = []
    at = parts[0].size
    for line in lines:
        samples = synthesiser().synthesise(line.sentence, line.voice).samples
        pause = np.zeros(int(line.pause_s * RATE_HZ), np.float32)
        times = {"start_ms": at * 1000 // RATE_HZ, "end_ms": (at + samples.size) * 1000 // RATE_HZ}
        spoken.append({"language": line.sentence.language, "text": line.sentence.text} | times)
        parts += [samples / np.abs(samples).max() * np.float32(0.5), pause]
        at += samples.size + pause.size
    audio = np.concatenate([*parts, np.zeros(RATE_HZ, np.float32)])
    audio += np.random.default_rng(SEED).standard_normal(audio.size, np.float32) * np.float32(FLOOR)
    soundfile.write(path, audio, RATE_HZ, subtype="PCM_16")
    return {"file": path.name, "sentences": spoken}
