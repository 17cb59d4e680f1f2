"""The rule that rejects doubtful text, and how fast people speak."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from theresa_server.audio.evidence import VoiceEvidence
from theresa_server.speech.doubts import AUDIO_DOUBTS, Doubt, is_phantom, is_plausible_rate, syllables


def voice(ms: int) -> VoiceEvidence:
    return VoiceEvidence(voice_ms=ms, share=0.8, certainty=0.9)


@given(st.frozensets(st.sampled_from(Doubt)))
def test_a_phantom_has_two_doubts_and_one_about_the_audio(doubts: frozenset[Doubt]) -> None:
    assert is_phantom(doubts) == (len(doubts) >= 2 and not doubts.isdisjoint(AUDIO_DOUBTS))


@given(st.frozensets(st.sampled_from(Doubt)), st.sampled_from(Doubt))
def test_more_doubts_never_rehabilitate_a_text(doubts: frozenset[Doubt], another: Doubt) -> None:
    assert is_phantom(doubts | {another}) >= is_phantom(doubts)


@pytest.mark.parametrize(("text", "count"), [("你好吗？", 3), ("banana", 2), ("5 5 5", 3), ("", 0), ("...", 0)])
def test_syllables_are_estimated(text: str, count: float) -> None:
    assert syllables(text) == pytest.approx(count)


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        pytest.param("我今天上午去了北京大学", 1_500, id="fast Mandarin"),
        pytest.param("I'm going to have to go.", 700, id="fast English"),
        pytest.param("Hmm", 900, id="a long sound"),
        pytest.param("Yes.", 80, id="a word that the detector nearly missed"),
    ],
)
def test_people_speak_this_fast(text: str, ms: int) -> None:
    assert is_plausible_rate(text, voice(ms))


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        pytest.param("I'm going to have to go and see him.", 200, id="a sentence in a fifth of a second"),
        pytest.param("请不吝点赞订阅转发", 400, id="nine characters in less than half a second"),
        pytest.param("you", 3_000, id="three letters in three seconds"),
    ],
)
def test_nobody_speaks_this_fast_or_slowly(text: str, ms: int) -> None:
    assert not is_plausible_rate(text, voice(ms))
