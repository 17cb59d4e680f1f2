import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from theresa_training import augment, digits, noise
from theresa_training.features import log_mel
from theresa_training.pool import Clip
from theresa_training.speech import Voice, unit_starts
from theresa_training.voices import EFFECTS, HELD_OUT, choose, training_variants


def clip(seconds: float = 1.0) -> Clip:
    time = np.arange(int(seconds * 16_000)) / 16_000
    samples = (0.3 * np.sin(2 * np.pi * 220 * time)).astype(np.float32)
    return Clip("en", (" One", " two", "."), (0.0, 0.5, 1.0), (0.5, 1.0, 1.0), (("w", 0.0), ("t", 0.5)), samples, "v")


@given(seed=st.integers(0, 2**32), length=st.integers(200, 40_000), level=st.sampled_from([0.0, 1e-4, 0.3, 1.0]))
def test_augmented_audio_is_as_long_finite_and_within_range(seed: int, length: int, level: float) -> None:
    rng = np.random.default_rng(seed)
    samples = (rng.standard_normal(length) * level).clip(-1, 1).astype(np.float32)
    changed = augment.augment(samples, rng)
    assert changed.shape == samples.shape
    assert changed.dtype == np.float32
    assert np.isfinite(changed).all()
    assert np.abs(changed).max() <= 1.0


@given(seed=st.integers(0, 2**32), seconds=st.floats(0.05, 4))
def test_non_speech_is_finite_and_within_range(seed: int, seconds: float) -> None:
    audio = noise.non_speech(seconds, np.random.default_rng(seed))
    assert len(audio) == max(400, int(seconds * 16_000))
    assert np.isfinite(audio).all()
    assert np.abs(audio).max() <= 1.0


@pytest.mark.parametrize("factor", [0.87, 1.15])
def test_resizing_moves_the_times_with_the_audio(factor: float) -> None:
    resized = augment.resize(clip(), factor)
    assert resized.seconds == pytest.approx(factor, abs=0.01)
    assert resized.starts == pytest.approx((0.0, 0.5 * factor, factor))
    assert resized.ends == pytest.approx((0.5 * factor, factor, factor))


@pytest.mark.parametrize("seconds", [0.4, 1.0, 7.3, 30.0])
def test_features_equal_those_of_faster_whisper(seconds: float) -> None:
    from faster_whisper.feature_extractor import FeatureExtractor

    samples = noise.coloured(int(seconds * 16_000), np.random.default_rng(3)) * np.float32(0.1)
    np.testing.assert_allclose(log_mel(samples), FeatureExtractor()(samples), atol=2e-5)


def test_joined_digits_carry_their_times(shared: object) -> None:
    recordings = digits.load(shared / "data" / "fsdd")  # type: ignore[operator]
    chosen = [r for r in recordings if r.speaker == "george" and r.take == 7]
    joined = digits.join(chosen[:3], np.random.default_rng(0))
    assert joined.text == "0 1 2."
    assert list(joined.starts) == sorted(joined.starts)
    for start, end, recording in zip(joined.starts, joined.ends, chosen[:3], strict=False):
        assert end - start == pytest.approx(len(recording.samples) / 16_000, abs=0.01)
    assert joined.ends[0] < joined.starts[1]


def test_the_split_of_recordings_keeps_speakers_and_takes_apart(shared: object) -> None:
    recordings = digits.load(shared / "data" / "fsdd")  # type: ignore[operator]
    seen = {(r.speaker, r.take) for r in digits.for_training(recordings)}
    known = {(r.speaker, r.take) for r in digits.for_known_speakers(recordings)}
    unknown = {(r.speaker, r.take) for r in digits.for_unknown_speaker(recordings)}
    assert len(digits.for_training(recordings)) == 1800
    assert not seen & known
    assert {speaker for speaker, _ in unknown} == {"lucas"}
    assert "lucas" not in {speaker for speaker, _ in seen | known}


def test_a_folder_without_recordings_is_a_clear_error(tmp_path: object) -> None:
    with pytest.raises(digits.DigitsError, match="no recordings"):
        digits.load(tmp_path)  # type: ignore[arg-type]


def test_held_out_voices_are_never_trained_on() -> None:
    variants = training_variants([*HELD_OUT, *EFFECTS, "robosoft3", "f1", "m3"])
    assert variants == ("f1", "m3")
    assert choose("zh", variants, random.Random(0)).name.startswith("cmn-latn-pinyin+")


@pytest.mark.parametrize(("language", "voice"), [("en", "en-us+f3"), ("zh", "cmn-latn-pinyin+m3")])
def test_speech_has_a_rising_start_for_every_unit(speaker: object, language: str, voice: str) -> None:
    from theresa_training.pool import random_sentence

    sentence = random_sentence(language, random.Random(5))  # type: ignore[arg-type]
    speech = speaker.synthesise(sentence, Voice(voice, 160, 50))  # type: ignore[attr-defined]
    assert len(speech.starts) == len(sentence.units)
    assert list(speech.starts) == sorted(speech.starts)
    assert speech.starts[-1] <= speech.seconds
    assert len(speech.phonemes) > len(sentence.units) / 2


def test_units_without_an_event_begin_with_the_next() -> None:
    from theresa_training.grammar import Sentence, TextUnit

    sentence = Sentence("en", (TextUnit(" a", " a"), TextUnit(",", ","), TextUnit(" b", " b"), TextUnit(".", ".")))
    assert unit_starts(sentence, [(0, 0.1), (3, 0.7)], 1.2) == (0.1, 0.7, 0.7, 1.2)
