from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from theresa_server.engine.whisper.pieces import Piece
from theresa_server.engine.whisper.words import loud_frames, time_words, token_starts, word_spans


def split(text: str, *breaks: int) -> list[str]:
    return [text[begin:end] for begin, end in word_spans(text, frozenset(breaks))]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The price is 4000 euros.", ["The", "price", "is", "4000", "euros."]),
        ("我在北京，2024年。", ["我", "在", "北", "京，", "2024", "年。"]),
        ("用iPhone15打电话", ["用", "iPhone15", "打", "电", "话"]),
        ("他说“你好”！", ["他", "说", "“你", "好”！"]),
        ("《三体》很好", ["《三", "体》", "很", "好"]),
        ("Hello，world", ["Hello，", "world"]),
        ("it's 3.5 (or so)", ["it's", "3.5", "(or", "so)"]),
        ("我 love 你", ["我", "love", "你"]),
        ("안녕하세요 여러분", ["안녕하세요", "여러분"]),
        ("", []),
    ],
)
def test_words(text: str, words: list[str]) -> None:
    assert split(text) == words


def test_other_scripts_without_spaces_break_between_tokens_only() -> None:
    assert split("สวัสดีครับ", 6) == ["สวัสดี", "ครับ"]


@given(st.text())
def test_words_hold_every_character_but_the_spaces(text: str) -> None:
    assert "".join(split(text)) == "".join(text.split())


@given(st.text())
def test_spans_do_not_overlap(text: str) -> None:
    spans = word_spans(text)
    assert all(begin < end for begin, end in spans)
    assert all(end <= begin for (_, end), (begin, _) in pairwise(spans))


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 9)), max_size=20), st.integers(0, 20))
def test_every_token_has_a_start_that_never_falls(steps: list[tuple[int, int]], tokens: int) -> None:
    path = [(0, 0)]
    for down, right in steps:
        path.append((path[-1][0] + down, path[-1][1] + right))
    starts = token_starts(path, tokens)
    assert len(starts) == tokens + 1
    assert starts == sorted(starts)


def test_a_token_starts_where_the_path_first_meets_it() -> None:
    assert token_starts([(0, 0), (0, 4), (1, 5), (1, 8), (2, 9)], 2) == [0, 100, 180]


@st.composite
def aligned(draw: st.DrawFn) -> tuple[list[Piece], list[int]]:
    texts = draw(st.lists(st.text(min_size=1, max_size=4), max_size=12))
    pieces = [Piece(text, index, index + 1) for index, text in enumerate(texts)]
    starts = sorted(draw(st.lists(st.integers(0, 3000), min_size=len(texts) + 1, max_size=len(texts) + 1)))
    return pieces, starts


@given(aligned(), st.integers(0, 3000), st.lists(st.booleans(), max_size=150))
def test_times_never_fall_and_stay_inside_the_audio(
    aligned_text: tuple[list[Piece], list[int]], audio_ms: int, loud: list[bool]
) -> None:
    pieces, starts = aligned_text
    words = time_words(pieces, starts, [0.5] * len(pieces), audio_ms, np.array(loud, dtype=bool))
    times = [time for word in words for time in (word.start_ms, word.end_ms)]
    assert times == sorted(times)
    assert all(0 <= time <= audio_ms for time in times)


@given(aligned())
def test_offsets_find_the_words_in_the_text(aligned_text: tuple[list[Piece], list[int]]) -> None:
    pieces, starts = aligned_text
    text = "".join(piece.text for piece in pieces)
    for word in time_words(pieces, starts, [0.5] * len(pieces), 3000, np.ones(150, dtype=bool)):
        assert text[word.begin : word.end] == word.text


def test_characters_of_one_token_share_its_time() -> None:
    words = time_words([Piece("北京", 0, 1)], [0, 400], [0.9], 1000, np.ones(50, dtype=bool))
    assert [(word.text, word.start_ms, word.end_ms) for word in words] == [("北", 0, 200), ("京", 200, 400)]


def test_a_full_stop_takes_no_time_of_its_word() -> None:
    words = time_words([Piece("so", 0, 1), Piece(".", 1, 2)], [0, 300, 900], [0.9, 0.1], 1000, np.ones(50, dtype=bool))
    assert [(word.end_ms, word.confidence) for word in words] == [(300, 0.9)]


def test_quiet_before_and_behind_a_word_is_not_part_of_it() -> None:
    loud = np.zeros(50, dtype=bool)
    loud[15:30] = True
    words = time_words([Piece("so", 0, 1)], [0, 1000], [0.9], 1000, loud)
    assert [(word.start_ms, word.end_ms) for word in words] == [(300, 600)]


def test_frames_are_loud_relative_to_the_loudest() -> None:
    pcm = np.concatenate([np.zeros(640), np.full(640, 5), np.full(640, 500), np.full(100, -500)]).astype(np.int16)
    assert loud_frames(pcm).tolist() == [False, False, False, False, True, True, True]
