"""The end of a growing segment, whatever its words and whenever they were spoken."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.doubles import CLEAR
from theresa_server.speech.recognition import Hypothesis, TimedWord
from theresa_server.speech.stabiliser import StabilisedText
from theresa_server.speech.tail import MIN_GAIN_MS, MIN_TAIL_MS, Tail

SAMPLES_PER_MS = 16

texts = st.lists(st.sampled_from([" one", " two", " three", "四", "五", " six.", "，"]), min_size=1, max_size=40)


@st.composite
def hypotheses(draw: st.DrawFn) -> tuple[Hypothesis, int, int]:
    """A hypothesis with timed words, how much of its text is stable, and how many milliseconds it was heard in."""
    pieces = draw(texts)
    pieces[0] = pieces[0].lstrip()
    words, begin, at = [], 0, 0
    for piece in pieces:
        end, until = begin + len(piece), at + draw(st.integers(0, 900))
        text = piece.strip()
        words.append(TimedWord(text=text, start_ms=at, end_ms=until, confidence=1, begin=end - len(text), end=end))
        begin, at = end, until + draw(st.integers(0, 300))
    tokens = tuple((index,) for index in range(len(pieces)))
    found = replace(CLEAR, text="".join(pieces), pieces=tuple(pieces), tokens=tokens, words=tuple(words))
    return found, draw(st.integers(0, len(found.text))), at + draw(st.integers(0, 2_000))


@given(hypotheses(), st.integers(0, 8_000))
def test_what_lies_before_the_end_is_stable(drawn: tuple[Hypothesis, int, int], free_ms: int) -> None:
    whole, stable, ms = drawn
    tail = Tail().advanced(whole, StabilisedText(whole.text, stable), ms * SAMPLES_PER_MS, free_ms * SAMPLES_PER_MS)
    assert whole.text[:stable].startswith(tail.text)


@given(hypotheses(), st.sampled_from(["", "Zero ", "零", "Zero and one and two "]))
def test_after_a_contradiction_it_goes_on_from_what_was_shown(drawn: tuple[Hypothesis, int, int], instead: str) -> None:
    whole, stable, ms = drawn
    shown = StabilisedText(instead + whole.text[3:], max(0, len(instead) + stable - 3))
    tail = Tail().advanced(whole, shown, ms * SAMPLES_PER_MS, 0)
    assert shown.text[: shown.stable].startswith(tail.text)


@given(hypotheses(), st.integers(0, 8_000))
def test_enough_audio_is_kept(drawn: tuple[Hypothesis, int, int], free_ms: int) -> None:
    whole, stable, ms = drawn
    tail = Tail().advanced(whole, StabilisedText(whole.text, stable), ms * SAMPLES_PER_MS, free_ms * SAMPLES_PER_MS)
    assert tail == Tail() or (tail.start_ms >= MIN_GAIN_MS and ms - tail.start_ms >= max(MIN_TAIL_MS, free_ms))


@given(hypotheses())
def test_the_end_continues_the_text_before_it(drawn: tuple[Hypothesis, int, int]) -> None:
    whole, stable, ms = drawn
    tail = Tail().advanced(whole, StabilisedText(whole.text, stable), ms * SAMPLES_PER_MS, 0)
    count = len(tail.pieces)
    rest = (whole.pieces[count].lstrip(" "), *whole.pieces[count + 1 :])
    end = replace(whole, text="".join(rest), pieces=rest, tokens=whole.tokens[count:], words=())
    assert replace(tail.whole(end), words=()) == replace(whole, words=())


@given(hypotheses())
def test_it_moves_on_but_never_back(drawn: tuple[Hypothesis, int, int]) -> None:
    whole, stable, ms = drawn
    first = Tail().advanced(whole, StabilisedText(whole.text, stable // 2), ms * SAMPLES_PER_MS, 0)
    assert first.advanced(whole, StabilisedText(whole.text, stable), ms * SAMPLES_PER_MS, 0).start_ms >= first.start_ms


def test_without_tokens_nothing_is_cut_off() -> None:
    words = tuple(
        TimedWord(text=char, start_ms=index * 1000, end_ms=index * 1000 + 900, confidence=1, begin=index, end=index + 1)
        for index, char in enumerate("一二三四五六七八九十")
    )
    whole = replace(CLEAR, text="一二三四五六七八九十", pieces=tuple("一二三四五六七八九十"), words=words)
    assert Tail().advanced(whole, StabilisedText(whole.text, 9), 10_000 * SAMPLES_PER_MS, 0) == Tail()
