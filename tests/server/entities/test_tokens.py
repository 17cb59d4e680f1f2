import itertools

from hypothesis import given
from hypothesis import strategies as st

from theresa_server.entities.tokens import tokenize


def texts(text: str) -> list[str]:
    return [text[token.begin : token.end] for token in tokenize(text)]


def test_a_run_of_letters_is_one_token_whatever_its_accents() -> None:
    assert texts("José met Jose\u0301") == ["José", "met", "Jose\u0301"]


def test_each_chinese_character_is_a_token_and_a_run_of_digits_is_one() -> None:
    assert texts("2011年,我爱NLP") == ["2011", "年", ",", "我", "爱", "NLP"]


def test_letters_and_digits_part() -> None:
    assert texts("5pm") == ["5", "pm"]


def test_an_emoji_with_its_skin_is_one_token() -> None:
    assert texts("👍🏽好") == ["👍🏽", "好"]


@given(st.text())
def test_tokens_hold_every_character_but_white_space_in_order(text: str) -> None:
    tokens = tokenize(text)

    assert all(before.end <= after.begin for before, after in itertools.pairwise(tokens))
    assert "".join(texts(text)) == "".join(char for char in text if not char.isspace())
