"""Passages as subtitles."""

from dataclasses import replace
from unicodedata import east_asian_width

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.doubles import CLEAR
from theresa_protocol.subtitles import Cue
from theresa_server.audio.segmenter import SegmentClosed
from theresa_server.openai.files.cues import CUE_MS, LINE_COLUMNS, cues
from theresa_server.openai.files.transcript import Passage, RecordingTranscript
from theresa_server.speech.recognition import Hypothesis, TimedWord

WORD_MS = 300


def said(pieces: list[str], word_ms: int = WORD_MS) -> Hypothesis:
    """A text whose words follow each other at a steady pace; a piece brings the space before it."""
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


def passages(*spoken: Hypothesis, length_ms: int = 30_000) -> list[Passage]:
    transcript = RecordingTranscript()
    for number, hypothesis in enumerate(spoken):
        start, end = number * length_ms * 16, (number + 1) * length_ms * 16
        transcript.add(SegmentClosed(start, end, np.zeros(0, np.int16), "endpoint", start), hypothesis, None)
    return transcript.passages


def english(text: str) -> Hypothesis:
    first, *rest = text.split()
    return said([first, *(f" {word}" for word in rest)])


def columns(line: str) -> int:
    return sum(2 if east_asian_width(char) in "WF" else 1 for char in line)


def test_what_is_short_is_one_line() -> None:
    assert cues(passages(english("Good morning."))) == [Cue(0, 600, ("Good morning.",))]


def test_two_lines_are_of_like_width() -> None:
    (cue,) = cues(passages(english("Orion Systems opened a new office in Shanghai on Friday.")))
    assert cue.lines == ("Orion Systems opened a new", "office in Shanghai on Friday.")


def test_a_long_passage_is_cut_behind_a_sentence() -> None:
    text = "We met in the old harbour at noon and had fish. Then all of us took the long way home along the river."
    first, second = cues(passages(english(text)))
    assert " ".join(first.lines).endswith("fish.")
    assert " ".join(second.lines).startswith("Then")


def test_mandarin_is_cut_behind_its_marks() -> None:
    pieces = [
        *"会议星期三下午三点在深圳的华星科技开",
        "始。",
        *"请各位同事带上上个月的报告和所有的数",
        "据，",
        *"我们会一起讨",
        "论。",
    ]
    found = cues(passages(said(pieces, 200)))
    assert found[0].lines == ("会议星期三下午三点在深圳的华星科技开始。",)


def test_nothing_is_shown_for_longer_than_can_be_followed() -> None:
    slow = said([*"一二三四五六七八"], 2_000)
    assert all(cue.end_ms - cue.start_ms <= CUE_MS for cue in cues(passages(slow)))


def test_one_cue_ends_before_the_next_begins() -> None:
    early, late = said(["好"], 5_000), said(["再"])
    first, second = cues(passages(early, late, length_ms=3_000))
    assert first.end_ms <= second.start_ms


def test_a_passage_without_words_is_one_cue() -> None:
    assert cues(passages(CLEAR)) == [Cue(0, 30_000, ("你好",))]


words = st.one_of(st.sampled_from(["好", "是。", "你，", "们"]), st.from_regex(r" [a-z]{1,12}[.,?]?", fullmatch=True))


@given(st.lists(words, min_size=1, max_size=80), st.integers(0, 1_500))
def test_nothing_is_lost_and_every_line_can_be_read(pieces: list[str], word_ms: int) -> None:
    pieces = [pieces[0].strip(), *pieces[1:]]
    found = cues(passages(said(pieces, word_ms)))
    lines = [line for cue in found for line in cue.lines]
    assert "".join("".join(lines).split()) == "".join("".join(pieces).split())
    assert all(columns(line) <= LINE_COLUMNS for line in lines)
    assert all(len(cue.lines) <= 2 for cue in found)
    assert all(cue.start_ms <= cue.end_ms for cue in found)
    assert all(cue.end_ms - cue.start_ms <= CUE_MS for cue in found)
