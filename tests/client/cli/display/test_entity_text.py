"""Entities for people: highlighted and summarised."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.color import Color, ColorSystem
from rich.console import Console

from tests.client.peer import entities, entity, final
from theresa_client.cli.display.entity_text import (
    COLOURS,
    MAX_MENTIONS,
    OTHER_COLOUR,
    colour,
    entity_summary,
    highlight_entities,
)
from theresa_client.transcript import Segment, Transcript
from theresa_protocol.messages import Entity
from theresa_protocol.text import printable


def segment(text: str, *items: Entity) -> Segment:
    transcript = Transcript()
    transcript.apply(final(text))
    transcript.apply(entities(*items))
    return transcript.segments[0]


def marked(text: str, *items: Entity) -> list[str]:
    shown = highlight_entities(segment(text, *items))
    return [shown.plain[span.start : span.end] for span in shown.spans]


def luminance(name: str) -> float:
    """WCAG 2.2: https://www.w3.org/TR/WCAG22/#dfn-relative-luminance."""
    parts = [part / 255 for part in Color.parse(name).get_truecolor()]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("name", sorted({*COLOURS.values(), OTHER_COLOUR}))
def test_a_colour_is_readable_on_black_and_on_white(name: str) -> None:
    bright = luminance(name) + 0.05
    assert min(1.05 / bright, bright / 0.05) >= 3.5


@pytest.mark.parametrize("name", sorted({*COLOURS.values(), OTHER_COLOUR}))
def test_a_colour_is_neither_black_nor_grey_nor_white_on_a_poor_terminal(name: str) -> None:
    assert Color.parse(name).downgrade(ColorSystem.STANDARD).number not in {0, 7, 8, 15}


def test_a_label_that_is_not_known_has_a_colour() -> None:
    assert colour("DISEASE") == OTHER_COLOUR


def test_entities_are_highlighted_in_the_text() -> None:
    assert marked("陈静 called Al.", entity("PERSON", "陈静"), entity("PERSON", "Al", 10)) == ["陈静", "Al"]


def test_control_characters_do_not_shift_highlights() -> None:
    assert marked("\u202e你\n陈静", entity("PERSON", "陈静", 3)) == ["陈静"]


def test_an_entity_with_wrong_offsets_is_not_highlighted() -> None:
    """For example, offsets in UTF-16 units."""
    assert marked("😀 陈静", entity("PERSON", "陈静", 3)) == []


def test_the_first_of_overlapping_entities_is_highlighted() -> None:
    assert marked("New York City", entity("LOCATION", "New York"), entity("LOCATION", "York City", 4)) == ["New York"]


@given(st.text(), st.lists(st.tuples(st.integers(-3, 20), st.text(max_size=5)), max_size=5))
def test_highlights_never_change_the_text(text: str, names: list[tuple[int, str]]) -> None:
    items = [entity("PERSON", name, begin) for begin, name in names]
    assert highlight_entities(segment(text, *items)).plain == printable(text)


def summarised(*items: Entity, width: int = 60) -> list[str]:
    console = Console(file=io.StringIO(), width=width, highlight=False)
    with console.capture() as capture:
        console.print(entity_summary(items))
    return [line.rstrip() for line in capture.get().splitlines()]


def test_the_summary_counts_by_label_the_most_frequent_first() -> None:
    said = [entity("PERSON", name) for name in ("Maria", "陈静", "陈静")]
    assert summarised(*said, entity("LOCATION", "深圳")) == [
        "LOCATION  深圳",
        "PERSON    陈静 ×2 · Maria",
    ]


def test_the_summary_counts_omitted_entities() -> None:
    said = [entity("CARDINAL", f"{number:03}") for number in range(MAX_MENTIONS + 7)]
    (line,) = summarised(*said, width=400)
    assert line.endswith(" · 019 · and 7 more")


def test_the_same_text_under_two_labels_is_two_entries() -> None:
    assert summarised(entity("PERSON", "Paris"), entity("LOCATION", "Paris")) == ["LOCATION  Paris", "PERSON    Paris"]
