import pytest
from hypothesis import given
from hypothesis import strategies as st

from theresa_server.speech.units import separator, split_units


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("Hello, world.", ["Hello", ",", " world", "."]),
        ("It's 3.5% of 9,000", ["It's", " 3.5", "%", " of", " 9,000"]),
        ("well-known. Then", ["well-known", ".", " Then"]),
        ("我用Python写，10月。", ["我", "用", "Python", "写", "，", "10", "月", "。"]),
        ("今天 很好", ["今", "天", " 很", "好"]),
        ("東京タワー", ["東", "京", "タ", "ワ", "ー"]),
        ("한국어 말", ["한국어", " 말"]),
        ("हिन्दी भाषा", ["हिन्दी", " भाषा"]),
        ("👍🏽 ok 👨‍👩‍👧", ["👍🏽", " ok", " 👨‍👩‍👧"]),
        ("  a ", ["  a", " "]),
        ("", []),
    ],
)
def test_text_is_split_into_words_and_characters(text: str, units: list[str]) -> None:
    assert [unit.text for unit in split_units(text)] == units


def test_units_have_a_kind() -> None:
    assert [unit.kind for unit in split_units("ok 好。 ")] == ["word", "character", "symbol", "space"]


def test_space_and_case_do_not_make_another_unit() -> None:
    assert split_units(" Hello")[0].key == split_units("hello")[0].key


@given(st.text())
def test_units_concatenate_to_the_text(text: str) -> None:
    units = split_units(text)
    assert "".join(unit.text for unit in units) == text
    assert all(unit.text for unit in units)


@pytest.mark.parametrize(
    ("before", "text", "expected"),
    [
        ("Good morning.", "How are you?", " "),
        ("Good morning.", "我叫王小明。", " "),
        ("你好。", "我叫王小明。", ""),
        ("你好。", "Good morning.", ""),
        ("我用Python", "写", ""),
        ("", "Hello", ""),
    ],
)
def test_consecutive_texts_are_joined_like_written_text(before: str, text: str, expected: str) -> None:
    assert separator(before, text) == expected
