"""Levels, compared with values that can be calculated by hand."""

import math
from array import array

import pytest

from theresa_client.audio.levels import HOLD_MS, LevelMeter, amplitudes, dbfs


def pcm(*samples: int) -> bytes:
    return array("h", samples).tobytes()


SINE = pcm(*(round(16_384 * math.sin(2 * math.pi * n / 160)) for n in range(1_600)))
"""100 Hz at 16 kHz, half of full scale: a peak of −6 dBFS, an RMS of −9."""


def test_full_scale_is_0_dbfs() -> None:
    assert dbfs(32_768) == 0


def test_zero_is_minus_infinity_dbfs() -> None:
    assert dbfs(0) == -math.inf


def test_the_peak_counts_both_directions() -> None:
    assert amplitudes(pcm(5, -32_768, 7))[0] == 32_768


def test_no_samples_have_no_amplitude() -> None:
    assert amplitudes(b"") == (0, 0.0)


def test_a_sine_of_half_scale_has_a_peak_of_minus_6_and_an_rms_of_minus_9_dbfs() -> None:
    meter = LevelMeter()
    meter.update(SINE, 100)
    assert meter.peak_dbfs == pytest.approx(-6.02, abs=0.01)
    assert meter.level_dbfs == pytest.approx(-9.03, abs=0.01)


def test_a_peak_is_held_for_a_limited_time() -> None:
    meter = LevelMeter()
    meter.update(pcm(16_384), 100)
    meter.update(pcm(100), HOLD_MS)
    assert meter.peak_dbfs == pytest.approx(-6.02, abs=0.01)
    meter.update(pcm(100), 1)
    assert meter.peak_dbfs == pytest.approx(-50.3, abs=0.1)


def test_digital_silence_is_counted_until_there_is_sound() -> None:
    meter = LevelMeter()
    meter.update(pcm(0, 1, -1), 300)
    meter.update(pcm(0, 0), 200)
    assert meter.silent_ms == 500
    meter.update(pcm(0, 2), 100)
    assert meter.silent_ms == 0
