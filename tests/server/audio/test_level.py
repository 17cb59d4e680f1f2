"""The level control amplifies quiet audio and follows loud audio at once."""

import numpy as np
import pytest

from theresa_server.audio.level import FLOOR_RMS, TARGET_RMS, LevelControl
from theresa_server.audio.pcm import Pcm


def tone(rms: float) -> Pcm:
    """Return a frame of 20 ms with this RMS."""
    return np.rint(rms * np.sqrt(2) * np.sin(np.arange(320) * np.pi / 16)).astype(np.int16)


def rms_of(frame: Pcm) -> float:
    return float(np.sqrt(np.square(frame.astype(np.float64)).mean()))


@pytest.mark.parametrize("rms", [150.0, 1_000.0, 3_000.0, 12_000.0])
def test_a_voice_of_any_level_is_brought_to_the_target(rms: float) -> None:
    assert rms_of(LevelControl().apply(tone(rms))) == pytest.approx(TARGET_RMS, rel=0.02)


def test_the_gain_is_bounded() -> None:
    level = LevelControl()
    level.apply(np.zeros(320, np.int16))
    assert level.gain == TARGET_RMS / FLOOR_RMS


def test_a_pause_hardly_raises_the_gain() -> None:
    level = LevelControl()
    level.apply(tone(5_000))
    before = level.gain
    for _ in range(50):
        level.apply(tone(10))
    assert before < level.gain < 1.1 * before


def test_loud_audio_is_clipped() -> None:
    level = LevelControl()
    assert np.abs(level.apply(np.full(320, -32_768, np.int16)).astype(int)).max() <= 32_768
