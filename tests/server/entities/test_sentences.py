import pytest
from hypothesis import given
from hypothesis import strategies as st

from theresa_server.entities.sentences import split_sentences


def pieces(text: str, limit: int) -> list[str]:
    return [text[begin:end] for begin, end in split_sentences(text, limit)]


def test_a_text_that_fits_stays_whole() -> None:
    assert pieces("他来了。我走了。", 20) == ["他来了。我走了。"]


def test_a_long_text_is_cut_behind_a_full_stop() -> None:
    assert pieces("他来了。我走了。", 6) == ["他来了。", "我走了。"]


def test_a_decimal_point_ends_no_sentence() -> None:
    assert pieces("It is 3.5 km. Go on now.", 15) == ["It is 3.5 km.", " Go on now."]


@pytest.mark.parametrize("name", ["Mr. Li", "Prof. Wang", "J. Smith"])
def test_the_point_of_an_abbreviated_name_ends_no_sentence(name: str) -> None:
    assert pieces(f"He left. Here is {name} now", 24)[0] == "He left."


def test_a_sentence_that_is_too_long_is_cut_behind_a_comma() -> None:
    assert pieces("一二三，四五六七", 6) == ["一二三，", "四五六七"]


@given(st.text(st.sampled_from("ab .。，!\n我")), st.integers(1, 9))
def test_pieces_join_to_the_text_and_keep_to_the_limit(text: str, limit: int) -> None:
    assert "".join(pieces(text, limit)) == text
    assert all(0 < len(piece) <= limit for piece in pieces(text, limit))
