"""Segments as subtitles."""

from dataclasses import replace
from unicodedata import east_asian_width

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.doubles import CLEAR
from theresa_protocol.subtitles import Cue
from theresa_server.audio.segments import SegmentClosed
from theresa_server.openai.files.cues import CUE_MS, LINE_COLUMNS, make_cues
from theresa_server.openai.files.transcript import RecordingSegment, RecordingTranscript
from theresa_server.speech.recognition import Hypothesis, TimedWord

WORD_MS = 300


def hypothesis_of(pieces: list[str], word_ms: int = WORD_MS) -> Hypothesis:
    """A hypothesis with evenly spaced words. A piece includes the space before it."""
    words: list[TimedWord] = []
    at = 0
    for number, piece in enumerate(pieces):
        begin = at + len(piece) - len(piece.lstrip())
        at += len(piece)
        start_ms = number * word_ms
        words.append(
            TimedWord(
                text=piece.strip(), start_ms=start_ms, end_ms=start_ms + word_ms, confidence=1, begin=begin, end=at
            )
        )
    return replace(CLEAR, text="".join(pieces), pieces=tuple(pieces), words=tuple(words))


def segments(*spoken: Hypothesis, length_ms: int = 30_000) -> list[RecordingSegment]:
    transcript = RecordingTranscript()
    for number, hypothesis in enumerate(spoken):
        start, end = number * length_ms * 16, (number + 1) * length_ms * 16
        transcript.add(SegmentClosed(start, end, np.zeros(0, np.int16), "endpoint", start), hypothesis, None)
    return transcript.segments


def english(text: str) -> Hypothesis:
    first, *rest = text.split()
    return hypothesis_of([first, *(f" {word}" for word in rest)])


def columns(line: str) -> int:
    return sum(2 if east_asian_width(char) in "WF" else 1 for char in line)


def test_a_short_text_is_one_line() -> None:
    assert make_cues(segments(english("Good morning."))) == [Cue(0, 600, ("Good morning.",))]


def test_two_lines_are_balanced() -> None:
    (cue,) = make_cues(segments(english("Orion Systems opened a new office in Shanghai on Friday.")))
    assert cue.lines == ("Orion Systems opened a new", "office in Shanghai on Friday.")


def test_a_long_segment_is_split_after_a_sentence() -> None:
    text = "We met in the old harbour at noon and had fish. Then all of us took the long way home along the river."
    first, second = make_cues(segments(english(text)))
    assert " ".join(first.lines).endswith("fish.")
    assert " ".join(second.lines).startswith("Then")


def test_mandarin_is_split_after_punctuation() -> None:
    pieces = [
        *"会议星期三下午三点在深圳的华星科技开",
        "始。",
        *"请各位同事带上上个月的报告和所有的数",
        "据，",
        *"我们会一起讨",
        "论。",
    ]
    found = make_cues(segments(hypothesis_of(pieces, 200)))
    assert found[0].lines == ("会议星期三下午三点在深圳的华星科技开始。",)


def test_no_cue_is_longer_than_the_limit() -> None:
    slow = hypothesis_of([*"一二三四五六七八"], 2_000)
    assert all(cue.end_ms - cue.start_ms <= CUE_MS for cue in make_cues(segments(slow)))


def test_one_cue_ends_before_the_next_begins() -> None:
    early, late = hypothesis_of(["好"], 5_000), hypothesis_of(["再"])
    first, second = make_cues(segments(early, late, length_ms=3_000))
    assert first.end_ms <= second.start_ms


def test_a_segment_without_words_is_one_cue() -> None:
    assert make_cues(segments(CLEAR)) == [Cue(0, 30_000, ("你好",))]


words = st.one_of(st.sampled_from(["好", "是。", "你，", "们"]), st.from_regex(r" [a-z]{1,12}[.,?]?", fullmatch=True))


@given(st.lists(words, min_size=1, max_size=80), st.integers(0, 1_500))
def test_cues_keep_the_text_and_the_limits(pieces: list[str], word_ms: int) -> None:
    pieces = [pieces[0].strip(), *pieces[1:]]
    found = make_cues(segments(hypothesis_of(pieces, word_ms)))
    lines = [line for cue in found for line in cue.lines]
    assert "".join("".join(lines).split()) == "".join("".join(pieces).split())
    assert all(columns(line) <= LINE_COLUMNS for line in lines)
    assert all(len(cue.lines) <= 2 for cue in found)
    assert all(cue.start_ms <= cue.end_ms for cue in found)
    assert all(cue.end_ms - cue.start_ms <= CUE_MS for cue in found)
