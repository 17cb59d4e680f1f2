"""Augmentation that keeps the words: vocal tract, room, microphone, telephone, noise, level."""

import dataclasses
from typing import Any

import numpy as np
import soxr
from numpy.typing import NDArray

from theresa_training import noise
from theresa_training.pool import Clip

RATE_HZ = 16_000
Audio = NDArray[np.float32]


def resize(clip: Clip, factor: float) -> Clip:
    """Resample a clip to ``factor`` times its length: slower, lower, and as if by a longer vocal tract."""
    samples = soxr.resample(clip.samples, RATE_HZ, RATE_HZ * factor, quality="LQ")
    return dataclasses.replace(
        clip,
        samples=samples,
        starts=tuple(start * factor for start in clip.starts),
        ends=tuple(end * factor for end in clip.ends),
        phonemes=tuple((symbol, at * factor) for symbol, at in clip.phonemes),
    )


def _room(size: int, rng: np.random.Generator) -> NDArray[np.complex64]:
    """Return the transfer function of a room: direct sound and an exponentially decaying diffuse tail of 50-350 ms."""
    length = int(rng.uniform(0.05, 0.35) * RATE_HZ)
    decay = np.exp(-np.arange(length) / (length / rng.uniform(4, 7)))
    tail = (rng.standard_normal(length) * decay).astype(np.float32)
    tail *= rng.uniform(0.05, 0.5) / np.sqrt((tail**2).sum())
    tail[0] = 1.0
    return np.fft.rfft(tail, size).astype(np.complex64)


def _equaliser(frequencies: NDArray[Any], rng: np.random.Generator) -> NDArray[np.float64]:
    """Return the gain of a random microphone: a smooth curve within about ±8 dB."""
    knots = np.array([0, 200, 500, 1000, 2000, 4000, 8000], float)
    return np.asarray(10 ** (np.interp(frequencies, knots, rng.normal(0, 4, len(knots)).clip(-8, 8)) / 20))


def _mu_law(audio: Audio) -> Audio:
    """Quantise to 8-bit µ-law (ITU-T G.711, the continuous formula)."""
    magnitude = np.log1p(255 * np.minimum(np.abs(audio), 1)) / np.log(256)
    levels = np.round(magnitude * 127) / 127
    return np.asarray(np.sign(audio) * (256**levels - 1) / 255, np.float32)


def channel(audio: Audio, rng: np.random.Generator) -> Audio:
    """Apply room, microphone and telephone, each with some probability. Keeps the length."""
    room, colour = rng.random() < 0.3, rng.random() < 0.4
    telephone = rng.random() < 0.25
    if room or colour or telephone:
        size = noise.fast_length(len(audio) + RATE_HZ // 3)
        frequencies = np.fft.rfftfreq(size, 1 / RATE_HZ)
        gain: NDArray[np.complex64] = np.ones(len(frequencies), np.complex64)
        if room:
            gain = gain * _room(size, rng)
        if colour:
            gain = gain * _equaliser(frequencies, rng).astype(np.float32)
        if telephone:
            low, high = rng.uniform(20, 320), rng.uniform(3300, 3950)
            gain = gain * ((frequencies > low) & (frequencies < high)).astype(np.float32)
        audio = np.fft.irfft(np.fft.rfft(audio, size) * gain, size)[: len(audio)].astype(np.float32)
        if telephone and rng.random() < 0.5:
            audio = _mu_law(audio / (np.abs(audio).max() + 1e-6) * float(rng.uniform(0.3, 1.0)))
    return audio


def background(audio: Audio, rng: np.random.Generator) -> Audio:
    """Add noise 8-40 dB below the speech (rarely music or hum, at least 12 dB below)."""
    kind = rng.random()
    if kind > 0.65:
        return audio
    power = float(np.sqrt(np.mean(audio**2) + 1e-12))
    if kind < 0.55:
        white = kind < 0.3
        added = rng.standard_normal(len(audio), np.float32) if white else noise.coloured(len(audio), rng)
        ratio = rng.uniform(8, 40)
    else:
        added = noise.music(len(audio), rng) if kind < 0.6 else noise.hum(len(audio), rng)
        added = added / (np.sqrt(np.mean(added**2)) + 1e-9)
        ratio = rng.uniform(12, 35)
    return np.asarray(audio + added * np.float32(power * 10 ** (-ratio / 20)), np.float32)


def augment(audio: Audio, rng: np.random.Generator) -> Audio:
    """Apply channel, background and a random level. Keeps the length; the result is finite and within [-1, 1]."""
    audio = background(channel(audio, rng), rng)
    level = 10 ** rng.uniform(-1.6, 0.1)
    return np.asarray(np.clip(audio / (np.abs(audio).max() + 1e-6) * level, -1, 1), np.float32)


def mask_features(features: Audio, rng: np.random.Generator) -> None:
    """Apply mild SpecAugment (Park et al. 2019) in place: up to 8 mel channels and 120 ms are set to the mean."""
    if rng.random() < 0.3:
        low = int(rng.integers(0, 72))
        features[low : low + int(rng.integers(1, 9))] = features.mean()
    if rng.random() < 0.3:
        start = int(rng.integers(0, features.shape[1]))
        features[:, start : start + int(rng.integers(1, 13))] = features.mean()
