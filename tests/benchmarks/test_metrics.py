"""The figures of the benchmarks, on transcripts made by hand."""

import pytest

from benchmarks.metrics import (
    Errors,
    LastWord,
    View,
    ages,
    broken_promises,
    errors,
    flicker,
    last_words,
    quantile,
    retracted,
    stable_lags,
    units,
)


def test_words_are_counted_in_english_and_characters_in_mandarin() -> None:
    assert units("The meeting, on Monday!", "en") == ["the", "meeting", "on", "monday"]
    assert units("会议，星期三。", "zh") == ["会", "议", "星", "期", "三"]


def test_each_digit_counts_however_digits_are_spaced() -> None:
    assert units("9 15 0", "en") == units("9150", "en") == ["9", "1", "5", "0"]


def test_errors_are_edits_against_what_was_said() -> None:
    assert errors("call Maria on Monday", "call Mary Monday", "en") == Errors(2, 4)
    assert errors("我住在北京。", "我住在南京", "zh") == Errors(1, 5)


def test_errors_add_up_over_recordings() -> None:
    assert (Errors(1, 10) + Errors(2, 20)).percent == pytest.approx(10)


def test_what_is_heard_where_nothing_was_said_counts() -> None:
    assert errors("", "thank you", "en").percent == 200


def test_a_text_that_grows_takes_nothing_back() -> None:
    assert retracted(["我", "我住", "我住在北京"]) == 0


def test_what_is_rewritten_was_taken_back() -> None:
    assert retracted(["我住在南", "我住在北京"]) == 1
    assert retracted(["good mourning", "good morning"]) == len("urning")


def test_flicker_is_for_each_final_character() -> None:
    assert flicker([["我住在南", "我住在北京"], ["你好", "你好"], []]) == pytest.approx(1 / 7)


def test_a_stable_prefix_that_changes_is_a_broken_promise() -> None:
    assert broken_promises([("I live", 1), ("I live in", 6), ("I love in", 6)]) == 1
    assert broken_promises([("我住在", 1), ("我住在北京", 3)]) == 0


def test_a_stable_prefix_that_shrinks_is_a_broken_promise() -> None:
    assert broken_promises([("I live", 6), ("I live in", 1)]) == 1


def test_a_character_lags_from_when_it_is_shown_for_good_until_it_is_stable() -> None:
    partials = [(1.0, "我住", 0), (1.5, "我住", 1), (2.0, "我住在", 2)]

    assert stable_lags(partials, (3.0, "我住在")) == [0.5, 1.0, 1.0]


def test_a_character_that_was_rewritten_counts_from_its_last_showing() -> None:
    assert stable_lags([(1.0, "南", 0), (1.5, "北", 0), (2.0, "北", 1)], (3.0, "北")) == [0.5]


def test_before_the_first_partial_a_text_is_as_old_as_the_speech() -> None:
    assert ages([(2.0, 1.8)], 1.0, 2.2, step_s=0.5) == pytest.approx([0.5, 0.2])


def test_quantiles_of_nothing_are_nothing() -> None:
    assert quantile([], 0.5) is None


def test_a_last_word_is_there_when_any_text_has_it_in_its_place() -> None:
    views = [
        View(1.0, "", "请等"),
        View(1.5, "", "请等一下"),
        View(2.0, "请等一下。"),
        View(3.0, "请等一下。", "谢谢"),
        View(3.5, "请等一下。 谢谢。"),
    ]

    found = last_words(views, [("请等一下。", 1.25), ("谢谢。", 2.75)], "zh")

    assert found == [LastWord(0.25, 0.75), LastWord(0.25, 0.75)]


def test_a_last_word_that_was_misheard_is_lost() -> None:
    found = last_words([View(1.0, "call me on Sunday")], [("call me on Monday", 0.5)], "en")

    assert found == [LastWord(None, None)]


def test_nothing_heard_is_everything_lost() -> None:
    assert last_words([], [("你好", 1.0)], "zh") == [LastWord(None, None)]
