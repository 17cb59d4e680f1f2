"""Ten minutes of made sounds without a voice: noises, hum, tones, clicks, chords, buzz, breaths and silence."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 16_000
Signal = NDArray[np.float64]

_DTMF_HZ = ((697, 1209), (697, 1336), (770, 1477), (852, 1209), (941, 1336), (941, 1477))
_COLOURS = {"white": 0.0, "pink": 0.5, "brown": 1.0}


def made_sounds() -> NDArray[np.int16]:
    """Return all sounds, one after the other; the same at every call."""
    signal = np.concatenate(list(_sounds(np.random.default_rng(5))))
    return np.asarray(np.clip(np.rint(signal * 32_767), -32_768, 32_767), np.int16)


def _sounds(random: np.random.Generator) -> Iterator[Signal]:
    yield from _noises(random)
    for base_hz in (50, 60, 120):
        yield _gain(-25) * sum((_tone(base_hz * k, 10) / k for k in range(1, 9)), np.zeros(10 * RATE_HZ))
    yield from _signal_tones()
    yield from _clicks(random)
    for vibrato in (0.0, 1.5):
        yield from _music(random, vibrato)
    time = _time(20)
    yield 0.3 * np.sin(2 * np.pi * np.cumsum(300 + 200 * np.sin(2 * np.pi * 0.3 * time)) / RATE_HZ)  # a siren
    for pitch_hz in (90, 140, 220):
        yield _buzz(pitch_hz)
    yield np.zeros(50 * RATE_HZ)
    yield _noise(random, "pink", 20) * _gain(-50)
    yield _noise(random, "brown", 30) * np.clip(np.sin(2 * np.pi * 0.25 * _time(30)), 0, 1) ** 2 * 0.3  # wind
    yield _band(_noise(random, "white", 30), 1_500, 900) * np.clip(np.sin(2 * np.pi * 0.3 * _time(30)), 0, 1) * 0.1


def _noises(random: np.random.Generator) -> Iterator[Signal]:
    for colour in _COLOURS:
        for level_db in (-60, -40, -25, -15):
            yield _noise(random, colour, 10) * _gain(level_db)
    yield _noise(random, "pink", 20) * _gain(-30) * (1 + 0.9 * np.sin(2 * np.pi * 0.7 * _time(20)))
    steps = np.repeat(10 ** (random.uniform(-60, -15, 40) / 20), RATE_HZ // 2)
    yield _noise(random, "white", 20) * steps


def _signal_tones() -> Iterator[Signal]:
    for on_s, off_s in ((0.1, 0.1), (0.25, 0.15), (0.5, 0.5)):
        for index in range(int(15 / (on_s + off_s))):
            low_hz, high_hz = _DTMF_HZ[index % len(_DTMF_HZ)]
            yield 0.15 * (_tone(low_hz, on_s) + _tone(high_hz, on_s))
            yield np.zeros(int(off_s * RATE_HZ))
    for beep_hz in (440, 800, 1_000, 2_000):
        for _ in range(10):
            yield 0.3 * _tone(beep_hz, 0.4)
            yield np.zeros(int(0.6 * RATE_HZ))


def _clicks(random: np.random.Generator) -> Iterator[Signal]:
    clicks = np.zeros(20 * RATE_HZ)
    clicks[random.integers(0, clicks.size, 120)] = 0.9
    yield clicks
    keys = np.zeros(20 * RATE_HZ)
    for at in (np.arange(0, 19.5, 0.18) * RATE_HZ).astype(int):
        keys[at : at + 400] += random.standard_normal(400) * np.exp(-np.arange(400) / 80) * 0.5
    yield keys


def _music(random: np.random.Generator, vibrato: float) -> Iterator[Signal]:
    for _ in range(24):
        root_hz = 220 * 2 ** (random.integers(-5, 8) / 12)
        yield 0.08 * np.sum([_note(root_hz * ratio, 1.2, vibrato) for ratio in (1, 1.26, 1.5)], axis=0)
    for _ in range(48):
        yield 0.2 * _note(330 * 2 ** (random.integers(-7, 8) / 12), 0.5, vibrato)


def _note(pitch_hz: float, seconds: float, vibrato: float) -> Signal:
    time = _time(seconds)
    phase = 2 * np.pi * pitch_hz * time + vibrato * np.sin(2 * np.pi * 5.5 * time)
    envelope = np.minimum(1, time / 0.03) * np.exp(-time / (seconds * 0.7))
    return np.asarray(envelope * np.sum([np.sin(k * phase) / k for k in range(1, 9)], axis=0))


def _buzz(pitch_hz: float) -> Signal:
    """Return pulses through the resonances of a mouth: the closest to a voice of all these sounds."""
    time = _time(10)
    cycles = np.cumsum((pitch_hz + 0.1 * pitch_hz * np.sin(2 * np.pi * 0.5 * time)) / RATE_HZ)
    pulses = (cycles % 1 < pitch_hz / RATE_HZ).astype(np.float64)
    spectrum = np.fft.rfft(pulses)
    at_hz = np.fft.rfftfreq(pulses.size, 1 / RATE_HZ)
    gains = sum(
        (1 / (1 + ((at_hz - centre) / width) ** 2) for centre, width in ((600, 80), (1_100, 90), (2_500, 120))),
        np.zeros(at_hz.size),
    )
    signal = np.fft.irfft(spectrum * gains)
    return np.asarray(signal / np.abs(signal).max() * 0.4)


def _noise(random: np.random.Generator, colour: str, seconds: float) -> Signal:
    samples = int(seconds * RATE_HZ)
    spectrum = np.fft.rfft(random.standard_normal(samples))
    spectrum[1:] /= np.arange(1, spectrum.size) ** _COLOURS[colour]
    signal = np.fft.irfft(spectrum, samples)
    return np.asarray(signal / signal.std())


def _band(signal: Signal, centre_hz: float, width_hz: float) -> Signal:
    spectrum = np.fft.rfft(signal) * np.exp(
        -(((np.fft.rfftfreq(signal.size, 1 / RATE_HZ) - centre_hz) / width_hz) ** 2)
    )
    filtered = np.fft.irfft(spectrum, signal.size)
    return np.asarray(filtered / filtered.std())


def _tone(frequency_hz: float, seconds: float) -> Signal:
    return np.asarray(np.sin(2 * np.pi * frequency_hz * _time(seconds)))


def _time(seconds: float) -> Signal:
    return np.arange(int(seconds * RATE_HZ)) / RATE_HZ


def _gain(level_db: float) -> float:
    return float(10 ** (level_db / 20))
