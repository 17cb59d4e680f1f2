"""Times of parts of a text."""

from hypothesis import given
from hypothesis import strategies as st

from theresa_server.entities.timing import Timeline
from theresa_server.speech.recognition import TimedWord


def word(text: str, begin: int, start_ms: int, end_ms: int) -> TimedWord:
    return TimedWord(text=text, start_ms=start_ms, end_ms=end_ms, confidence=1, begin=begin, end=begin + len(text))


ENGLISH = Timeline(  # "Call Alice Johnson's boss."
    length=26,
    start_ms=5_000,
    end_ms=8_000,
    words=[
        word("Call", 0, 100, 400),
        word("Alice", 5, 400, 700),
        word("Johnson's", 11, 800, 1_500),
        word("boss.", 21, 1_500, 2_000),
    ],
)
MANDARIN = Timeline(  # "王芳在上海。"
    length=6,
    start_ms=1_000,
    end_ms=3_000,
    words=[
        word("王", 0, 200, 400),
        word("芳", 1, 400, 650),
        word("在", 2, 650, 900),
        word("上", 3, 900, 1_200),
        word("海。", 4, 1_200, 1_500),
    ],
)


def test_a_name_lasts_from_its_first_word_to_its_last() -> None:
    assert ENGLISH.interval(5, 18) == (5_400, 6_500)


def test_in_mandarin_characters_are_words() -> None:
    assert MANDARIN.interval(3, 5) == (1_900, 2_500)


def test_a_partly_covered_word_counts_as_a_whole() -> None:
    assert ENGLISH.interval(11, 18) == (5_800, 6_500)


def test_text_without_words_is_interpolated_between_its_neighbours() -> None:
    known = [word("王", 0, 200, 400), word("海", 4, 1_200, 1_500)]
    timeline = Timeline(length=5, start_ms=1_000, end_ms=3_000, words=known)
    assert timeline.interval(1, 2) == (1_400, round(1_400 + 800 / 3))


def test_without_words_a_text_is_spread_over_its_segment() -> None:
    assert Timeline(length=10, start_ms=1_000, end_ms=2_000).interval(2, 5) == (1_200, 1_500)


def test_a_segment_without_length_has_no_times_but_its_own() -> None:
    assert Timeline(length=0, start_ms=700, end_ms=700).interval(0, 0) == (700, 700)


@st.composite
def timelines(draw: st.DrawFn) -> tuple[Timeline, int, int]:
    """Any words, in any order and with any times, and some characters of the text."""
    length = draw(st.integers(1, 30))
    words = []
    for _ in range(draw(st.integers(0, 8))):
        begin = draw(st.integers(0, length - 1))
        start_ms = draw(st.integers(0, 5_000))
        text = "字" * draw(st.integers(1, length - begin))
        words.append(word(text, begin, start_ms, start_ms + draw(st.integers(0, 5_000))))
    start_ms = draw(st.integers(0, 100_000))
    begin = draw(st.integers(0, length - 1))
    end = draw(st.integers(begin + 1, length))
    end_ms = start_ms + draw(st.integers(0, 5_000))
    return Timeline(length=length, start_ms=start_ms, end_ms=end_ms, words=words), begin, end


@given(timelines())
def test_times_are_in_order_and_within_the_segment(case: tuple[Timeline, int, int]) -> None:
    timeline, begin, end = case
    start_ms, end_ms = timeline.interval(begin, end)
    assert timeline.start_ms <= start_ms <= end_ms <= timeline.end_ms
