"""Values in the forms that clients write."""

import base64
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from theresa_protocol.lenient import decode_base64, is_absent, parse_choice, parse_flag, parse_number


@pytest.mark.parametrize("text", ["true", "True", "TRUE", "1", "yes", "on", " true ", '"true"'])
def test_true_has_many_forms(text: str) -> None:
    assert parse_flag(text) is True


@pytest.mark.parametrize("text", ["false", "False", "0", "no", "off", "F"])
def test_false_has_many_forms(text: str) -> None:
    assert parse_flag(text) is False


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1e-1", 0.1),
        ("1E-01", 0.1),
        ("+0.5", 0.5),
        (".5", 0.5),
        ("1.", 1.0),
        ("0", 0.0),
        (" 0.2 ", 0.2),
        ('"0.2"', 0.2),
    ],
)
def test_numbers_have_many_forms(text: str, number: float) -> None:
    assert parse_number(text, 0, 1) == number


@pytest.mark.parametrize("text", ["nan", "inf", "-0.1", "1.1", "1_0", "0x1", "hot", "1e999", "٠", "1" * 400])
def test_what_is_no_number_in_the_range_is_repeated(text: str) -> None:
    with pytest.raises(ValueError, match="must be a number from 0 to 1, not '") as caught:
        parse_number(text, 0, 1)
    assert text[:64] in str(caught.value)


@pytest.mark.parametrize("text", ["verbose_json", "VERBOSE_JSON", "verbose-json", "Verbose Json", '"verbose_json"'])
def test_a_choice_has_many_forms(text: str) -> None:
    assert parse_choice(text, ("json", "verbose_json")) == "verbose_json"


def test_no_choice_is_repeated() -> None:
    with pytest.raises(ValueError, match=r"must be one of json, text, not 'xml'"):
        parse_choice("xml", ("json", "text"))


@pytest.mark.parametrize("text", ["maybe", "", "2", "truefalse"])
def test_what_is_no_flag_is_repeated(text: str) -> None:
    with pytest.raises(ValueError, match=f"must be true or false, not '{text}'"):
        parse_flag(text)


@pytest.mark.parametrize("text", ["", " ", "null", "None", "undefined", '""'])
def test_a_missing_value_has_many_forms(text: str) -> None:
    assert is_absent(text)


@given(st.binary(max_size=80), st.booleans(), st.booleans(), st.sampled_from(["", "\n", "\r\n", " "]))
def test_base64_is_decoded_in_every_form(data: bytes, url_safe: bool, padded: bool, between: str) -> None:
    text = (base64.urlsafe_b64encode if url_safe else base64.b64encode)(data).decode()
    text = text if padded else text.rstrip("=")
    assert decode_base64(between.join(text[at : at + 7] for at in range(0, len(text), 7)) + between) == data


def test_base64_may_be_a_data_url() -> None:
    assert decode_base64("data:audio/pcm;rate=24000;base64,AAEC") == b"\0\1\2"


@pytest.mark.parametrize("text", ["***", "A", "AAAAA", "AA=A", "ä"])
def test_what_is_no_base64_is_repeated(text: str) -> None:
    with pytest.raises(ValueError, match="must be Base64, not '"):
        decode_base64(text)


@given(st.text(max_size=40))
def test_any_text_is_decoded_or_a_value_error(text: str) -> None:
    with contextlib.suppress(ValueError):
        assert isinstance(decode_base64(text), bytes)
