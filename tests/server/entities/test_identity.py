"""Ids that follow from what was said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from theresa_server.entities.identity import canonical_name, entity_id, stable_id

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Alice Johnson", "alice  johnson"),
        ("Acme", "ＡＣＭＥ"),
        ("Straße", "STRASSE"),
        ("Jose\u0301", "José"),
        ("华星 科技", "华星\u3000科技"),
    ],
)
def test_spellings_of_one_name_have_one_id(one: str, other: str) -> None:
    assert entity_id("PERSON", one) == entity_id("PERSON", other)


@pytest.mark.parametrize(("one", "other"), [("王芳", "王方"), ("McDonald's", "McDonald"), ("华星科技", "华星 科技")])
def test_different_names_have_different_ids(one: str, other: str) -> None:
    assert entity_id("PERSON", one) != entity_id("PERSON", other)


def test_a_person_and_a_place_of_one_name_are_two() -> None:
    assert entity_id("PERSON", "Paris") != entity_id("LOCATION", "Paris")


def test_an_id_is_the_same_in_every_process() -> None:
    assert entity_id("PERSON", "王芳") == "6eeae4f16cd14431"


@given(TEXTS)
def test_what_is_canonical_stays_as_it_is(text: str) -> None:
    assert canonical_name(canonical_name(text)) == canonical_name(text)


@given(TEXTS)
def test_case_makes_no_difference(text: str) -> None:
    assert canonical_name(text.casefold()) == canonical_name(text)


@given(st.lists(TEXTS, max_size=3), st.lists(TEXTS, max_size=3))
def test_where_one_part_ends_and_the_next_begins_counts(one: list[str], other: list[str]) -> None:
    assert (stable_id("link", *one) == stable_id("link", *other)) == (one == other)
