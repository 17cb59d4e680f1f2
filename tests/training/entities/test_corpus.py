import random

from theresa_training.entities.corpus import LABELS, as_heard, of_grammar, sentence, tags
from theresa_training.entities.evaluate import HELD_OUT, TEMPLATES
from theresa_training.entities.names import Names


def drawn(seed: int, count: int = 300) -> list[str]:
    rng = random.Random(seed)
    return [as_heard(sentence(rng), rng).text for _ in range(count)]


def test_the_same_seed_draws_the_same_sentences() -> None:
    assert drawn(1) == drawn(1) != drawn(2)


def test_entities_stand_where_the_text_has_them() -> None:
    rng = random.Random(3)
    for _ in range(500):
        labelled = as_heard(sentence(rng), rng)
        words = [labelled.text[span.begin : span.end] for span in labelled.spans]
        assert all(word and word == word.strip() for word in words)


def test_both_languages_and_every_label_are_drawn() -> None:
    rng = random.Random(4)
    many = [sentence(rng) for _ in range(600)]

    assert {span.label for one in many for span in one.spans} == set(LABELS)
    chinese = sum(any("\u4e00" <= char <= "\u9fff" for char in one.text) for one in many)
    assert 200 < chinese < 400


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


def test_fresh_wording_is_in_no_training_pattern() -> None:
    assert not set(HELD_OUT) & set(TEMPLATES)


def test_names_kept_for_tests_are_never_drawn_for_training() -> None:
    seen, unseen = Names(random.Random(7)), Names(random.Random(8), unseen=True)
    listed = {seen._pick(("Anna", "Ben", "Cleo", "Dan", "Eve", "Finn", "Gus", "Hal")) for _ in range(200)}

    assert unseen._pick(("Anna", "Ben", "Cleo", "Dan", "Eve", "Finn", "Gus", "Hal")) not in listed
