from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from theresa_server.audio.evidence import VoiceEvidence
from theresa_server.engine.whisper.decoding import (
    MAX_LENGTH,
    MAX_TEXT_TOKENS,
    DecodingOptions,
    DecodingResult,
    is_accepted,
    is_repetitive,
    is_silence,
    is_swayed,
    max_length,
    mean_log_prob,
    previous_text_tokens,
    rejection,
    select_result,
)
from theresa_server.engine.whisper.pieces import Piece
from theresa_server.speech.guards import ALL_GUARDS, Guard, GuardAction

OPTIONS = DecodingOptions()
CERTAIN = VoiceEvidence(voice_ms=800, share=0.8, certainty=0.95)
UNCERTAIN = VoiceEvidence(voice_ms=800, share=0.3, certainty=0.6)


def result(text: str = "hello", **changes: Any) -> DecodingResult:
    pieces = (Piece(text, 0, 1),) if text else ()
    facts = {"log_prob": -0.3, "no_speech": 0.25, "temperature": 0.0, "truncated": False} | changes
    return DecodingResult(tokens=(1,) if text else (), pieces=pieces, **facts)


def test_a_likely_text_is_accepted() -> None:
    assert is_accepted(result(), OPTIONS)


def test_an_unlikely_text_is_not_accepted() -> None:
    assert not is_accepted(result(log_prob=-1.1), OPTIONS)


def test_a_repeating_text_is_not_accepted() -> None:
    assert not is_accepted(result("na " * 40), OPTIONS)


def test_a_truncated_text_is_not_accepted() -> None:
    assert is_repetitive(result(truncated=True), OPTIONS)
    assert not is_accepted(result(truncated=True), OPTIONS)


def test_an_empty_text_is_silence() -> None:
    assert is_silence(result(""), OPTIONS)


def test_an_unlikely_text_without_speech_is_silence() -> None:
    assert is_silence(result(log_prob=-1.1, no_speech=0.7), OPTIONS)


def test_a_likely_text_is_kept_despite_a_high_no_speech_probability() -> None:
    assert not is_silence(result(no_speech=0.9), OPTIONS)


def test_silence_ends_the_fallback() -> None:
    assert is_accepted(result(log_prob=-1.1, no_speech=0.7), OPTIONS)


def test_the_first_accepted_result_is_selected() -> None:
    results = [result(log_prob=-2.0), result(log_prob=-0.9), result(log_prob=-0.1)]
    assert select_result(results, OPTIONS) is results[1]


def test_without_an_accepted_result_the_most_likely_is_selected() -> None:
    results = [result(log_prob=-2.0), result(log_prob=-1.5), result(log_prob=-3.0)]
    assert select_result(results, OPTIONS) is results[1]


def test_an_unlikely_result_is_preferred_to_a_repetitive_one() -> None:
    results = [result("na " * 40, log_prob=-0.1), result(log_prob=-1.5)]
    assert select_result(results, OPTIONS) is results[1]


def test_if_all_results_are_repetitive_the_most_likely_is_selected() -> None:
    results = [result("na " * 40, log_prob=-0.5), result("na " * 50, log_prob=-0.1)]
    assert select_result(results, OPTIONS) is results[1]


@pytest.mark.parametrize("text", ["thank you " * 5, "我们去" * 4])
def test_a_short_looping_text_is_not_accepted(text: str) -> None:
    assert result(text).compression_ratio < OPTIONS.compression_ratio_threshold
    assert not is_accepted(result(text), OPTIONS)


def test_without_the_guard_a_loop_is_accepted() -> None:
    unguarded = DecodingOptions(guards=ALL_GUARDS - {Guard.LOOPS})
    assert is_accepted(result("na " * 40), unguarded)


def test_without_the_guard_an_unlikely_text_without_speech_is_kept() -> None:
    unguarded = DecodingOptions(guards=ALL_GUARDS - {Guard.PHANTOMS})
    assert not is_silence(result(log_prob=-1.1, no_speech=0.7), unguarded)


