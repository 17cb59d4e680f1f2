import numpy as np
import pytest
from faster_whisper.audio import pad_or_trim
from faster_whisper.feature_extractor import FeatureExtractor
from hypothesis import given
from hypothesis import strategies as st

from theresa_server.engine.features import (
    BUCKET_FRAMES,
    MAX_FRAMES,
    EncoderContext,
    LogMel,
    speech_frames,
    window_frames,
)
from theresa_server.engine.ports import MAX_JOB_SAMPLES

samples = st.integers(1, MAX_JOB_SAMPLES)
contexts = st.builds(EncoderContext, floor_ms=st.integers(0, 30_000), margin_ms=st.integers(0, 30_000))


@given(samples, contexts)
def test_a_window_holds_the_floor_and_the_speech_with_its_margin(count: int, context: EncoderContext) -> None:
    wanted_ms = max(context.floor_ms, count / 16 + context.margin_ms)
    assert window_frames(count, context) * 10 >= min(30_000, wanted_ms)


@given(samples, contexts)
def test_a_window_is_a_whole_number_of_buckets(count: int, context: EncoderContext) -> None:
    window = window_frames(count, context)
    assert window % BUCKET_FRAMES == 0
    assert speech_frames(count) <= window <= MAX_FRAMES


@given(samples, contexts)
def test_no_window_is_taken_for_raw_features(count: int, context: EncoderContext) -> None:
    assert window_frames(count, context) not in (159, 160)


@given(samples, samples, contexts)
def test_more_audio_never_gets_a_shorter_window(one: int, other: int, context: EncoderContext) -> None:
    low, high = sorted((one, other))
    assert window_frames(low, context) <= window_frames(high, context)


@given(samples)
def test_without_a_declaration_a_window_is_30_s(count: int) -> None:
    assert window_frames(count, None) == 3000


@pytest.mark.parametrize("wrong", [{"floor_ms": -1, "margin_ms": 0}, {"floor_ms": 0, "margin_ms": 30_001}])
def test_a_context_beyond_the_window_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="must lie within"):
        EncoderContext(**wrong)


@pytest.mark.parametrize("bands", [80, 128])
def test_features_are_those_of_faster_whisper(bands: int) -> None:
    pcm = np.random.default_rng(1).integers(-9000, 9000, 16_000 * 3, dtype=np.int16)
    theirs = pad_or_trim(FeatureExtractor(feature_size=bands)(pcm.astype(np.float32) / 32768)[:, :-1])
    np.testing.assert_array_equal(LogMel(bands)(pcm, 3000), theirs)


def test_a_short_window_is_the_beginning_of_the_long_one() -> None:
    pcm = np.random.default_rng(2).integers(-9000, 9000, 16_000, dtype=np.int16)
    extract = LogMel(80)
    np.testing.assert_array_equal(extract(pcm, 200), extract(pcm, 3000)[:, :200])


@pytest.mark.parametrize("count", [1, 159, 160, 161, 400])
def test_the_shortest_audio_has_features(count: int) -> None:
    features = LogMel(80)(np.full(count, 1000, np.int16), 100)
    assert features.shape == (80, 100)
    assert np.isfinite(features).all()
