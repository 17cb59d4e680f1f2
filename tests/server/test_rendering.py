"""Hypotheses as messages."""

from hypothesis import given
from hypothesis import strategies as st

from theresa_server import rendering
from theresa_server.engine.ports import Word


def utf16_slice(text: str, begin: int, end: int) -> str:
    """What JavaScript's ``text.slice(begin, end)`` gives."""
    return text.encode("utf-16-le")[2 * begin : 2 * end].decode("utf-16-le")


@given(st.text(st.characters(exclude_categories=["Cs"])), st.data())
def test_offsets_fit_the_unit_that_was_asked_for(text: str, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(text)))
    assert rendering.offset(text, index, "codepoint") == index
    assert utf16_slice(text, 0, rendering.offset(text, index, "utf16")) == text[:index]


def test_words_are_placed_on_the_clock_of_the_session() -> None:
    word = Word(text="好", start_ms=120, end_ms=300, confidence=0.98765, begin=2, end=3)
    (placed,) = rendering.words("😀你好", [word], start=16_000, unit="utf16") or ()
    assert (placed.start_ms, placed.end_ms, placed.confidence) == (1_120, 1_300, 0.9877)
    assert utf16_slice("😀你好", placed.from_, placed.to) == "好"


def test_no_words_are_none() -> None:
    assert rendering.words("你好", [], start=0, unit="codepoint") is None
