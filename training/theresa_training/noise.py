"""Audio without speech: silence, noise, hum, and simple music."""

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 16_000
Audio = NDArray[np.float32]
_SCALES = ((0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10), (0, 2, 4, 7, 9))


def fast_length(length: int) -> int:
    """Return the next length with a fast Fourier transform: a multiple of a large power of two."""
    step = 1 << max(0, length.bit_length() - 4)
    return -(-length // step) * step


def coloured(length: int, rng: np.random.Generator) -> Audio:
    """Return noise of unit power with a random spectral slope (white to brown), sometimes band-limited."""
    size = fast_length(length)
    spectrum = np.fft.rfft(rng.standard_normal(size, np.float32))
    frequencies = np.fft.rfftfreq(size, 1 / RATE_HZ)
    gain = np.maximum(frequencies, 40.0) ** -rng.uniform(0.0, 1.2)
    if rng.random() < 0.4:
        low = rng.uniform(50, 2000)
        gain *= (frequencies > low) & (frequencies < low + rng.uniform(300, 5000))
    noise = np.fft.irfft(spectrum * gain.astype(np.float32), size)[:length]
    return np.asarray(noise / (np.sqrt(np.mean(noise**2)) + 1e-9), np.float32)


def hum(length: int, rng: np.random.Generator) -> Audio:
    """Return mains hum, steady tones and beeps."""
    time = np.arange(length) / RATE_HZ
    base = rng.choice([50.0, 60.0, rng.uniform(80, 2500)])
    tone = sum(np.sin(2 * np.pi * base * k * time + rng.uniform(0, 6)) / k for k in range(1, int(rng.integers(2, 7))))
    if rng.random() < 0.4:
        tone = tone * (np.sin(2 * np.pi * rng.uniform(0.3, 4) * time) > rng.uniform(-0.5, 0.7))
    return np.asarray(tone, np.float32)


def clicks(length: int, rng: np.random.Generator) -> Audio:
    """Return keyboard-like clicks, knocks and bumps: short decaying bursts."""
    audio = np.zeros(length, np.float32)
    for _ in range(int(rng.integers(1, 3 + length // 4000))):
        size = int(rng.uniform(0.003, 0.12) * RATE_HZ)
        start = int(rng.integers(0, max(1, length - size)))
        burst = coloured(size, rng) * np.exp(-np.arange(size) / (size / rng.uniform(3, 8)))
        audio[start : start + size] += (burst * rng.uniform(0.2, 1))[: length - start].astype(np.float32)
    return audio


def music(length: int, rng: np.random.Generator) -> Audio:
    """Return a random melody over chords: harmonic notes with decaying envelopes, often with a beat."""
    audio = np.zeros(length, np.float32)
    scale = _SCALES[int(rng.integers(len(_SCALES)))]
    root = 110 * 2 ** rng.uniform(0, 1)
    beat = rng.uniform(0.12, 0.6)
    overtones = rng.uniform(0.2, 1.0, 6) ** np.arange(6)
    step = 0
    while (start := int(step * beat * RATE_HZ)) < length:
        notes = [rng.choice(scale) + 12 * int(rng.integers(0, 3))] if step % 4 else [scale[0], scale[2], scale[-2]]
        size = min(length - start, int(beat * rng.uniform(0.8, 4) * RATE_HZ))
        time = np.arange(size) / RATE_HZ
        envelope = np.exp(-time / rng.uniform(0.1, 1.0)) * np.minimum(1, time / rng.uniform(0.003, 0.05))
        for note in notes:
            frequency = root * 2 ** (note / 12)
            for k, level in enumerate(overtones, 1):
                if frequency * k < 7500:
                    phase = 2 * np.pi * frequency * k * time + rng.uniform(0, 6)
                    audio[start : start + size] += (level * envelope * np.sin(phase)).astype(np.float32)
        step += 1
    if rng.random() < 0.5:
        for start in range(0, length, max(1, int(beat * 2 * RATE_HZ))):
            size = min(length - start, 1600)
            audio[start : start + size] += (rng.standard_normal(size) * np.exp(-np.arange(size) / 250)).astype(
                np.float32
            )
    return audio


def non_speech(seconds: float, rng: np.random.Generator) -> Audio:
    """Return audio at a random level: digital silence, noise, hum, clicks, music or a mixture."""
    length = max(400, int(seconds * RATE_HZ))
    kind = rng.random()
    if kind < 0.12:
        return np.zeros(length, np.float32)
    makers = (coloured, hum, clicks, music)
    audio = makers[int(rng.choice(4, p=[0.4, 0.15, 0.15, 0.3]))](length, rng)
    if kind > 0.7:
        audio = audio / (np.abs(audio).max() + 1e-9) + coloured(length, rng) * rng.uniform(0.01, 0.3)
    level = 10 ** rng.uniform(-4.0, -0.1)
    return np.asarray(audio / (np.abs(audio).max() + 1e-9) * level, np.float32)
