import itertools

from hypothesis import given
from hypothesis import strategies as st

from theresa_server.entities.labels import LABELS, common_label
from theresa_server.entities.ports import EntitySpan
from theresa_server.entities.spans import spans_of, without_overlaps
from theresa_server.entities.tokens import tokenize

TEXT = st.text(st.sampled_from("ab 1我爱中国👍🏽\u0301\u3000."), max_size=30)
FOUND = st.lists(
    st.tuples(st.integers(-2, 12), st.integers(-2, 12), st.sampled_from(["nr", "GPE", "ORG", "odd label"]))
)


@given(TEXT, FOUND)
def test_spans_are_always_ordered_disjoint_and_not_blank(text: str, found: list[tuple[int, int, str]]) -> None:
    spans = spans_of(text, tokenize(text), found)

    assert all(before.end <= after.begin for before, after in itertools.pairwise(spans))
    assert all(text[span.begin : span.end] == text[span.begin : span.end].strip() != "" for span in spans)


def test_a_span_includes_inner_white_space() -> None:
    text = "by Alice  Johnson."

    (span,) = spans_of(text, tokenize(text), [(1, 3, "PER")])

    assert text[span.begin : span.end] == "Alice  Johnson"


def test_the_longest_of_overlapping_spans_wins() -> None:
    short, long = EntitySpan(0, 2, "PERSON"), EntitySpan(1, 5, "ORGANIZATION")

    assert without_overlaps([short, long]) == (long,)


def test_a_taken_span_wins_over_a_longer_one() -> None:
    taken, long = EntitySpan(1, 2, "TERM"), EntitySpan(0, 5, "PERSON")

    assert without_overlaps([long], [taken]) == (taken,)


def test_a_span_has_the_common_label_and_the_model_label() -> None:
    assert spans_of("北京", [(0, 2)], [(0, 1, "ns")]) == (EntitySpan(0, 2, "LOCATION", "ns"),)


def test_the_label_sets_of_all_corpora_are_mapped() -> None:
    assert {common_label(label) for label in ("nr", "PER", "PERSON")} == {"PERSON"}
    assert {common_label(label) for label in ("ns", "GPE", "LOC", "LOCATION")} == {"LOCATION"}
    assert {common_label(label) for label in ("nt", "ORG", "ORGANIZATION")} == {"ORGANIZATION"}


def test_common_labels_are_mapped_to_themselves() -> None:
    assert [common_label(label) for label in LABELS] == list(LABELS)


@given(st.text(max_size=80))
def test_an_unknown_label_becomes_valid_in_the_protocol(label: str) -> None:
    import re

    assert re.fullmatch("[A-Z][A-Z0-9_]{0,63}", common_label(label))
