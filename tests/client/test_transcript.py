"""What a session has said, whatever the order in which its messages are applied."""

from hypothesis import given
from hypothesis import strategies as st

from tests.client.peer import final, partial
from theresa_client.transcript import Segment, Transcript
from theresa_protocol.messages import Ack, Final, Partial


@st.composite
def sessions(draw: st.DrawFn) -> list[Partial | Final]:
    """Growing partials for some segments, and finals for some of those."""
    messages: list[Partial | Final] = []
    for segment in range(draw(st.integers(0, 4))):
        text = draw(st.text("ab 你好", max_size=8))
        messages.extend(
            partial(text[:rev], segment=segment, rev=rev, stable=draw(st.integers(0, len(text[:rev]))))
            for rev in range(1, draw(st.integers(1, 4)))
        )
        if draw(st.booleans()):
            messages.append(final(text, segment=segment))
    return messages


def applied(messages: list[Partial | Final]) -> list[Segment]:
    transcript = Transcript()
    for message in messages:
        transcript.apply(message)
    return transcript.segments


@given(sessions(), st.data())
def test_order_and_repetition_do_not_matter(messages: list[Partial | Final], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(messages + messages))
    assert applied(shuffled) == applied(messages)


@given(sessions())
def test_segments_come_in_order_and_finals_are_all_there(messages: list[Partial | Final]) -> None:
    segments = applied(messages)
    assert [segment.number for segment in segments] == sorted({message.segment for message in messages})
    finals = {message.segment: message.text for message in messages if isinstance(message, Final)}
    assert {segment.number: segment.text for segment in segments if segment.final} == finals


@given(sessions(), st.data())
def test_only_what_says_something_new_is_a_change(messages: list[Partial | Final], data: st.DataObject) -> None:
    transcript = Transcript()
    for message in data.draw(st.permutations(messages)):
        before = transcript.segments
        assert (transcript.apply(message) is not None) == (transcript.segments != before)


def test_a_final_replaces_the_partials() -> None:
    transcript = Transcript()
    transcript.apply(partial("你 豪", stable=1))
    assert [segment.text for segment in transcript.open] == ["你 豪"]

    transcript.apply(final("你好。"))

    assert transcript.open == []
    assert [(segment.text, segment.stable, segment.confidence) for segment in transcript.finals] == [("你好。", 3, 0.9)]


def test_a_final_without_text_leaves_nothing_behind() -> None:
    transcript = Transcript()
    transcript.apply(partial("uh"))
    transcript.apply(final(""))
    assert (transcript.finals, transcript.open) == ([], [])


def test_a_stable_length_beyond_the_text_is_all_of_it() -> None:
    segment = Transcript().apply(partial("abc", stable=99))
    assert segment is not None
    assert segment.stable == 3


def test_other_messages_change_nothing() -> None:
    assert Transcript().apply(Ack(received=1, committed=1)) is None
