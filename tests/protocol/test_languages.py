"""Languages as clients name them."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from theresa_protocol.languages import LanguageTag, english_name, parse_language


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("zh", "zh"),
        ("EN", "en"),
        (" en ", "en"),
        ("en_US", "en-US"),
        ("en-us", "en-US"),
        ("en_US.UTF-8", "en-US"),
        ("de_DE@euro", "de-DE"),
        ("es-419", "es-419"),
        ("de-DE-1996", "de-DE"),
        ("en-US-u-ca-gregory", "en-US"),
        ("zh-CN", "zh-Hans-CN"),
        ("zh-TW", "zh-Hant-TW"),
        ("zh_HK", "zh-Hant-HK"),
        ("zh-Hant", "zh-Hant"),
        ("zh-hans-cn", "zh-Hans-CN"),
        ("zh-Hant-CN", "zh-Hant-CN"),
        ("zh_TW_#Hant", "zh-Hant-TW"),
        ("zh-CHS", "zh-Hans"),
        ("zh-CHT", "zh-Hant"),
        ("cmn", "zh"),
        ("cmn-Hans-CN", "zh-Hans-CN"),
        ("zh-cmn-Hans-CN", "zh-Hans-CN"),
        ("zh-yue", "yue"),
        ("yue-HK", "yue-Hant-HK"),
        ("sr-Latn", "sr-Latn"),
        ("eng", "en"),
        ("ger", "de"),
        ("deu", "de"),
        ("iw", "he"),
        ("nb-NO", "no-NO"),
        ("jv", "jw"),
        ("fil-PH", "tl-PH"),
        ("English", "en"),
        ("chinese", "zh"),
        ("Mandarin", "zh"),
        ("Cantonese", "yue"),
        ("haitian creole", "ht"),
        ("Haitian  Creole", "ht"),
        ("castilian", "es"),
        ("English (US)", "en"),
        ("Simplified Chinese", "zh-Hans"),
        ("Chinese (Traditional)", "zh-Hant"),
        ("Chinese Traditional", "zh-Hant"),
        ("中文", "zh"),
        ("普通话", "zh"),
        ("繁體中文", "zh-Hant"),
        ("粵語", "yue"),
        ('"zh"', "zh"),
        ("<|zh|>", "zh"),
        ("xx", "xx"),
    ],
)
def test_a_language_has_one_form(text: str, tag: str) -> None:
    assert str(parse_language(text)) == tag


@pytest.mark.parametrize("text", ["auto", "AUTO", "detect", "und", "mul", "auto-detect", "multi"])
def test_detection_can_be_asked_for(text: str) -> None:
    assert parse_language(text) == LanguageTag()


@pytest.mark.parametrize("text", [None, "", "  ", "null", "None", "undefined", '""'])
def test_nothing_is_no_language(text: str | None) -> None:
    assert parse_language(text) is None


@pytest.mark.parametrize(
    "text", ["klingon", "e", "en--US", "English,Chinese", "zh;q=0.9", "12", "和", "Simplified English"]
)
def test_an_error_repeats_what_was_sent(text: str) -> None:
    with pytest.raises(ValueError, match="is not a language: use a code such as en or zh") as caught:
        parse_language(text)
    assert f"'{text}'" in str(caught.value)


def test_an_error_is_one_short_line() -> None:
    with pytest.raises(ValueError, match="…' is not a language") as caught:
        parse_language("no\nlanguage" * 10_000)
    assert len(str(caught.value)) < 200
    assert "\n" not in str(caught.value)


@given(st.text(max_size=30) | st.from_regex(r"[a-z]{1,4}([-_][A-Za-z0-9]{1,5}){0,4}", fullmatch=True))
def test_the_form_of_a_language_is_a_language_again(text: str) -> None:
    with contextlib.suppress(ValueError):
        tag = parse_language(text)
        assert parse_language(str(tag or "")) == tag


def test_languages_have_english_names() -> None:
    assert [english_name(code) for code in ("zh", "ht", "xx")] == ["chinese", "haitian creole", "xx"]
