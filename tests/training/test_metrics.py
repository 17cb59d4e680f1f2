import pytest
from hypothesis import given
from hypothesis import strategies as st

from theresa_training.metrics import digit_error_rate, edit_distance, error_rate, normalise

LETTERS = st.lists(st.sampled_from("abc"), max_size=8)


def test_english_is_compared_by_words_without_case_and_punctuation() -> None:
    assert normalise("Hello, World. It's 35%.", "en") == ["hello", "world", "it's", "35%"]


def test_mandarin_is_compared_by_characters() -> None:
    assert normalise("你好，世界 25。", "zh") == list("你好世界25")


@pytest.mark.parametrize(
    ("said", "rate"), [("one two", 0.0), ("one", 50.0), ("one three", 50.0), ("one two three", 50.0)]
)
def test_word_error_rate(said: str, rate: float) -> None:
    assert error_rate([("one two", said)], "en") == rate


@pytest.mark.parametrize(("said", "rate"), [("3 7.", 0.0), ("37", 0.0), ("3.", 50.0), ("3 7 well", 50.0)])
def test_digit_error_rate(said: str, rate: float) -> None:
    assert digit_error_rate([("3 7.", said)]) == rate


@given(a=LETTERS, b=LETTERS)
def test_edit_distance_is_a_distance(a: list[str], b: list[str]) -> None:
    assert edit_distance(a, b) == edit_distance(b, a)
    assert (edit_distance(a, b) == 0) == (a == b)
    assert abs(len(a) - len(b)) <= edit_distance(a, b) <= max(len(a), len(b))
