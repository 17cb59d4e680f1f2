"""The header that tells what was ignored."""

import pytest

from theresa_server.endpoints.http.warnings import warning_header


def test_nothing_to_tell_is_no_header() -> None:
    assert warning_header([]) == {}


def test_sentences_are_listed() -> None:
    assert warning_header(["One.", "Two."]) == {"Warning": '299 - "One.", 299 - "Two."'}


@pytest.mark.parametrize("sentence", ['a"b', "a\\b", "a\r\nSet-Cookie: b", "字段", "\x00", "\ud800", "é"])
def test_any_sentence_is_a_header_in_ascii(sentence: str) -> None:
    value = warning_header([sentence])["Warning"]
    assert value.isascii()
    assert value.isprintable()
    assert value.count('"') == 2
