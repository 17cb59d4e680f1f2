"""Spoken numbers by real speakers: the Free Spoken Digit Dataset (CC BY-SA 4.0), joined with pauses."""

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
"""Phonemes of the digits 0 to 9, in the symbols of eSpeak NG's en-us voice."""


class DigitsError(TrainingError):
    """The folder has no recordings of spoken digits."""


@dataclass(frozen=True, slots=True)
class DigitRecording:
    """One digit by one speaker: 16 kHz float32."""

    digit: int
    speaker: str
    take: int
    samples: NDArray[np.float32]


def load(folder: Path) -> list[DigitRecording]:
    """Read all recordings ``{digit}_{speaker}_{take}.wav`` of a folder, resampled to 16 kHz.

    Raises:
        DigitsError: when the folder has none.
    """
    recordings = []
    for path in sorted(folder.glob("*.wav")) if folder.is_dir() else ():
        if match := _NAME.fullmatch(path.name):
            with wave.open(str(path), "rb") as reader:
                raw = np.frombuffer(reader.readframes(reader.getnframes()), "<i2").astype(np.float32) / 32768
                samples = soxr.resample(raw, reader.getframerate(), RATE_HZ, quality="HQ")
            recordings.append(DigitRecording(int(match[1]), match[2], int(match[3]), samples.astype(np.float32)))
    if not recordings:
        raise DigitsError(f"{folder} has no recordings of spoken digits (files such as 7_jackson_0.wav).")
    return recordings


def for_training(recordings: Sequence[DigitRecording]) -> list[DigitRecording]:
    """Return the recordings for training: without the held-out speaker and the held-out takes of the others."""
    return [r for r in recordings if r.speaker != HELD_OUT_SPEAKER and r.take not in HELD_OUT_TAKES]


def for_known_speakers(recordings: Sequence[DigitRecording]) -> list[DigitRecording]:
    """Return the held-out takes of the training speakers."""
    return [r for r in recordings if r.speaker != HELD_OUT_SPEAKER and r.take in HELD_OUT_TAKES]


def for_unknown_speaker(recordings: Sequence[DigitRecording]) -> list[DigitRecording]:
    """Return all recordings of the held-out speaker."""
    return [r for r in recordings if r.speaker == HELD_OUT_SPEAKER]


def join(
    recordings: Sequence[DigitRecording],
    rng: np.random.Generator,
    vary: float = 0.0,
    pause: tuple[float, float] = (0.05, 0.6),
) -> Clip:
    """Join recordings, with pauses (a range in seconds) between them, into a clip such as " 3 7 1 9.".

    ``vary`` is the largest relative change of speed and pitch by resampling, which imitates a vocal tract of another
    length. It is drawn once per number, and varied slightly per digit.
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
    """Group recordings by speaker."""
    speakers: dict[str, list[DigitRecording]] = {}
    for recording in recordings:
        speakers.setdefault(recording.speaker, []).append(recording)
    return speakers


def random_number(speakers: dict[str, list[DigitRecording]], rng: np.random.Generator, vary: float = 0.0) -> Clip:
    """Return a number of one to eight digits by one random speaker."""
    own = speakers[sorted(speakers)[int(rng.integers(len(speakers)))]]
    # Short numbers teach as much as long ones and cost less.
    count = int(rng.integers(1, 9)) if rng.random() < 0.4 else int(rng.integers(1, 5))
    chosen = [own[int(rng.integers(len(own)))] for _ in range(count)]
    return join(chosen, rng, vary)
