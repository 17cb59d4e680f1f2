"""Spoken numbers from real people: the Free Spoken Digit Dataset (CC BY-SA 4.0), joined with pauses."""

import re
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

from theresa_training.errors import TrainingError
from theresa_training.pool import Clip

RATE_HZ = 16_000
HELD_OUT_SPEAKER = "lucas"
HELD_OUT_TAKES = range(5)
_NAME = re.compile(r"(\d)_([a-z]+)_(\d+)\.wav")
# What is heard, in the phoneme symbols that eSpeak's en-us uses for the same words.
PRONUNCIATIONS = (
    ("z", "i", "r", "oU"),
    ("w", "V", "n"),
    ("t", "u:"),
    ("T", "r", "i:"),
    ("f", "o@"),
    ("f", "aI", "v"),
    ("s", "I", "k", "s"),
    ("s", "E", "v", "@", "n"),
    ("eI", "t"),
    ("n", "aI", "n"),
)


class DigitsError(TrainingError):
    """The folder holds no recordings."""


@dataclass(frozen=True, slots=True)
class DigitRecording:
    """One digit by one person: 16 kHz float32."""

    digit: int
    speaker: str
    take: int
    samples: NDArray[np.float32]


def load(folder: Path) -> list[DigitRecording]:
    """All recordings ``{digit}_{speaker}_{take}.wav`` of a folder, resampled to 16 kHz.

    Raises DigitsError where there are none.
    """
    recordings = []
    for path in sorted(folder.glob("*.wav")) if folder.is_dir() else ():
        if match := _NAME.fullmatch(path.name):
            with wave.open(str(path), "rb") as reader:
                raw = np.frombuffer(reader.readframes(reader.getnframes()), "<i2").astype(np.float32) / 32768
                samples = soxr.resample(raw, reader.getframerate(), RATE_HZ, quality="HQ")
            recordings.append(DigitRecording(int(match[1]), match[2], int(match[3]), samples.astype(np.float32)))
    if not recordings:
        raise DigitsError(f"There are no recordings of spoken digits in {folder}.")
    return recordings


def for_training(recordings: Sequence[DigitRecording]) -> list[DigitRecording]:
    """Without the held-out speaker and the held-out takes of the others."""
    return [r for r in recordings if r.speaker != HELD_OUT_SPEAKER and r.take not in HELD_OUT_TAKES]


def for_known_speakers(recordings: Sequence[DigitRecording]) -> list[DigitRecording]:
    """The held-out takes of the speakers that the model has heard."""
    return [r for r in recordings if r.speaker != HELD_OUT_SPEAKER and r.take in HELD_OUT_TAKES]


def for_unknown_speaker(recordings: Sequence[DigitRecording]) -> list[DigitRecording]:
    """Everything of the speaker that the model has never heard."""
    return [r for r in recordings if r.speaker == HELD_OUT_SPEAKER]


def join(
    recordings: Sequence[DigitRecording],
    rng: np.random.Generator,
    vary: float = 0.0,
    pause: tuple[float, float] = (0.05, 0.6),
) -> Clip:
    """Say recordings one after the other, with pauses in seconds, as " 3 7 1 9.".

    ``vary`` is the largest relative change of speed and pitch (resampling), drawn once for the whole number and slightly
    again for each digit: a vocal tract of another length.
    """
    pieces: list[NDArray[np.float32]] = []
    starts: list[float] = []
    ends: list[float] = []
    phonemes: list[tuple[str, float]] = []
    position = 0
    factor = float(np.exp(rng.uniform(-vary, vary)))
    for number, recording in enumerate(recordings):
        samples = recording.samples / max(0.05, float(np.abs(recording.samples).max())) * 0.6
        if vary:
            samples = soxr.resample(samples, RATE_HZ, RATE_HZ * factor * float(rng.uniform(0.96, 1.04)), quality="LQ")
            samples = samples * float(rng.uniform(0.7, 1.3))
        start, step = position / RATE_HZ, len(samples) / RATE_HZ / len(PRONUNCIATIONS[recording.digit])
        starts.append(start)
        phonemes += [(symbol, start + k * step) for k, symbol in enumerate(PRONUNCIATIONS[recording.digit])]
        pieces.append(samples)
        position += len(samples)
        ends.append(position / RATE_HZ)
        if number + 1 < len(recordings):
            gap = np.zeros(int(rng.uniform(*pause) * RATE_HZ), np.float32)
            pieces.append(gap)
            position += len(gap)
    units = (*(f" {recording.digit}" for recording in recordings), ".")
    audio = np.concatenate(pieces).astype(np.float32)
    full_stop = position / RATE_HZ
    return Clip("en", units, (*starts, full_stop), (*ends, full_stop), tuple(phonemes), audio, recordings[0].speaker)


def by_speaker(recordings: Sequence[DigitRecording]) -> dict[str, list[DigitRecording]]:
    """The recordings of each speaker."""
    speakers: dict[str, list[DigitRecording]] = {}
    for recording in recordings:
        speakers.setdefault(recording.speaker, []).append(recording)
    return speakers


def random_number(speakers: dict[str, list[DigitRecording]], rng: np.random.Generator, vary: float = 0.0) -> Clip:
    """A number of one to eight digits by one random speaker."""
    own = speakers[sorted(speakers)[int(rng.integers(len(speakers)))]]
    # Short numbers are as good a lesson as long ones and cost less.
    count = int(rng.integers(1, 9)) if rng.random() < 0.4 else int(rng.integers(1, 5))
    chosen = [own[int(rng.integers(len(own)))] for _ in range(count)]
    return join(chosen, rng, vary)