def test_an_empty_text_is_not_rejected() -> None:
    assert rejection(result("", log_prob=-1.1, no_speech=0.7), OPTIONS) is None


def test_a_text_with_a_forced_prefix_is_not_rejected() -> None:
    assert rejection(result(log_prob=-1.1, no_speech=0.7, voice=UNCERTAIN, forced=1), OPTIONS) is None


@pytest.mark.parametrize(
    "doubtful",
    [
        pytest.param(result(log_prob=-1.1, voice=UNCERTAIN), id="an unlikely text"),
        pytest.param(result(no_speech=0.7, voice=UNCERTAIN), id="no speech for the model"),
        pytest.param(result("na " * 40, voice=UNCERTAIN), id="a loop"),
        pytest.param(result("word " * 9, voice=UNCERTAIN), id="too many words for the voice"),
    ],
)
def test_an_uncertain_voice_and_another_doubt_reject_a_text(doubtful: DecodingResult) -> None:
    assert rejection(doubtful, OPTIONS) is GuardAction.PHANTOM


@pytest.mark.parametrize(
    "spoken",
    [
        pytest.param(result(voice=UNCERTAIN), id="only the voice is uncertain"),
        pytest.param(result(log_prob=-1.4, voice=CERTAIN), id="only the text is unlikely"),
        pytest.param(result(no_speech=0.9, voice=CERTAIN), id="only the model detects no speech"),
        pytest.param(result("na " * 40, log_prob=-1.4, voice=CERTAIN), id="a loop of a certain voice"),
        pytest.param(result("Thank you.", voice=CERTAIN), id="a courtesy of a certain voice"),
        pytest.param(result("Thank you.", log_prob=-1.4, voice=CERTAIN), id="an unlikely courtesy of a certain voice"),
        pytest.param(result(log_prob=-1.4, voice=VoiceEvidence(voice_ms=800, share=0.3)), id="no second detector"),
    ],
)
def test_one_doubt_alone_rejects_no_text(spoken: DecodingResult) -> None:
    assert rejection(spoken, OPTIONS) is None


@pytest.mark.parametrize("text", ["Thanks for watching!", "字幕由志愿者提供", "Thank you.", "謝謝觀看"])
def test_one_doubt_about_the_audio_rejects_boilerplate(text: str) -> None:
    assert rejection(result(text, voice=UNCERTAIN), OPTIONS) is GuardAction.BOILERPLATE


def test_a_model_that_is_sure_of_speech_outweighs_an_uncertain_voice() -> None:
    assert rejection(result(log_prob=-1.4, no_speech=0.1, voice=UNCERTAIN), OPTIONS) is None


def test_a_rejection_with_a_prompt_is_checked_without_it() -> None:
    assert is_swayed(result(no_speech=0.9, log_prob=-1.4, voice=CERTAIN), ["Dear Sir or Madam,"], OPTIONS)


def test_symbols_without_words_are_rejected_whatever_the_voice() -> None:
    assert rejection(result(". . .", voice=CERTAIN), OPTIONS) is GuardAction.SYMBOLS


@pytest.mark.parametrize(
    ("guard", "text"),
    [(Guard.SYMBOLS, ". . ."), (Guard.BOILERPLATE, "Thanks for watching!"), (Guard.PHANTOMS, "Hello")],
)
def test_a_disabled_guard_rejects_nothing(guard: Guard, text: str) -> None:
    log_prob = -1.4 if guard is Guard.PHANTOMS else -0.3
    doubtful = result(text, log_prob=log_prob, voice=UNCERTAIN)
    assert rejection(doubtful, OPTIONS) is not None
    assert rejection(doubtful, DecodingOptions(guards=ALL_GUARDS - {guard})) is None


def test_an_echo_is_suspected_below_the_usual_no_speech_threshold() -> None:
    heard = result("We met Mr. Tanaka.", no_speech=0.4, voice=CERTAIN)
    assert is_swayed(heard, ["We met Mr. Tanaka."], OPTIONS)
    assert not is_swayed(heard, ["Dear Sir or Madam,"], OPTIONS)


