"""Windows that begin inside growing speech, and the text before them."""

import random
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from theresa_training import context, tails
from theresa_training.windows import Window, WindowComposition, compose

from .test_examples import clip

SEEDS = st.integers(0, 2**32)
LANGUAGES = st.sampled_from(["en", "zh"])
COMPOSITION = WindowComposition(
    sentences=4, seconds=(1.0, 9.0), cut_end=0.0, cut_start=0.0, lead=(0.2, 0.2), pauses=((0.3, 0.3),)
)


def whole(language: str = "en", seed: int = 1) -> Window:
    return compose(lambda: clip(language), COMPOSITION, random.Random(seed))


def text_of(window: Window) -> str:
    return "".join(segment.text for segment in window.segments)


@pytest.mark.parametrize(
    ("language", "before", "after"), [("en", "Emma lives", " in Rome."), ("zh", "你好", "吗。")], ids=["en", "zh"]
)
def test_a_tail_is_the_text_from_a_word_on_with_the_text_before_as_previous(
    language: str, before: str, after: str
) -> None:
    window = compose(
        lambda: clip(language), WindowComposition(cut_end=0.0, cut_start=0.0, tail=(0.4, 0.4)), random.Random(1)
    )
    begin = window.segments[0].starts[2]
    tail = tails.cut(window, 0, 2, begin, begin + 9)
    assert (tail.previous, text_of(tail)) == (before, after)
    assert tail.segments[0].starts[0] == 0.0
    assert tail.segments[0].complete


def test_a_tail_that_ends_inside_a_word_stops_before_it() -> None:
    window = whole()
    begin = window.segments[0].starts[1]
    tail = tails.cut(window, 0, 1, begin, begin + 0.7)
    assert text_of(tail) == " lives"
    assert not tail.segments[0].complete


def test_a_tail_can_continue_into_the_next_sentences() -> None:
    window = whole(seed=3)
    assert len(window.segments) > 1
    tail = tails.cut(window, 0, 3, window.segments[0].starts[3], 99.0)
    assert text_of(tail) == " Rome." + "".join(segment.text for segment in window.segments[1:])
    assert len(tail.segments) == len(window.segments)


def test_a_window_without_words_has_no_tail() -> None:
    silence = Window("en", np.zeros(16_000, np.float32), (), (), "")
    assert tails.tail(silence, random.Random(0)) is silence


@given(seed=SEEDS, language=LANGUAGES)
def test_a_tail_neither_repeats_nor_skips(seed: int, language: str) -> None:
    window = whole(language, seed)
    tail = tails.tail(window, random.Random(seed))
    assert text_of(window).strip().startswith((tail.previous + text_of(tail)).strip())


@given(seed=SEEDS, language=LANGUAGES)
def test_a_tail_begins_about_where_its_first_word_does(seed: int, language: str) -> None:
    window = whole(language, seed)
    tail = tails.tail(window, random.Random(seed))
    assert len(tail.samples) / 16_000 <= tails.SECONDS[1] + 1e-3
    if tail.segments:
        assert 0.0 <= tail.segments[0].starts[0] <= tails.EARLY_S + 1e-6


@given(seed=SEEDS, language=LANGUAGES)
def test_times_of_a_tail_rise_within_it(seed: int, language: str) -> None:
    tail = tails.tail(whole(language, seed), random.Random(seed))
    times = [time for segment in tail.segments for time in segment.starts]
    assert all(first <= second for first, second in pairwise(times))
    assert all(0 <= time <= len(tail.samples) / 16_000 + 1e-6 for time in times)
    assert all(-0.03 <= at <= len(tail.samples) / 16_000 for _, at in tail.phonemes)


@given(seed=SEEDS, language=LANGUAGES, earlier=st.integers(0, 40))
def test_the_text_before_a_tail_fits_and_its_end_is_kept(
    tokenizer: Tokenizer, seed: int, language: str, earlier: int
) -> None:
    def encode(text: str) -> list[int]:
        return list(tokenizer.encode(text).ids)

    sentence, previous = ("Emma lives in Rome.", "I live in") if language == "en" else ("王小明在北京。", "我住在")
    rng = random.Random(seed)
    tokens = context.before(previous, [sentence] * earlier, "London, Paris", language, rng, encode)  # type: ignore[arg-type]
    assert len(tokens) <= context.MAX_TOKENS
    # Occasionally the last word is missing.
    assert tokenizer.decode(tokens).endswith((previous, "I live", "我住"))


@pytest.mark.parametrize(
    ("language", "units", "found"),
    [
        ("en", (" Emma", " lives", " in", " Rome", "."), {"Emma", "lives", "Rome"}),
        ("zh", ("王", "小", "明", "在", "北", "京", "。"), {"王小", "明在", "北京", "王小明", "在北京"}),
    ],
    ids=["en", "zh"],
)
def test_terms_are_words_in_english_and_some_characters_in_mandarin(
    language: str, units: tuple[str, ...], found: set[str]
) -> None:
    terms = {term for seed in range(9) for term in context.terms(units, language, random.Random(seed))}  # type: ignore[arg-type]
    assert terms == found
