"""Features computed incrementally equal those of the whole audio."""

import numpy as np
import pytest
from faster_whisper.audio import pad_or_trim
from faster_whisper.feature_extractor import FeatureExtractor
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from theresa_server.engine.whisper.features import HOP_SAMPLES
from theresa_server.engine.whisper.spectra import LogMel, settled_frames
from theresa_server.speech.recognition import SpectrogramCache

EXTRACT = {bands: LogMel(bands) for bands in (80, 128)}
THEIRS = {bands: FeatureExtractor(feature_size=bands) for bands in (80, 128)}


def sound(samples: int, seed: int = 1) -> NDArray[np.int16]:
    """Return noise that swells, so that its loudest frame is always a new one."""
    noise = np.random.default_rng(seed).standard_normal(samples)
    return (noise * np.linspace(3, 9000, samples)).astype(np.int16)


def of_faster_whisper(pcm: NDArray[np.int16], bands: int) -> NDArray[np.float32]:
    extracted = THEIRS[bands](pcm.astype(np.float32) / 32768)
    features: NDArray[np.float32] = pad_or_trim(extracted[:, : -(-pcm.size // HOP_SAMPLES)])
    return features


@pytest.mark.parametrize("bands", [80, 128])
def test_features_are_those_of_faster_whisper(bands: int) -> None:
    pcm = sound(16_000 * 3)
    np.testing.assert_allclose(EXTRACT[bands](pcm, 3000), of_faster_whisper(pcm, bands), atol=2e-6)


@pytest.mark.parametrize("bands", [80, 128])
@given(ends=st.lists(st.integers(1, 16_000), min_size=1, max_size=6))
def test_features_are_the_same_however_the_audio_grew(bands: int, ends: list[int]) -> None:
    pcm, spectra = sound(16_000), SpectrogramCache()
    for end in sorted(ends):
        features = EXTRACT[bands](pcm[:end], 3000, spectra)
    np.testing.assert_allclose(features, of_faster_whisper(pcm[: max(ends)], bands), atol=2e-6)


@pytest.mark.parametrize("end", [1, 160, 200, 201, 359, 360, 361, 7_999, 8_000])
def test_features_are_the_same_where_the_audio_was_cut_short_again(end: int) -> None:
    pcm, spectra = sound(16_000), SpectrogramCache()
    EXTRACT[80](pcm, 3000, spectra)
    np.testing.assert_allclose(EXTRACT[80](pcm[:end], 3000, spectra), of_faster_whisper(pcm[:end], 80), atol=2e-6)


@given(samples=st.integers(201, 4_000), more=st.integers(1, 2_000))
def test_what_is_kept_is_what_more_audio_does_not_change(samples: int, more: int) -> None:
    pcm = sound(samples + more)
    first, whole = SpectrogramCache(), SpectrogramCache()
    EXTRACT[80](pcm[:samples], 3000, first)
    EXTRACT[80](pcm, 3000, whole)
    kept = first.frames.shape[1]
    assert kept == settled_frames(samples)
    np.testing.assert_allclose(first.frames, whole.frames[:, :kept], atol=2e-6)


def test_only_what_is_new_is_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    pcm, spectra, transformed = sound(16_000 * 10), SpectrogramCache(), []
    stft = FeatureExtractor.stft
    monkeypatch.setattr(
        FeatureExtractor,
        "stft",
        lambda audio, *rest, **named: transformed.append(audio.size) or stft(audio, *rest, **named),
    )
    EXTRACT[80](pcm[: 16_000 * 9], 3000, spectra)
    EXTRACT[80](pcm, 3000, spectra)
    assert transformed[1] < 16_000 * 1.1


def test_spectra_for_another_number_of_bands_are_not_used() -> None:
    pcm, spectra = sound(16_000), SpectrogramCache()
    EXTRACT[128](pcm, 3000, spectra)
    np.testing.assert_array_equal(EXTRACT[80](pcm, 3000, spectra), EXTRACT[80](pcm, 3000))


def test_a_short_window_is_the_beginning_of_the_long_one() -> None:
    pcm = sound(16_000)
    np.testing.assert_array_equal(EXTRACT[80](pcm, 200), EXTRACT[80](pcm, 3000)[:, :200])


@pytest.mark.parametrize("count", [1, 159, 160, 161, 400])
def test_the_shortest_audio_has_features(count: int) -> None:
    features = EXTRACT[80](np.full(count, 1000, np.int16), 100)
    assert features.shape == (80, 100)
    assert np.isfinite(features).all()
