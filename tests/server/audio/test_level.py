"""Hum is removed, and the level control amplifies quiet audio and follows loud audio at once."""

import numpy as np
import pytest

from theresa_server.audio.level import FLOOR_RMS, TARGET_RMS, LevelControl, without_hum
from theresa_server.audio.pcm import SAMPLE_RATE_HZ, Pcm


def tone(rms: float, hz: float = 500, samples: int = 320) -> Pcm:
    """Return a frame with this RMS."""
    return np.rint(rms * np.sqrt(2) * np.sin(np.arange(samples) * 2 * np.pi * hz / SAMPLE_RATE_HZ)).astype(np.int16)


def rms_of(frame: np.ndarray) -> float:
    return float(np.sqrt(np.square(frame.astype(np.float64)).mean()))


def amplified(level: LevelControl, frame: Pcm, *, held: bool = True) -> Pcm:
    return level.apply(frame.astype(np.float64), rms_of(frame), held=held)


@pytest.mark.parametrize("rms", [150.0, 1_000.0, 3_000.0, 12_000.0])
def test_a_voice_of_any_level_is_brought_to_the_target(rms: float) -> None:
    assert rms_of(amplified(LevelControl(), tone(rms))) == pytest.approx(TARGET_RMS, rel=0.02)


def test_the_gain_is_bounded() -> None:
    level = LevelControl()
    amplified(level, np.zeros(320, np.int16))
    assert level.steady_gain == TARGET_RMS / FLOOR_RMS


def gain_after_a_second(*, held: bool) -> float:
    """Return the gain for quiet audio, a second after loud audio."""
    level = LevelControl()
    amplified(level, tone(3_000))
    for _ in range(50):
        quiet = amplified(level, tone(90), held=held)
    return rms_of(quiet) / rms_of(tone(90))


def test_a_pause_within_speech_hardly_raises_the_gain() -> None:
    assert 1 < gain_after_a_second(held=True) < 1.1


def test_without_a_voice_the_gain_rises_by_almost_30_db_within_a_second() -> None:
    assert 28 < gain_after_a_second(held=False) < 32


def test_the_steady_gain_hardly_rises_either_way() -> None:
    level = LevelControl()
    amplified(level, tone(3_000))
    for _ in range(50):
        amplified(level, tone(90), held=False)
    assert 1 < level.steady_gain < 1.1


def test_loud_audio_is_clipped() -> None:
    level = LevelControl()
    amplified(level, tone(1_000))
    assert amplified(level, np.full(320, -32_768, np.int16), held=False).min() >= -32_768


@pytest.mark.parametrize("samples", [160, 320, 480])
@pytest.mark.parametrize("hz", [0, 50, 60])
def test_an_offset_and_hum_are_removed(hz: int, samples: int) -> None:
    phases = np.arange(samples) * 2 * np.pi * hz / SAMPLE_RATE_HZ
    frames = np.rint([3_000 * np.cos(phases), 2_000 * np.cos(phases + 1)]).astype(np.int16)
    assert rms_of(without_hum(frames)) < 0.05 * rms_of(frames) + 1


@pytest.mark.parametrize("hz", [150, 300, 1_000])
def test_a_voice_remains(hz: int) -> None:
    assert rms_of(without_hum(tone(1_000, hz)[None])) == pytest.approx(1_000, rel=0.15)
