"""Words that are recognised on both sides of a split."""

from dataclasses import replace

from theresa_server.speech.guards import GuardAction
from theresa_server.speech.overlap import without_overlap
from theresa_server.speech.recognition import Hypothesis, TimedWord


def word(text: str, begin: int) -> TimedWord:
    return TimedWord(
        text=text, start_ms=10 * begin, end_ms=10 * begin + 9, confidence=1, begin=begin, end=begin + len(text)
    )


ENGLISH = Hypothesis(
    text="pounds to Alice.",
    pieces=("p", "ounds", " to", " Alice", "."),
    tokens=((1,), (2,), (3,), (4,), (5,)),
    words=(word("pounds", 0), word("to", 7), word("Alice.", 10)),
    language="en",
    language_probability=1,
    confidence=1,
    no_speech=0,
    temperature=0,
    compression_ratio=1,
)
CHINESE = replace(
    ENGLISH,
    text="银行工作。",
    pieces=("银行", "工作。"),
    tokens=((1, 2), (3,)),
    words=tuple(word(char, at) for at, char in enumerate(("银", "行", "工", "作。"))),
    language="zh",
)


def test_repeated_words_are_removed() -> None:
    assert without_overlap(ENGLISH, "She sent 700 pounds").text == "to Alice."
    assert without_overlap(CHINESE, "他在东方银行").text == "工作。"


def test_pieces_and_tokens_match_the_remaining_text() -> None:
    cut = without_overlap(ENGLISH, "She sent 700 pounds")
    assert ("".join(cut.pieces), cut.tokens) == (cut.text, ((3,), (4,), (5,)))


def test_word_offsets_match_the_remaining_text() -> None:
    for hypothesis, before in ((ENGLISH, "700 pounds"), (CHINESE, "东方银行")):
        cut = without_overlap(hypothesis, before)
        assert all(cut.text[word.begin : word.end] == word.text for word in cut.words)
        assert len(cut.words) == 2


def test_the_removal_is_recorded() -> None:
    assert without_overlap(CHINESE, "他在东方银行").guard_actions == (GuardAction.REPEAT,)


def test_other_hypotheses_are_unchanged() -> None:
    assert without_overlap(ENGLISH, "She sent 700 euros") is ENGLISH
