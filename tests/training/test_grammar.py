import random

import pytest

from theresa_training import grammar_en, grammar_zh
from theresa_training.grammar import ENTITY_LABELS, Sentence, fill
from theresa_training.pool import random_sentence


def sentences(language: str, count: int = 400) -> list[Sentence]:
    rng = random.Random(f"grammar-{language}")
    return [random_sentence(language, rng) for _ in range(count)]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_units_join_to_the_text(language: str) -> None:
    for sentence in sentences(language):
        assert "".join(unit.text for unit in sentence.units).strip() == sentence.text
        assert all(unit.text and unit.spoken for unit in sentence.units)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_label_occurs_and_its_spans_hold_the_units_of_the_slot(language: str) -> None:
    seen = set()
    for sentence in sentences(language):
        for span in sentence.spans:
            seen.add(span.label)
            text = sentence.text[span.begin : span.end]
            assert text == text.strip()
            assert text
            slot = [u for u in sentence.units if u.label == span.label and u.text.strip() in text]
            assert slot
    assert seen == set(ENTITY_LABELS)


def test_spans_of_a_known_english_sentence() -> None:
    template = " {PERSON} paid {MONEY} in {LOCATION}.".replace(" {", "{")
    slots = {
        "PERSON": lambda _: grammar_en.split(" Emma Hughes"),
        "MONEY": lambda _: [(" 25", " twenty five"), (" dollars", " dollars")],
        "LOCATION": lambda _: grammar_en.split(" New York"),
    }
    sentence = Sentence("en", fill(template, slots, grammar_en.split, random.Random(0)))
    assert sentence.text == "Emma Hughes paid 25 dollars in New York."
    assert sentence.spoken == " Emma Hughes paid twenty five dollars in New York."
    assert [(sentence.text[s.begin : s.end], s.label) for s in sentence.spans] == [
        ("Emma Hughes", "PERSON"),
        ("25 dollars", "MONEY"),
        ("New York", "LOCATION"),
    ]


def test_neighbouring_entities_of_one_label_are_two_spans() -> None:
    slots = {"PERSON": lambda _: grammar_zh.split("李华")}
    sentence = Sentence("zh", fill("{PERSON}{PERSON}", slots, grammar_zh.split, random.Random(0)))
    assert [(s.begin, s.end) for s in sentence.spans] == [(0, 2), (2, 4)]


def test_an_unknown_slot_is_an_error() -> None:
    with pytest.raises(KeyError):
        fill("{NOBODY}", {}, grammar_en.split, random.Random(0))


@pytest.mark.parametrize(
    ("number", "words"),
    [(0, "zero"), (13, "thirteen"), (45, "forty five"), (505, "five hundred five"), (9000, "nine thousand")],
)
def test_english_numbers_in_words(number: int, words: str) -> None:
    assert grammar_en.spell(number) == words


@pytest.mark.parametrize(
    ("number", "words"),
    [(0, "零"), (10, "十"), (12, "十二"), (25, "二十五"), (105, "一百零五"), (110, "一百一十"), (999, "九百九十九"),
     (1005, "一千零五"), (1050, "一千零五十"), (2000, "二千")],
)  # fmt: skip
def test_mandarin_numbers_in_hanzi(number: int, words: str) -> None:
    assert grammar_zh.spell(number) == words


def test_digit_strings_have_one_unit_per_digit() -> None:
    english = [s for s in sentences("en", 800) if s.units[0].text.strip().isdigit()]
    assert english
    for sentence in english:
        assert sentence.text == " ".join(u.text.strip() for u in sentence.units[:-1]) + "."
