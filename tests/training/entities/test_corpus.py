import random
from difflib import SequenceMatcher

import pytest
from hypothesis import given
from hypothesis import strategies as st

from theresa_server.entities.tokens import tokenize
from theresa_training.entities import held_out, lists_zh, phrases_en, phrases_zh, templates_en, templates_zh
from theresa_training.entities.corpus import LABELS, LabelledSentence, as_transcribed, fill, of_grammar, sentence, tags
from theresa_training.entities.listed import kept_out
from theresa_training.entities.names import Names

NEAR = 0.75
"""Patterns that share this much of their words, in order, count as the same wording."""


def drawn(seed: int, count: int = 300) -> list[str]:
    rng = random.Random(seed)
    return [as_transcribed(sentence(rng), rng).text for _ in range(count)]


def test_the_same_seed_draws_the_same_sentences() -> None:
    assert drawn(1) == drawn(1) != drawn(2)


@given(st.integers(0, 2**32))
def test_entities_stand_where_the_text_has_them(seed: int) -> None:
    rng = random.Random(seed)
    labelled = as_transcribed(sentence(rng), rng)

    words = [labelled.text[span.begin : span.end] for span in labelled.spans]

    assert all(word and word == word.strip() for word in words)
    assert all(one.end <= other.begin for one, other in zip(labelled.spans, labelled.spans[1:], strict=False))


@given(st.integers(0, 2**32))
def test_punctuation_and_capitals_go_but_the_entities_stay(seed: int) -> None:
    rng = random.Random(seed)
    whole = sentence(rng)

    bare = as_transcribed(whole, rng, kind=1.0)

    def entities(labelled: LabelledSentence) -> list[tuple[str, str]]:
        return [(labelled.text[span.begin : span.end].lower(), span.label) for span in labelled.spans]

    assert bare.text == bare.text.lower()
    assert entities(bare) == entities(whole)


def test_both_languages_and_every_label_are_drawn() -> None:
    rng = random.Random(4)
    many = [sentence(rng) for _ in range(600)]

    assert {span.label for one in many for span in one.spans} == set(LABELS)
    chinese = sum(any("\u4e00" <= char <= "\u9fff" for char in one.text) for one in many)
    assert 200 < chinese < 450


def test_an_entity_of_many_tokens_begins_and_ends() -> None:
    rng = random.Random(5)
    labelled = next(one for one in (of_grammar("en", rng) for _ in range(99)) if "Blue River Bank" in one.text)

    assert [tag for token, tag in tags(labelled) if token in ("Blue", "River", "Bank")] == [
        "B-ORGANIZATION",
        "M-ORGANIZATION",
        "E-ORGANIZATION",
    ]


def test_a_weekday_of_the_speech_grammar_is_a_date() -> None:
    rng = random.Random(6)
    labelled = next(one for one in (of_grammar("zh", rng) for _ in range(99)) if "星期" in one.text)

    assert any(
        labelled.text[span.begin : span.end].startswith("星期") for span in labelled.spans if span.label == "DATE"
    )


@pytest.mark.parametrize("module", [phrases_en, phrases_zh])
def test_a_pattern_without_names_has_no_places_for_any(module: object) -> None:
    rng = random.Random(7)
    assert not any("{" in module.pattern(rng, named=False) for _ in range(500))  # type: ignore[attr-defined]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_pattern_of_training_is_like_one_that_is_kept_out(language: str) -> None:
    training = {"en": templates_en, "zh": templates_zh}[language]
    kept = [*held_out.FIRST_EN, *held_out.SECOND_EN] if language == "en" else [*held_out.FIRST_ZH, *held_out.SECOND_ZH]

    def pieces(pattern: str) -> list[str]:
        return [pattern[begin:end] for begin, end in tokenize(pattern.replace("{", " {").replace("}", "} "))]

    alike = [
        (one, other)
        for one in kept
        for other in training.TEMPLATES
        if SequenceMatcher(None, pieces(one), pieces(other), autojunk=False).ratio() >= NEAR
    ]
    assert alike == []


@pytest.mark.parametrize("language", ["en", "zh"])
def test_sentences_that_must_get_no_entity_are_not_trained_on(language: str) -> None:
    training = {"en": templates_en, "zh": templates_zh}[language]
    kept = {"en": held_out.PLAIN_EN, "zh": held_out.PLAIN_ZH}[language]

    assert not set(kept) & set(training.PLAIN)


@pytest.mark.parametrize("unseen", [False, True])
def test_names_kept_for_tests_are_never_drawn_for_training(unseen: bool) -> None:
    names = Names(random.Random(8), unseen=unseen)
    places = {names.value("zh", "LOCATION") for _ in range(2000)} & set(lists_zh.PLACES)

    assert len(places) > 30
    assert all(kept_out(place) == unseen for place in places)


def test_a_surname_alone_is_a_person() -> None:
    labelled = fill("我姓{surname}。", "zh", random.Random(9))

    assert [(span.begin, span.label) for span in labelled.spans] == [(2, "PERSON")]
