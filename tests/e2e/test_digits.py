"""Numbers spoken by real people, in recordings that no training has heard, through the real client and server."""

import random
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest

from theresa_client import connect
from theresa_protocol.audio import AudioFormat
from theresa_protocol.messages import Final, Start
from theresa_training.digits import RATE_HZ, DigitRecording, for_known_speakers, for_unknown_speaker, load
from theresa_training.metrics import digit_error_rate

DIGITS = 200
PER_NUMBER = 8


@pytest.fixture(scope="module")
def recordings(shared: Path) -> list[DigitRecording]:
    folder = shared / "data" / "fsdd"
    if not folder.is_dir():
        pytest.skip("needs the recordings in ../shared/data/fsdd")
    return load(folder)


def spoken(recordings: Iterable[DigitRecording], rng: random.Random) -> bytes:
    """One number: digits with pauses between them, and a longer one behind, as the 8 kHz they were recorded at."""
    parts = [np.zeros(RATE_HZ // 2, np.float32)]
    for recording in recordings:
        parts += [recording.samples, np.zeros(int(rng.uniform(0.15, 0.7) * RATE_HZ), np.float32)]
    audio = np.concatenate([*parts, np.zeros(RATE_HZ, np.float32)])
    noise = np.random.default_rng(0).standard_normal(audio.size).astype(np.float32) * 3e-4
    return np.clip((audio + noise) * 32768, -32768, 32767).astype("<i2")[::2].tobytes()


async def error(url: str, recordings: list[DigitRecording]) -> float:
    """Digit error rate, in percent, over numbers of one speaker each."""
    rng = random.Random(7)
    speakers = sorted({recording.speaker for recording in recordings})
    pairs = []
    for speaker in speakers:
        own = [recording for recording in recordings if recording.speaker == speaker]
        chosen = rng.sample(own, min(len(own), DIGITS // len(speakers)))
        for at in range(0, len(chosen), PER_NUMBER):
            number = chosen[at : at + PER_NUMBER]
            async with connect(url, Start(audio=AudioFormat(rate=8_000), language="en")) as stream:
                await stream.send(spoken(number, rng))
                await stream.finish()
                said = [message.text async for message in stream if isinstance(message, Final)]
            pairs.append((" ".join(str(recording.digit) for recording in number), " ".join(said)))
    return digit_error_rate(pairs)


async def test_speakers_that_were_heard_in_training(url: str, recordings: list[DigitRecording]) -> None:
    assert await error(url, for_known_speakers(recordings)) <= 5


async def test_a_speaker_that_was_never_heard(url: str, recordings: list[DigitRecording]) -> None:
    assert await error(url, for_unknown_speaker(recordings)) <= 15
