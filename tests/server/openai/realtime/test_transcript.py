"""The transcript of an item only grows, and entities are located in it even if a final differs from it."""

from functools import partial
from unicodedata import normalize

from hypothesis import given
from hypothesis import strategies as st

from theresa_server.openai.realtime.transcript import ItemTranscript

TEXTS = st.text(st.sampled_from("ab 你好。,.é\u0301𠮷ก"), max_size=12).map(partial(normalize, "NFC"))


@given(st.lists(st.tuples(st.integers(0, 3), TEXTS)))
def test_deltas_add_up_to_the_transcript(updates: list[tuple[int, str]]) -> None:
    transcript = ItemTranscript()
    assert "".join([transcript.update(segment, text) for segment, text in updates]) == transcript.text


@given(TEXTS, TEXTS, TEXTS)
def test_a_place_is_where_the_text_stands(before: str, stable: str, text: str) -> None:
    transcript = ItemTranscript()
    transcript.update(0, before)
    transcript.update(1, stable)
    transcript.update(1, text)
    alignment = transcript.align(1, text)
    if alignment is not None:
        for begin in range(len(text)):
            found = alignment.find(begin, begin + 1, text[begin])
            assert found is None or transcript.text[found] == text[begin]


def test_segments_are_joined_by_the_rules_of_their_script() -> None:
    transcript = ItemTranscript()
    for number, segment in enumerate(["Good morning.", "Yes.", "", "我很好。", "谢谢。"]):
        transcript.update(number, segment)
    assert transcript.text == "Good morning. Yes. 我很好。谢谢。"


def test_a_differing_final_continues_the_sent_text() -> None:
    transcript = ItemTranscript()
    transcript.update(0, "Orion System opened")
    assert transcript.update(0, "Orion Systems opened an office.") == " an office."


def test_a_differing_chinese_final_continues_the_sent_text() -> None:
    transcript = ItemTranscript()
    transcript.update(0, "陈静在深")
    assert transcript.update(0, "陈静在申圳工作。") == "圳工作。"


def test_an_entity_after_a_differing_word_is_located() -> None:
    transcript = ItemTranscript()
    transcript.update(0, "Yes.")
    transcript.update(1, "Orion System opened")
    text = "Orion Systems opened in Shanghai."
    transcript.update(1, text)
    alignment = transcript.align(1, text)
    assert alignment is not None
    at = text.index("Shanghai")
    found = alignment.find(at, at + 8, "Shanghai")
    assert found == transcript.text.index("Shanghai")


def test_an_entity_in_a_differing_word_is_not_located() -> None:
    transcript = ItemTranscript()
    transcript.update(0, "Orion System opened")
    transcript.update(0, "Orion Systems opened")
    alignment = transcript.align(0, "Orion Systems opened")
    assert alignment is not None
    assert alignment.find(0, 13, "Orion Systems") is None