def test_a_clear_hotword_is_not_suspected() -> None:
    assert not is_swayed(result("Kubernetes", voice=CERTAIN), ["Kubernetes, Tanaka"], OPTIONS)


def test_any_text_with_a_prompt_is_suspected_where_the_voice_is_uncertain() -> None:
    assert is_swayed(result("hello", voice=UNCERTAIN), ["Dear Sir or Madam,"], OPTIONS)


def test_without_the_guard_no_echo_is_suspected() -> None:
    unguarded = DecodingOptions(guards=ALL_GUARDS - {Guard.ECHOES})
    assert not is_swayed(result("hello", voice=UNCERTAIN), ["hello"], unguarded)


def test_an_empty_sample_does_not_replace_the_words_of_a_certain_voice() -> None:
    results = [result(log_prob=-1.2, voice=CERTAIN), result("", temperature=0.2, log_prob=0.0, voice=CERTAIN)]
    assert not is_accepted(results[1], OPTIONS)
    assert select_result(results, OPTIONS) is results[0]


def test_an_empty_sample_is_accepted_where_the_voice_is_uncertain() -> None:
    assert is_accepted(result("", temperature=0.2, log_prob=0.0, voice=UNCERTAIN), OPTIONS)


def test_tokens_without_text_belong_to_the_next_piece() -> None:
    pieces = (Piece("你", 1, 3), Piece("好", 3, 4))
    facts = {"log_prob": 0.0, "no_speech": 0.0, "temperature": 0.0, "truncated": False}
    assert DecodingResult(tokens=(5, 6, 7, 8, 9), pieces=pieces, **facts).tokens_by_piece == ((5, 6, 7), (8,))


@given(st.integers(1, 10_000_000))
def test_the_length_limit_grows_with_the_audio(samples: int) -> None:
    assert OPTIONS.tokens_floor < OPTIONS.max_tokens(samples) <= MAX_TEXT_TOKENS
    assert OPTIONS.max_tokens(samples) <= OPTIONS.max_tokens(samples + 16_000)


@given(st.integers(1, 227), st.integers(1, MAX_TEXT_TOKENS))
def test_max_length_allows_exactly_the_text_tokens(prompt: int, text: int) -> None:
    limit = max_length(prompt, text)
    assert min(limit // 2, limit - prompt) == min(text, MAX_LENGTH - prompt)


@given(st.lists(st.integers()), st.lists(st.integers()))
def test_previous_text_fits_and_keeps_the_newest(hotwords: list[int], prompt: list[int]) -> None:
    kept = previous_text_tokens(hotwords * 50, prompt * 50)
    assert len(kept) < MAX_TEXT_TOKENS
    assert kept[-min(len(prompt), 100) :] == (prompt * 50)[-min(len(prompt), 100) :] or not prompt


def test_a_long_prompt_without_hotwords_is_cut_to_the_limit() -> None:
    assert previous_text_tokens([], list(range(500))) == list(range(277, 500))


def test_the_mean_counts_the_end_of_text() -> None:
    assert mean_log_prob(-0.5, 4) == pytest.approx(-0.4)


def test_the_mean_ignores_forced_tokens() -> None:
    assert mean_log_prob(-0.5, 4, forced=3) == pytest.approx(-1)


@pytest.mark.parametrize(
    "wrong", [{"beam_size": 0}, {"best_of": 0}, {"temperatures": ()}, {"temperatures": (1.0, 0.0)}]
)
def test_invalid_options_are_rejected(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="must be at least"):
        DecodingOptions(**wrong)


@pytest.mark.parametrize(
    ("first", "temperatures"), [(0.0, (0.0, 0.2, 0.4)), (0.2, (0.2, 0.4)), (0.3, (0.3, 0.4)), (1.0, (1.0,))]
)
def test_a_given_temperature_is_tried_before_higher_ones(first: float, temperatures: tuple[float, ...]) -> None:
    assert DecodingOptions(temperatures=(0.0, 0.2, 0.4)).temperatures_from(first) == temperatures
