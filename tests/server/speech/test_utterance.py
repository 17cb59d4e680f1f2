"""The partials of one segment."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from tests.doubles import CLEAR
from theresa_server.speech.recognition import DecodeJob, Hypothesis, JobKind, TimedWord
from theresa_server.speech.stabiliser import StablePrefix
from theresa_server.speech.tail import MIN_GAIN_MS, MIN_TAIL_MS, PREVIOUS_CHARACTERS
from theresa_server.speech.utterance import Utterance

INTERVAL = 8_000


def hypothesis(*pieces: str, tokens: Sequence[tuple[int, ...]] = (), words: tuple[TimedWord, ...] = ()) -> Hypothesis:
    return replace(CLEAR, text="".join(pieces), pieces=pieces, tokens=tuple(tokens), words=words)


def job(seconds: float = 1, *, kind: JobKind = JobKind.PARTIAL) -> DecodeJob:
    return DecodeJob(pcm=np.zeros(int(seconds * 16_000), np.int16), language=None, kind=kind)


def test_a_partial_is_due_once_the_segment_has_grown_by_the_interval() -> None:
    utterance = Utterance(0, start=1_000, opened=8_000, interval=INTERVAL)
    utterance.mark_requested(20_000)
    assert not utterance.is_due(20_000 + INTERVAL - 1)
    assert utterance.is_due(20_000 + INTERVAL)


def test_the_first_partial_is_due_after_half_an_interval() -> None:
    utterance = Utterance(0, start=1_000, opened=8_000, interval=INTERVAL)
    assert not utterance.is_due(8_000 + INTERVAL // 2 - 1)
    assert utterance.is_due(8_000 + INTERVAL // 2)


def test_text_on_which_two_hypotheses_agree_is_stable() -> None:
    utterance = Utterance(0, start=0, opened=0, interval=INTERVAL)
    utterance.update(hypothesis("今", "天", "气"), 0)
    partial = utterance.update(hypothesis("今", "天", "天", "气"), 0)
    assert partial is not None
    assert (partial.text, partial.text[: partial.stable]) == ("今天天气", "今天")


def test_the_prefix_of_a_partial_is_the_stable_text_in_its_tokens() -> None:
    utterance = Utterance(0, start=0, opened=0, interval=INTERVAL)
    for pieces, tokens in ((("今", "天"), ((1,), (2, 3))), (("今", "天", "气"), ((1,), (2, 3), (4,)))):
        utterance.update(hypothesis(*pieces, tokens=tokens), 0)
    assert utterance.partial_job(job()).prefix == StablePrefix("今天", (1, 2, 3), covered=2)


def test_without_a_stable_text_there_is_no_prefix() -> None:
    utterance = Utterance(0, start=0, opened=0, interval=INTERVAL)
    utterance.update(hypothesis("Hello", tokens=[(1,)]), 0)
    assert utterance.final_job(job(kind=JobKind.FINAL)).prefix is None


def test_a_partial_after_a_contradiction_has_no_prefix() -> None:
    utterance = Utterance(0, start=0, opened=0, interval=INTERVAL)
    for word in ("one", "one", "won"):
        utterance.update(hypothesis(word, " two", tokens=[(len(word),), (2,)]), 0)
    assert utterance.partial_job(job()).prefix is None


def test_a_final_after_a_contradiction_keeps_the_prefix() -> None:
    utterance = Utterance(0, start=0, opened=0, interval=INTERVAL)
    for word in ("one", "one", "won"):
        utterance.update(hypothesis(word, " two", tokens=[(len(word),), (2,)]), 0)
    assert utterance.final_job(job(kind=JobKind.FINAL)).prefix == StablePrefix("one", (3,), covered=3, agreed=False)


def test_revisions_are_counted_from_one() -> None:
    utterance = Utterance(0, start=0, opened=0, interval=INTERVAL)
    revisions = []
    for pieces in (("Hello",), ("Hello", " there"), ("Hello", " there", " you")):
        utterance.update(hypothesis(*pieces), 0)
        revisions.append(utterance.rev)
    assert revisions == [1, 2, 3]


def test_an_empty_hypothesis_makes_no_partial() -> None:
    utterance = Utterance(0, start=0, opened=0, interval=INTERVAL)
    assert utterance.update(hypothesis(), 0) is None
    assert (utterance.has_partials, utterance.rev) == (False, 0)


def test_unchanged_text_makes_no_partial() -> None:
    utterance = Utterance(0, start=0, opened=0, interval=INTERVAL)
    for _ in range(2):
        utterance.update(hypothesis("你", "好"), 0)
    assert utterance.update(hypothesis("你", "好"), 0) is None
    assert utterance.rev == 2


def timed(*texts: str, ms: int = 500) -> Hypothesis:
    """Return a hypothesis whose words last ``ms`` each and have one piece and one token each."""
    words, begin = [], 0
    for index, text in enumerate(texts):
        end = begin + len(text)
        first = end - len(text.strip())
        times = {"start_ms": index * ms, "end_ms": (index + 1) * ms}
        words.append(TimedWord(text=text.strip(), confidence=1, begin=first, end=end, **times))
        begin = end
    return hypothesis(*texts, tokens=[(index,) for index in range(len(texts))], words=tuple(words))


ENGLISH = ["One", " two", " three", " four", " five", " six", " seven", " eight", " nine", " ten", " eleven", " twelve"]
MANDARIN = list("零一二三四五六七八九十百")


def utterance_of(texts: list[str], free_samples: int = 0) -> Utterance:
    """Return an utterance of twelve words, half a second each, all but the last of them stable."""
    utterance = Utterance(0, start=0, opened=0, interval=INTERVAL, free_samples=free_samples)
    for _ in range(2):
        utterance.update(timed(*texts), 6 * 16_000)
    return utterance


@pytest.mark.parametrize("texts", [ENGLISH, MANDARIN])
def test_only_the_tail_of_a_long_segment_is_decoded(texts: list[str]) -> None:
    assert utterance_of(texts).partial_job(job(6.5)).pcm.size < 4 * 16_000


@pytest.mark.parametrize("texts", [ENGLISH, MANDARIN])
def test_the_prompt_is_the_text_before_the_tail(texts: list[str]) -> None:
    prompt = str(utterance_of(texts).partial_job(job(6.5)).prompt)
    assert 3 < len(prompt) <= PREVIOUS_CHARACTERS
    assert prompt in "".join(texts)


@pytest.mark.parametrize("texts", [ENGLISH, MANDARIN])
def test_prompt_and_prefix_of_a_tail_end_the_stable_text(texts: list[str]) -> None:
    trimmed = utterance_of(texts).partial_job(job(6.5))
    stable = utterance_of(texts).final_job(job(6.5, kind=JobKind.FINAL)).prefix
    assert trimmed.prefix is not None
    assert stable is not None
    assert stable.text.endswith(f"{trimmed.prompt}{trimmed.prefix.text}")


@pytest.mark.parametrize("texts", [ENGLISH, MANDARIN])
def test_a_hypothesis_for_the_tail_extends_the_text_before_it(texts: list[str]) -> None:
    utterance = utterance_of(texts)
    trimmed = utterance.partial_job(job(6.5))
    assert trimmed.prefix is not None
    rest = texts[trimmed.prefix.tokens[0] :]
    extended = utterance.extended(timed(rest[0].strip(), *rest[1:]))
    assert extended == replace(timed(*texts), words=extended.words, tokens=extended.tokens)


@pytest.mark.parametrize("texts", [ENGLISH, MANDARIN])
def test_words_of_the_tail_are_timed_from_the_start_of_the_segment(texts: list[str]) -> None:
    utterance = utterance_of(texts)
    trimmed = utterance.partial_job(job(6.5))
    assert trimmed.prefix is not None
    rest = texts[trimmed.prefix.tokens[0] :]
    extended = utterance.extended(timed(rest[0].strip(), *rest[1:]))
    assert [word.start_ms for word in extended.words] == [500 * index for index in range(len(texts))]


def test_a_short_segment_is_decoded_from_its_beginning() -> None:
    utterance = Utterance(0, start=0, opened=0, interval=INTERVAL)
    for _ in range(2):
        utterance.update(timed(*ENGLISH[:5]), 2 * 16_000)
    assert utterance.partial_job(job(2.5)).pcm.size == job(2.5).pcm.size


TIMED_S = (MIN_TAIL_MS + MIN_GAIN_MS) / 1000


def test_words_are_timed_once_the_tail_may_advance() -> None:
    utterance = Utterance(0, start=0, opened=0, interval=INTERVAL)
    assert [utterance.partial_job(job(seconds)).words for seconds in (TIMED_S - 0.1, TIMED_S)] == [False, True]


def test_audio_that_saves_nothing_is_not_trimmed() -> None:
    assert utterance_of(ENGLISH, free_samples=8 * 16_000).partial_job(job(6.5)).pcm.size == job(6.5).pcm.size


def test_after_a_contradiction_the_tail_extends_the_sent_text() -> None:
    utterance = Utterance(0, start=0, opened=0, interval=INTERVAL)
    for first in ("One", "One", "Won", "Won"):
        utterance.update(timed(first, *ENGLISH[1:]), 6 * 16_000)
    trimmed = utterance.partial_job(job(6.5))
    assert trimmed.pcm.size < job(6.5).pcm.size
    assert utterance.extended(hypothesis("and", " so", " on")).text.startswith("One two")


def test_a_tail_keeps_the_language_of_its_segment() -> None:
    assert utterance_of(MANDARIN).partial_job(job(6.5)).language == "zh"


def test_the_prompt_of_the_session_precedes_the_text() -> None:
    trimmed = utterance_of(MANDARIN).partial_job(replace(job(6.5), prompt="数字"))
    assert str(trimmed.prompt).startswith("数字 零一")
