from pathlib import Path

import pytest

from theresa_server.entities.lexicon import Lexicon, LexiconError


def found(lexicon: Lexicon, text: str) -> list[tuple[str, str]]:
    return [(text[span.begin : span.end], span.label) for span in lexicon.find(text)]


def test_the_longest_term_wins() -> None:
    lexicon = Lexicon([("New", "A"), ("New York", "B"), ("华星", "C"), ("华星科技", "D")])

    assert found(lexicon, "New York 的华星科技") == [("New York", "B"), ("华星科技", "D")]


def test_a_latin_term_matches_words_and_a_chinese_one_any_characters() -> None:
    lexicon = Lexicon([("Ann", "PERSON"), ("星科", "TERM")])

    assert found(lexicon, "Annual report of Ann") == [("Ann", "PERSON")]
    assert found(lexicon, "华星科技") == [("星科", "TERM")]


@pytest.mark.parametrize("text", ["new york", "NEW   YORK", "Ｎｅｗ　Ｙｏｒｋ"])
def test_case_width_and_space_make_no_difference(text: str) -> None:
    assert found(Lexicon([("New York", "LOCATION")]), text) == [(text, "LOCATION")]


def test_a_letter_that_folds_into_two_keeps_the_offsets() -> None:
    assert found(Lexicon([("Strasse", "TERM")]), "die Straße, ja") == [("Straße", "TERM")]


def test_a_term_given_twice_has_the_last_label() -> None:
    assert found(Lexicon([("Go", "LANGUAGE"), ("Go", "GAME")]), "Go") == [("Go", "GAME")]


def test_a_file_has_a_term_on_each_line(tmp_path: Path) -> None:
    file = tmp_path / "terms.txt"
    file.write_text("# ours\n米哈游\tORGANIZATION\n\nTheresa\n", encoding="utf-8-sig")

    assert found(Lexicon.read(file), "米哈游和 Theresa") == [("米哈游", "ORGANIZATION"), ("Theresa", "TERM")]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"\xff\xfe", "is not UTF-8"),
        ("米哈游\tgame".encode(), "line 1 of the lexicon .* has the label 'game'"),
        (b"ok\n\tPERSON", "line 2 of the lexicon .* needs a term"),
    ],
)
def test_an_invalid_file_is_one_sentence(tmp_path: Path, content: bytes, sentence: str) -> None:
    file = tmp_path / "terms.txt"
    file.write_bytes(content)

    with pytest.raises(LexiconError, match=sentence):
        Lexicon.read(file)


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(LexiconError, match="cannot be read: No such file"):
        Lexicon.read(tmp_path / "none.txt")
