import pytest
from hypothesis import given
from hypothesis import strategies as st

from theresa_server.engine.whisper.features import (
    BUCKET_FRAMES,
    MAX_FRAMES,
    STOCK_CONTEXT,
    ContextMode,
    EncoderContext,
    EncoderWindows,
    choose_windows,
    feature_frames,
    window_frames,
)
from theresa_server.speech.recognition import MAX_JOB_SAMPLES

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
    assert feature_frames(count) <= window <= MAX_FRAMES


@given(samples, contexts)
def test_no_window_can_be_mistaken_for_raw_features(count: int, context: EncoderContext) -> None:
    assert window_frames(count, context) not in (159, 160)


@given(samples, samples, contexts)
def test_more_audio_never_gets_a_shorter_window(one: int, other: int, context: EncoderContext) -> None:
    low, high = sorted((one, other))
    assert window_frames(low, context) <= window_frames(high, context)


@given(samples)
def test_without_a_declaration_a_window_is_30_s(count: int) -> None:
    assert window_frames(count, None) == 3000


@pytest.mark.parametrize("wrong", [{"floor_ms": -1, "margin_ms": 0}, {"floor_ms": 0, "margin_ms": 30_001}])
def test_a_context_beyond_the_window_is_rejected(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="must be 0 to 30000"):
        EncoderContext(**wrong)


DECLARED = EncoderContext(floor_ms=1000, margin_ms=500)
GIVEN = EncoderContext(floor_ms=3000, margin_ms=700)


@pytest.mark.parametrize(
    ("mode", "declared", "expected"),
    [
        pytest.param("auto", DECLARED, EncoderWindows(partial=DECLARED, final=DECLARED), id="trained for it"),
        pytest.param("auto", None, EncoderWindows(partial=STOCK_CONTEXT, final=None), id="stock weights"),
        pytest.param("full", DECLARED, EncoderWindows(partial=None, final=None), id="never short"),
        pytest.param("short", None, EncoderWindows(partial=STOCK_CONTEXT, final=STOCK_CONTEXT), id="always short"),
    ],
)
def test_the_mode_selects_the_jobs_with_short_windows(
    mode: ContextMode, declared: EncoderContext | None, expected: EncoderWindows
) -> None:
    assert choose_windows(mode, declared) == expected


@pytest.mark.parametrize("declared", [DECLARED, None])
def test_given_lengths_override_declared_ones(declared: EncoderContext | None) -> None:
    assert choose_windows("auto", declared, 3000, 700).partial == GIVEN


def test_stock_weights_use_10_s_windows_for_partials_and_30_s_for_finals() -> None:
    windows = choose_windows("auto", None)
    assert [windows.frames(2 * 16_000, final=final) for final in (False, True)] == [1000, 3000]
