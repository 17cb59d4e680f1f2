from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from theresa_server.engine.whisper.decoding import (
    MAX_LENGTH,
    MAX_TEXT_TOKENS,
    Attempt,
    DecodingOptions,
    cap_length,
    choose,
    is_believed,
    is_phantom,
    is_silence,
    mean_log_prob,
    previous_text,
    repeats,
)
from theresa_server.engine.whisper.pieces import Piece
from theresa_server.speech.guards import ALL_GUARDS, Guard

OPTIONS = DecodingOptions()


def attempt(text: str = "hello", **changes: Any) -> Attempt:
    pieces = (Piece(text, 0, 1),) if text else ()
    facts = {"log_prob": -0.3, "no_speech": 0.0, "temperature": 0.0, "cut": False} | changes
    return Attempt(tokens=(1,) if text else (), pieces=pieces, **facts)


def test_a_likely_text_is_believed() -> None:
    assert is_believed(attempt(), OPTIONS)


def test_an_unlikely_text_is_not_believed() -> None:
    assert not is_believed(attempt(log_prob=-1.1), OPTIONS)


def test_a_repeating_text_is_not_believed() -> None:
    assert not is_believed(attempt("na " * 40), OPTIONS)


def test_a_text_without_end_is_not_believed() -> None:
    assert repeats(attempt(cut=True), OPTIONS)
    assert not is_believed(attempt(cut=True), OPTIONS)


def test_an_empty_text_is_silence() -> None:
    assert is_silence(attempt(""), OPTIONS)


def test_an_unlikely_text_without_speech_is_silence() -> None:
    assert is_silence(attempt(log_prob=-1.1, no_speech=0.7), OPTIONS)


def test_a_likely_text_is_kept_though_speech_is_doubted() -> None:
    assert not is_silence(attempt(no_speech=0.9), OPTIONS)


def test_silence_ends_the_fallback() -> None:
    assert is_believed(attempt(log_prob=-1.1, no_speech=0.7), OPTIONS)


def test_the_first_believed_attempt_is_kept() -> None:
    attempts = [attempt(log_prob=-2.0), attempt(log_prob=-0.9), attempt(log_prob=-0.1)]
    assert choose(attempts, OPTIONS) is attempts[1]


def test_without_a_believed_one_the_likeliest_is_kept() -> None:
    attempts = [attempt(log_prob=-2.0), attempt(log_prob=-1.5), attempt(log_prob=-3.0)]
    assert choose(attempts, OPTIONS) is attempts[1]


def test_a_repeating_attempt_loses_to_an_unlikely_one() -> None:
    attempts = [attempt("na " * 40, log_prob=-0.1), attempt(log_prob=-1.5)]
    assert choose(attempts, OPTIONS) is attempts[1]


def test_where_all_repeat_the_likeliest_is_kept() -> None:
    attempts = [attempt("na " * 40, log_prob=-0.5), attempt("na " * 50, log_prob=-0.1)]
    assert choose(attempts, OPTIONS) is attempts[1]


@pytest.mark.parametrize("text", ["thank you " * 5, "我们去" * 4])
def test_a_short_text_in_a_circle_is_not_believed_either(text: str) -> None:
    assert attempt(text).compression_ratio < OPTIONS.compression_ratio_threshold
    assert not is_believed(attempt(text), OPTIONS)


def test_without_the_guard_a_circle_is_believed() -> None:
    unguarded = DecodingOptions(guards=ALL_GUARDS - {Guard.LOOPS})
    assert is_believed(attempt("na " * 40), unguarded)


def test_without_the_guard_an_unlikely_text_without_speech_is_said() -> None:
    unguarded = DecodingOptions(guards=ALL_GUARDS - {Guard.PHANTOMS})
    assert not is_silence(attempt(log_prob=-1.1, no_speech=0.7), unguarded)


def test_an_empty_text_was_not_made_up() -> None:
    assert not is_phantom(attempt("", log_prob=-1.1, no_speech=0.7), OPTIONS)


def test_what_goes_on_from_a_stable_text_was_not_made_up() -> None:
    assert not is_phantom(attempt(log_prob=-1.1, no_speech=0.7, forced=1), OPTIONS)


def test_tokens_that_write_nothing_go_with_the_next_piece() -> None:
    pieces = (Piece("你", 1, 3), Piece("好", 3, 4))
    facts = {"log_prob": 0.0, "no_speech": 0.0, "temperature": 0.0, "cut": False}
    assert Attempt(tokens=(5, 6, 7, 8, 9), pieces=pieces, **facts).tokens_of_pieces == ((5, 6, 7), (8,))


@given(st.integers(1, 10_000_000))
def test_the_longest_text_follows_the_audio(samples: int) -> None:
    assert OPTIONS.tokens_floor < OPTIONS.max_tokens(samples) <= MAX_TEXT_TOKENS
    assert OPTIONS.max_tokens(samples) <= OPTIONS.max_tokens(samples + 16_000)


@given(st.integers(1, 227), st.integers(1, MAX_TEXT_TOKENS))
def test_the_cap_gives_just_so_many_tokens(prompt: int, text: int) -> None:
    cap = cap_length(prompt, text)
    assert min(cap // 2, cap - prompt) == min(text, MAX_LENGTH - prompt)


@given(st.lists(st.integers()), st.lists(st.integers()))
def test_previous_text_fits_and_keeps_the_newest(hotwords: list[int], prompt: list[int]) -> None:
    kept = previous_text(hotwords * 50, prompt * 50)
    assert len(kept) < MAX_TEXT_TOKENS
    assert kept[-min(len(prompt), 100) :] == (prompt * 50)[-min(len(prompt), 100) :] or not prompt


def test_a_long_prompt_without_hotwords_has_all_the_room() -> None:
    assert previous_text([], list(range(500))) == list(range(277, 500))


def test_the_mean_counts_the_end_of_text() -> None:
    assert mean_log_prob(-0.5, 4) == pytest.approx(-0.4)


def test_the_mean_leaves_out_what_was_forced() -> None:
    assert mean_log_prob(-0.5, 4, forced=3) == pytest.approx(-1)


@pytest.mark.parametrize(
    "wrong", [{"beam_size": 0}, {"best_of": 0}, {"temperatures": ()}, {"temperatures": (1.0, 0.0)}]
)
def test_options_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="must be at least"):
        DecodingOptions(**wrong)


@pytest.mark.parametrize(
    ("first", "tried"), [(0.0, (0.0, 0.2, 0.4)), (0.2, (0.2, 0.4)), (0.3, (0.3, 0.4)), (1.0, (1.0,))]
)
def test_a_given_temperature_comes_before_those_above_it(first: float, tried: tuple[float, ...]) -> None:
    assert DecodingOptions(temperatures=(0.0, 0.2, 0.4)).tried(first) == tried
