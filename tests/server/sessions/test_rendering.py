"""Hypotheses as messages."""

from hypothesis import given
from hypothesis import strategies as st

from tests.semantics import cut
from theresa_protocol.messages import OffsetUnit
from theresa_server.entities.identity import entity_id
from theresa_server.entities.ports import EntitySpan
from theresa_server.entities.timing import Timeline
from theresa_server.sessions import rendering
from theresa_server.speech.recognition import TimedWord


@given(st.text(st.characters(exclude_categories=["Cs"])), st.data())
def test_offsets_are_in_the_requested_unit(text: str, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(text)))
    assert rendering.offset(text, index, "codepoint") == index
    assert cut(text, 0, rendering.offset(text, index, "utf16"), "utf16") == text[:index]


def test_word_times_count_from_the_start_of_the_session() -> None:
    word = TimedWord(text="好", start_ms=120, end_ms=300, confidence=0.98765, begin=2, end=3)
    (placed,) = rendering.word_messages("😀你好", [word], start=16_000, unit="utf16") or ()
    assert (placed.start_ms, placed.end_ms, placed.confidence) == (1_120, 1_300, 0.9877)
    assert cut("😀你好", placed.from_, placed.to, "utf16") == "好"


def test_an_empty_list_of_words_is_none() -> None:
    assert rendering.word_messages("你好", [], start=0, unit="codepoint") is None


def test_an_entity_has_offsets_and_session_times() -> None:
    text = "😀找王芳"
    timeline = Timeline(length=4, start_ms=1_000, end_ms=2_000)
    (item,) = rendering.entity_messages(text, [EntitySpan(2, 4, "PERSON", "nr")], timeline, "utf16")
    assert (item.text, item.label, item.source_label) == ("王芳", "PERSON", "nr")
    assert (item.from_, item.to, item.start_ms, item.end_ms) == (3, 5, 1_500, 2_000)
    assert item.id == entity_id("PERSON", "王芳")


@given(
    st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("😀王 é\u0301"), min_size=1),
    st.data(),
    st.sampled_from(["codepoint", "utf16"]),
)
def test_the_offsets_of_an_entity_select_its_text(text: str, data: st.DataObject, unit: OffsetUnit) -> None:
    begin = data.draw(st.integers(0, len(text) - 1))
    span = EntitySpan(begin, data.draw(st.integers(begin + 1, len(text))), "PERSON")
    timeline = Timeline(length=len(text), start_ms=500, end_ms=1_500)
    (item,) = rendering.entity_messages(text, [span], timeline, unit)
    assert cut(text, item.from_, item.to, unit) == item.text
    assert 500 <= item.start_ms <= item.end_ms <= 1_500
