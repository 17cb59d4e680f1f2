"""When the text of the previous final is context for the next segment."""

from dataclasses import replace

import pytest

from theresa_server.speech.previous_text import MAX_GAP_MS, PreviousText

PREVIOUS = PreviousText(text="今天天气很好，", language="zh", end_ms=2_000, confidence=0.8)


@pytest.mark.parametrize("gap_ms", [0, 500, MAX_GAP_MS])
def test_text_is_context_after_a_short_pause(gap_ms: int) -> None:
    assert PREVIOUS.as_context(2_000 + gap_ms) == PREVIOUS


def test_text_is_no_context_after_a_long_pause() -> None:
    assert PREVIOUS.as_context(2_000 + MAX_GAP_MS + 1) is None


def test_text_of_a_later_segment_is_no_context() -> None:
    assert PREVIOUS.as_context(1_999) is None


def test_unreliable_text_is_no_context() -> None:
    assert replace(PREVIOUS, confidence=0.49).as_context(2_000) is None


def test_looping_text_is_no_context() -> None:
    assert replace(PREVIOUS, text="我们去" * 5).as_context(2_000) is None
