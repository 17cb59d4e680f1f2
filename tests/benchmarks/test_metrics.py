"""The measures of transcripts, on handwritten examples."""

import pytest

from benchmarks.metrics import (
    LastWord,
    Snapshot,
    changed_characters,
    flicker,
    last_words,
    prefix_violations,
    quantile,
    stable_lags,
    text_ages,
)


def test_growing_text_does_not_flicker() -> None:
    assert changed_characters(["我", "我住", "我住在北京"]) == 0


def test_rewritten_characters_are_counted() -> None:
    assert changed_characters(["我住在南", "我住在北京"]) == 1
    assert changed_characters(["good mourning", "good morning"]) == len("urning")


def test_flicker_is_relative_to_the_length_of_the_finals() -> None:
    assert flicker([["我住在南", "我住在北京"], ["你好", "你好"], []]) == pytest.approx(1 / 7)


def test_a_changed_stable_prefix_is_a_violation() -> None:
    assert prefix_violations([("I live", 1), ("I live in", 6), ("I love in", 6)]) == 1
    assert prefix_violations([("我住在", 1), ("我住在北京", 3)]) == 0


def test_a_shorter_stable_prefix_is_a_violation() -> None:
    assert prefix_violations([("I live", 6), ("I live in", 1)]) == 1


def test_the_lag_ends_when_a_character_is_stable() -> None:
    partials = [(1.0, "我住", 0), (1.5, "我住", 1), (2.0, "我住在", 2)]

    assert stable_lags(partials, (3.0, "我住在")) == [0.5, 1.0, 1.0]


def test_the_lag_of_a_rewritten_character_starts_at_its_last_appearance() -> None:
    assert stable_lags([(1.0, "南", 0), (1.5, "北", 0), (2.0, "北", 1)], (3.0, "北")) == [0.5]


def test_before_the_first_partial_the_age_is_the_time_since_onset() -> None:
    assert text_ages([(2.0, 1.8)], 1.0, 2.2, step_s=0.5) == pytest.approx([0.5, 0.2])


def test_there_is_no_quantile_without_values() -> None:
    assert quantile([], 0.5) is None


def test_a_last_word_counts_once_it_is_displayed_at_its_position() -> None:
    snapshots = [
        Snapshot(1.0, "", "请等"),
        Snapshot(1.5, "", "请等一下"),
        Snapshot(2.0, "请等一下。"),
        Snapshot(3.0, "请等一下。", "谢谢"),
        Snapshot(3.5, "请等一下。 谢谢。"),
    ]

    delays = last_words(snapshots, [("请等一下。", 1.25), ("谢谢。", 2.75)], "zh")

    assert delays == [LastWord(0.25, 0.75), LastWord(0.25, 0.75)]


def test_a_misrecognised_last_word_is_lost() -> None:
    delays = last_words([Snapshot(1.0, "call me on Sunday")], [("call me on Monday", 0.5)], "en")

    assert delays == [LastWord(None, None)]


def test_without_text_every_last_word_is_lost() -> None:
    assert last_words([], [("你好", 1.0)], "zh") == [LastWord(None, None)]


def test_a_word_that_moves_a_little_counts_from_its_first_appearance() -> None:
    snapshots = [Snapshot(1.0, "", "ice cream on Monday"), Snapshot(2.0, "I scream for it on Monday")]

    assert last_words(snapshots, [("I scream for it on Monday", 0.5)], "en") == [LastWord(0.5, 1.5)]


def test_the_same_word_elsewhere_does_not_count() -> None:
    snapshots = [Snapshot(1.0, "", "on the day"), Snapshot(2.0, "on the day that was on time")]

    assert last_words(snapshots, [("on the day that was on", 1.5)], "en") == [LastWord(0.5, 0.5)]
