"""Error rates, on handwritten examples."""

import pytest

from benchmarks.scoring import Errors, aligned_units, errors, units


def mandarin(text: str) -> str:
    return "".join(units(text, "zh"))


def test_words_are_counted_in_english_and_characters_in_mandarin() -> None:
    assert units("The meeting, on Monday!", "en") == ("the", "meeting", "on", "monday")
    assert units("会议，星期三。", "zh-CN") == ("会", "议", "星", "期", "3")


def test_english_fillers_contractions_and_case_do_not_count() -> None:
    assert errors("Um, IT IS a boy's game", "it's a boy's game", "en") == Errors(0, 6)


def test_english_numbers_are_written_in_digits() -> None:
    assert units("sixty four billion", "en") == units("64 billion", "en")


def test_traditional_and_full_width_characters_are_equal_to_simplified_ones() -> None:
    assert mandarin("這個ＡＢ，為什麼？") == "这个ab为什么"


@pytest.mark.parametrize(
    ("spoken", "written"),
    [
        ("七十三岁", "73岁"),
        ("二零一五年", "2015年"),
        ("二〇一五年", "2015年"),
        ("十一", "11"),
        ("一百零五", "105"),
        ("两千零一十五", "2,015"),
        ("五百三", "530"),
        ("一百万", "100万"),
        ("一亿二千万", "1.2亿"),
        ("三万亿", "3万亿"),
        ("六点五亿", "6.5亿"),
        ("百分之三十", "30%"),
        ("百分之零点三", "0.3％"),
        ("三点五十分", "3点50分"),
        ("第二十一个", "第21个"),
    ],
)
def test_a_mandarin_number_is_the_same_in_characters_and_digits(spoken: str, written: str) -> None:
    assert mandarin(spoken) == mandarin(written)
    assert errors(spoken, written, "zh").edits == 0


@pytest.mark.parametrize("text", ["千方百计", "成千上万", "万一", "万里长城", "二十一二", "半"])
def test_numerals_that_are_no_number_stay(text: str) -> None:
    assert mandarin(text) == text


def test_each_digit_of_a_mandarin_number_counts() -> None:
    assert errors("二零一五", "2016", "zh") == Errors(1, 4)


def test_in_growing_text_each_digit_is_a_unit_however_digits_are_joined() -> None:
    assert aligned_units("9 1 5", "en") == aligned_units("nine one five", "en") == ("9", "1", "5")


def test_errors_are_edits_against_the_reference() -> None:
    assert errors("call Maria on Monday", "call Mary Monday", "en") == Errors(2, 4)
    assert errors("我住在北京。", "我住在南京", "zh") == Errors(1, 5)


def test_errors_add_up_over_recordings() -> None:
    assert (Errors(1, 10) + Errors(2, 20)).percent == pytest.approx(10)


def test_text_without_speech_counts_as_errors() -> None:
    assert errors("", "thank you", "en").percent == 200
