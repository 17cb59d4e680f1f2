"""What has been decoded and shown of one segment."""

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


def said(*pieces: str, tokens: Sequence[tuple[int, ...]] = (), words: tuple[TimedWord, ...] = ()) -> Hypothesis:
    return replace(CLEAR, text="".join(pieces), pieces=pieces, tokens=tuple(tokens), words=words)


def job(seconds: float = 1, *, kind: JobKind = JobKind.PARTIAL) -> DecodeJob:
    return DecodeJob(pcm=np.zeros(int(seconds * 16_000), np.int16), language=None, kind=kind)


def test_a_partial_is_due_each_time_the_segment_has_grown_by_the_interval() -> None:
    utterance = Utterance(0, start=1_000, opened=8_000, interval=INTERVAL)
    utterance.mark_requested(20_000)
    assert not utterance.is_due(20_000 + INTERVAL - 1)
    assert utterance.is_due(20_000 + INTERVAL)


def test_the_first_partial_wants_half_an_interval_of_speech() -> None:
    utterance = Utterance(0, start=1_000, opened=8_000, interval=INTERVAL)
    assert not utterance.is_due(8_000 + INTERVAL // 2 - 1)
    assert utterance.is_due(8_000 + INTERVAL // 2)


def test_what_two_hypotheses_agree_on_is_shown_as_stable() -> None:
    utterance = Utterance(0, start=0, opened=0, interval=INTERVAL)
    utterance.update(said("今", "天", "气"), 0)
    view = utterance.update(said("今", "天", "天", "气"), 0)
    assert view is not None
    assert (view.text, view.text[: view.stable]) == ("今天天气", "今天")


def test_a_partial_goes_on_from_the_stable_text_in_the_tokens_that_wrote_it() -> None:
    utterance = Utterance(0, start=0, opened=0, interval=INTERVAL)
    for pieces, tokens in ((("今", "天"), ((1,), (2, 3))), (("今", "天", "气"), ((1,), (2, 3), (4,)))):
        utterance.update(said(*pieces, tokens=tokens), 0)
    assert utterance.partial_job(job()).prefix == StablePrefix("今天", (1, 2, 3), covered=2)


def test_without_a_stable_text_there_is_no_prefix() -> None:
    utterance = Utterance(0, start=0, opened=0, interval=INTERVAL)
    utterance.update(said("Hello", tokens=[(1,)]), 0)
    assert utterance.final_job(job(kind=JobKind.FINAL)).prefix is None


def test_a_partial_that_went_another_way_is_not_forced_back() -> None:
    utterance = Utterance(0, start=0, opened=0, interval=INTERVAL)
    for word in ("one", "one", "won"):
        utterance.update(said(word, " two", tokens=[(len(word),), (2,)]), 0)
    assert utterance.partial_job(job()).prefix is None


def test_a_final_is_asked_to_come_back() -> None:
    utterance = Utterance(0, start=0, opened=0, interval=INTERVAL)
    for word in ("one", "one", "won"):
        utterance.update(said(word, " two", tokens=[(len(word),), (2,)]), 0)
    assert utterance.final_job(job(kind=JobKind.FINAL)).prefix == StablePrefix("one", (3,), covered=3, agreed=False)


def test_revisions_are_counted_from_one() -> None:
    utterance = Utterance(0, start=0, opened=0, interval=INTERVAL)
    revisions = []
    for pieces in (("Hello",), ("Hello", " there"), ("Hello", " there", " you")):
        utterance.update(said(*pieces), 0)
        revisions.append(utterance.rev)
    assert revisions == [1, 2, 3]


def test_nothing_is_shown_until_something_was_said() -> None:
    utterance = Utterance(0, start=0, opened=0, interval=INTERVAL)
    assert utterance.update(said(), 0) is None
    assert (utterance.has_partials, utterance.rev) == (False, 0)


def test_what_has_not_changed_is_not_shown_again() -> None:
    utterance = Utterance(0, start=0, opened=0, interval=INTERVAL)
    for _ in range(2):
        utterance.update(said("你", "好"), 0)
    assert utterance.update(said("你", "好"), 0) is None
    assert utterance.rev == 2


def timed(*texts: str, ms: int = 500) -> Hypothesis:
    """A hypothesis of words of so many milliseconds each, one piece and one token for each."""
    words, begin = [], 0
    for index, text in enumerate(texts):
        end = begin + len(text)
        first = end - len(text.strip())
        times = {"start_ms": index * ms, "end_ms": (index + 1) * ms}
        words.append(TimedWord(text=text.strip(), confidence=1, begin=first, end=end, **times))
        begin = end
    return said(*texts, tokens=[(index,) for index in range(len(texts))], words=tuple(words))


ENGLISH = ["One", " two", " three", " four", " five", " six", " seven", " eight", " nine", " ten", " eleven", " twelve"]
MANDARIN = list("零一二三四五六七八九十百")


def spoken(texts: list[str], free_samples: int = 0) -> Utterance:
    """A segment of twelve words, half a second each, all but the last of them stable."""
    utterance = Utterance(0, start=0, opened=0, interval=INTERVAL, free_samples=free_samples)
    for _ in range(2):
        utterance.update(timed(*texts), 6 * 16_000)
    return utterance


@pytest.mark.parametrize("texts", [ENGLISH, MANDARIN])
def test_of_a_long_segment_only_the_end_is_decoded(texts: list[str]) -> None:
    assert spoken(texts).partial_job(job(6.5)).pcm.size < 4 * 16_000


@pytest.mark.parametrize("texts", [ENGLISH, MANDARIN])
def test_the_newest_text_before_it_is_told_to_the_decoder(texts: list[str]) -> None:
    prompt = str(spoken(texts).partial_job(job(6.5)).prompt)
    assert 3 < len(prompt) <= PREVIOUS_CHARACTERS
    assert prompt in "".join(texts)


@pytest.mark.parametrize("texts", [ENGLISH, MANDARIN])
def test_the_text_before_it_and_its_prefix_are_the_stable_text(texts: list[str]) -> None:
    asked = spoken(texts).partial_job(job(6.5))
    stable = spoken(texts).final_job(job(6.5, kind=JobKind.FINAL)).prefix
    assert asked.prefix is not None
    assert stable is not None
    assert stable.text.endswith(f"{asked.prompt}{asked.prefix.text}")


@pytest.mark.parametrize("texts", [ENGLISH, MANDARIN])
def test_what_the_end_says_goes_on_from_the_text_before_it(texts: list[str]) -> None:
    utterance = spoken(texts)
    asked = utterance.partial_job(job(6.5))
    assert asked.prefix is not None
    rest = texts[asked.prefix.tokens[0] :]
    heard = utterance.whole(timed(rest[0].strip(), *rest[1:]))
    assert heard == replace(timed(*texts), words=heard.words, tokens=heard.tokens)


@pytest.mark.parametrize("texts", [ENGLISH, MANDARIN])
def test_words_of_the_end_are_timed_from_the_beginning_of_the_segment(texts: list[str]) -> None:
    utterance = spoken(texts)
    asked = utterance.partial_job(job(6.5))
    assert asked.prefix is not None
    rest = texts[asked.prefix.tokens[0] :]
    heard = utterance.whole(timed(rest[0].strip(), *rest[1:]))
    assert [word.start_ms for word in heard.words] == [500 * index for index in range(len(texts))]


def test_a_short_segment_is_decoded_from_its_beginning() -> None:
    utterance = Utterance(0, start=0, opened=0, interval=INTERVAL)
    for _ in range(2):
        utterance.update(timed(*ENGLISH[:5]), 2 * 16_000)
    assert utterance.partial_job(job(2.5)).pcm.size == job(2.5).pcm.size


TIMED_S = (MIN_TAIL_MS + MIN_GAIN_MS) / 1000


def test_words_are_timed_once_it_is_worth_while() -> None:
    utterance = Utterance(0, start=0, opened=0, interval=INTERVAL)
    assert [utterance.partial_job(job(seconds)).words for seconds in (TIMED_S - 0.1, TIMED_S)] == [False, True]


def test_audio_that_costs_nothing_is_not_cut_off() -> None:
    assert spoken(ENGLISH, free_samples=8 * 16_000).partial_job(job(6.5)).pcm.size == job(6.5).pcm.size


def test_after_a_contradiction_the_end_goes_on_from_what_was_shown() -> None:
    utterance = Utterance(0, start=0, opened=0, interval=INTERVAL)
    for first in ("One", "One", "Won", "Won"):
        utterance.update(timed(first, *ENGLISH[1:]), 6 * 16_000)
    asked = utterance.partial_job(job(6.5))
    assert asked.pcm.size < job(6.5).pcm.size
    assert utterance.whole(said("and", " so", " on")).text.startswith("One two")


def test_a_segment_keeps_the_language_of_its_beginning() -> None:
    assert spoken(MANDARIN).partial_job(job(6.5)).language == "zh"


def test_the_prompt_of_a_session_stands_before_the_text() -> None:
    asked = spoken(MANDARIN).partial_job(replace(job(6.5), prompt="数字"))
    assert str(asked.prompt).startswith("数字 零一")
