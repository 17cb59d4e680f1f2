"""The transcript of a session does not depend on the order of its messages."""

from hypothesis import given
from hypothesis import strategies as st

from tests.client.peer import entities, entity, final, partial
from theresa_client.mentions import Mention
from theresa_client.transcript import Segment, Transcript
from theresa_protocol.messages import Ack, Entities, Final, Partial

Said = Partial | Final | Entities


@st.composite
def sessions(draw: st.DrawFn) -> list[Said]:
    """Growing partials for some segments, finals for some of those, and lists of entities, also of what never came."""
    messages: list[Said] = []
    for segment in range(draw(st.integers(0, 4))):
        text = draw(st.text("ab 你好", max_size=8))
        messages.extend(
            partial(text[:rev], segment=segment, rev=rev, stable=draw(st.integers(0, len(text[:rev]))))
            for rev in range(1, draw(st.integers(1, 4)))
        )
        if draw(st.booleans()):
            messages.append(final(text, segment=segment))
        lists = draw(st.integers(0, 3))
        messages.extend(
            entities(*draw(NAMES), segment=segment, rev=rev, final=rev == lists and draw(st.booleans()))
            for rev in range(1, lists + 1)
        )
    return messages


NAMES = st.lists(st.builds(entity, st.sampled_from(["PERSON", "LOCATION"]), st.sampled_from(["a", "你好"])), max_size=3)


def transcript(messages: list[Said]) -> Transcript:
    found = Transcript()
    for message in messages:
        found.apply(message)
    return found


def applied(messages: list[Said]) -> list[Segment]:
    return transcript(messages).segments


@given(sessions(), st.data())
def test_order_and_repetition_do_not_matter(messages: list[Said], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(messages + messages))
    assert applied(shuffled) == applied(messages)
    assert transcript(shuffled).mentions == transcript(messages).mentions


@given(sessions())
def test_segments_come_in_order_and_finals_are_all_there(messages: list[Said]) -> None:
    segments = applied(messages)
    told = {message.segment for message in messages if not isinstance(message, Entities)}
    assert [segment.number for segment in segments] == sorted(told)
    finals = {message.segment: message.text for message in messages if isinstance(message, Final)}
    assert {segment.number: segment.text for segment in segments if segment.final} == finals


@given(sessions(), st.data())
def test_apply_returns_a_segment_only_if_it_changed(messages: list[Said], data: st.DataObject) -> None:
    found = Transcript()
    for message in data.draw(st.permutations(messages)):
        before = found.segments
        changed = found.apply(message)
        assert (changed is not None) == (found.segments != before)
        assert changed is None or changed in found.segments


@given(sessions())
def test_the_counts_of_mentions_add_up_to_the_entities(messages: list[Said]) -> None:
    found = transcript(messages)
    assert sum(mention.count for mention in found.mentions) == len(found.entities)
    assert {mention.id for mention in found.mentions} == {entity.id for entity in found.entities}


def test_a_final_replaces_the_partials() -> None:
    found = transcript([partial("你 豪", stable=1)])
    assert [segment.text for segment in found.open] == ["你 豪"]

    found.apply(final("你好。"))

    assert found.open == []
    assert [(segment.text, segment.stable, segment.confidence) for segment in found.finals] == [("你好。", 3, 0.9)]


def test_a_final_without_text_leaves_nothing_behind() -> None:
    found = transcript([partial("uh"), final("")])
    assert (found.finals, found.open) == ([], [])


def test_a_newer_list_of_an_open_segment_replaces_the_older_one() -> None:
    ann, anna = entity("PERSON", "Ann"), entity("PERSON", "Anna")
    (grown,) = applied([partial("Anna says"), entities(ann, final=False), entities(anna, rev=2, final=False)])
    assert (grown.entities, grown.searched) == ((anna,), False)


def test_the_list_of_an_open_segment_does_not_apply_to_its_final() -> None:
    (said,) = applied([partial("陈静"), entities(entity("PERSON", "陈静"), final=False), final("晨静。")])
    assert (said.entities, said.searched) == ((), False)


def test_an_empty_final_list_marks_a_final_as_searched() -> None:
    (said,) = applied([final("你好。"), entities()])
    assert (said.entities, said.searched) == ((), True)


def test_a_list_before_its_final_is_kept_for_it() -> None:
    found = transcript([partial("陈静"), entities(entity("PERSON", "陈静"))])
    assert found.segments[0].entities == ()
    changed = found.apply(final("陈静。"))
    assert changed is not None
    assert (changed.entities, changed.searched) == ((entity("PERSON", "陈静"),), True)


def test_mentions_have_a_count_and_a_first_time() -> None:
    found = transcript(
        [
            final("陈静在深圳。"),
            final("Call 陈静.", segment=1),
            entities(entity("PERSON", "陈静", 5, start_ms=2_000), segment=1),
            entities(entity("PERSON", "陈静", start_ms=300), entity("LOCATION", "深圳", 3, start_ms=800)),
        ]
    )
    assert found.mentions == [
        Mention("PERSON 陈静", "PERSON", "陈静", count=2, start_ms=300),
        Mention("LOCATION 深圳", "LOCATION", "深圳", count=1, start_ms=800),
    ]


def test_open_segments_have_no_mentions() -> None:
    assert transcript([partial("陈静"), entities(entity("PERSON", "陈静"), final=False)]).mentions == []


def test_a_stable_length_beyond_the_text_is_its_length() -> None:
    segment = Transcript().apply(partial("abc", stable=99))
    assert segment is not None
    assert segment.stable == 3


def test_other_messages_change_nothing() -> None:
    assert Transcript().apply(Ack(received=1, committed=1)) is None
