"""The tail of a growing segment, for arbitrary words and times."""

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
    """Draw a hypothesis with timed words, the length of its stable text, and the milliseconds it covers."""
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
def test_the_text_before_the_tail_is_stable(drawn: tuple[Hypothesis, int, int], free_ms: int) -> None:
    whole, stable, ms = drawn
    tail = Tail().advanced(whole, StabilisedText(whole.text, stable), ms * SAMPLES_PER_MS, free_ms * SAMPLES_PER_MS)
    assert whole.text[:stable].startswith(tail.text)


@given(hypotheses(), st.sampled_from(["", "Zero ", "零", "Zero and one and two "]))
def test_a_tail_after_a_contradiction_continues_the_sent_text(drawn: tuple[Hypothesis, int, int], instead: str) -> None:
    whole, stable, ms = drawn
    sent = StabilisedText(instead + whole.text[3:], max(0, len(instead) + stable - 3))
    tail = Tail().advanced(whole, sent, ms * SAMPLES_PER_MS, 0)
    assert sent.text[: sent.stable].startswith(tail.text)


@given(hypotheses(), st.integers(0, 8_000))
def test_the_tail_keeps_enough_audio(drawn: tuple[Hypothesis, int, int], free_ms: int) -> None:
    whole, stable, ms = drawn
    tail = Tail().advanced(whole, StabilisedText(whole.text, stable), ms * SAMPLES_PER_MS, free_ms * SAMPLES_PER_MS)
    assert tail == Tail() or (tail.start_ms >= MIN_GAIN_MS and ms - tail.start_ms >= max(MIN_TAIL_MS, free_ms))


@given(hypotheses())
def test_extending_a_tail_restores_the_whole_hypothesis(drawn: tuple[Hypothesis, int, int]) -> None:
    whole, stable, ms = drawn
    tail = Tail().advanced(whole, StabilisedText(whole.text, stable), ms * SAMPLES_PER_MS, 0)
    count = len(tail.pieces)
    rest = (whole.pieces[count].lstrip(" "), *whole.pieces[count + 1 :])
    end = replace(whole, text="".join(rest), pieces=rest, tokens=whole.tokens[count:], words=())
    assert replace(tail.extended(end), words=()) == replace(whole, words=())


@given(hypotheses())
def test_the_tail_only_advances(drawn: tuple[Hypothesis, int, int]) -> None:
    whole, stable, ms = drawn
    first = Tail().advanced(whole, StabilisedText(whole.text, stable // 2), ms * SAMPLES_PER_MS, 0)
    assert first.advanced(whole, StabilisedText(whole.text, stable), ms * SAMPLES_PER_MS, 0).start_ms >= first.start_ms


def test_without_tokens_the_tail_does_not_advance() -> None:
    words = tuple(
        TimedWord(text=char, start_ms=index * 1000, end_ms=index * 1000 + 900, confidence=1, begin=index, end=index + 1)
        for index, char in enumerate("一二三四五六七八九十")
    )
    whole = replace(CLEAR, text="一二三四五六七八九十", pieces=tuple("一二三四五六七八九十"), words=words)
    assert Tail().advanced(whole, StabilisedText(whole.text, 9), 10_000 * SAMPLES_PER_MS, 0) == Tail()
