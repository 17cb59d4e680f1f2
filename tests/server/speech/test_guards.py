"""Decoder faults, and text that people really say."""

import json
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from theresa_server.speech.guards import GuardAction, GuardCounters, is_looping, repeated_length


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("thank you thank you thank you thank you thank you", id="two words"),
        pytest.param("Thank you. thank you, Thank you! thank you. Thank you.", id="with any case and punctuation"),
        pytest.param("Yes " + "no " * 10, id="one word"),
        pytest.param("我们去我们去我们去我们去", id="three characters"),
        pytest.param("好的，" + "谢谢" * 5, id="one character"),
        pytest.param("我用Python写我用Python写我用Python写我用Python写", id="both scripts"),
        pytest.param("he said that " * 4 + "and went home", id="before an ending"),
    ],
)
def test_looping_text_is_detected(text: str) -> None:
    assert is_looping(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "bye bye bye bye",
        "No, no, no, no, no.",
        "谢谢谢谢，谢谢您。",
        "哈哈哈哈哈哈",
        "I know, I know, I know.",
        "我知道我知道我知道。",
        "My number is 5 5 5 5 0 1 2 3.",
        "的士司机的的确确说的",
    ],
)
def test_natural_repetition_is_no_loop(text: str) -> None:
    assert not is_looping(text)


def test_the_sample_recordings_contain_no_loop() -> None:
    samples = json.loads((files("theresa_server") / "assets" / "samples" / "samples.json").read_text())
    for recording in samples:
        assert not is_looping(" ".join(sentence["text"] for sentence in recording["sentences"]))


@pytest.mark.parametrize(
    ("before", "after", "rest"),
    [
        pytest.param("She sent 700 pounds", "pounds to Alice Wilson.", "to Alice Wilson.", id="a word"),
        pytest.param("We signed the contract.", "We signed the contract with him.", "with him.", id="a sentence"),
        pytest.param("in New York.", "New York, is it?", "is it?", id="with any punctuation"),
        pytest.param("他在东方银行", "银行工作。", "工作。", id="two characters"),
        pytest.param("我们用Python", "python写程序", "写程序", id="Latin in Chinese"),
    ],
)
def test_words_repeated_after_a_split_are_found(before: str, after: str, rest: str) -> None:
    assert after[repeated_length(before, after) :] == rest


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("one two", "three four", id="nothing in common"),
        pytest.param("他天", "天都来", id="one character, as in every day"),
        pytest.param("0 7 7", "7 7 3", id="numbers"),
        pytest.param("电话是二二", "二二三", id="Chinese numerals"),
        pytest.param("Thank you.", "Thank you.", id="all of it"),
        pytest.param("", "Hello", id="nothing before"),
        pytest.param("Hello", "", id="nothing behind"),
    ],
)
def test_plausible_repetition_is_kept(before: str, after: str) -> None:
    assert repeated_length(before, after) == 0


@given(st.text("ab 中文,。5", max_size=20), st.text("ab 中文,。5", max_size=20))
def test_the_text_is_never_removed_completely(before: str, after: str) -> None:
    cut = repeated_length(before, after)
    assert cut == 0 or after[cut:].strip()


def test_actions_are_counted() -> None:
    counters = GuardCounters().incremented([GuardAction.LOOP, GuardAction.WIDENED]).incremented([GuardAction.LOOP])
    assert (counters[GuardAction.LOOP], counters[GuardAction.WIDENED], counters[GuardAction.HELD]) == (2, 1, 0)
