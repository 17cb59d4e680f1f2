"""What is kept to be kept again."""

from hypothesis import given
from hypothesis import strategies as st

from theresa_protocol.messages import Ended, Entities, Final, Partial
from theresa_server.sessions.replay import MAX_FINALS, ReplayBuffer


def final(segment: int) -> Final:
    return Final(segment=segment, text="好", start_ms=0, end_ms=1, through=1, reason="end", language="zh", confidence=1)


def entities(segment: int, *, last: bool = True) -> Entities:
    return Entities(segment=segment, rev=1, final=last, items=())


def test_finals_are_in_order_each_followed_by_its_entities() -> None:
    replay = ReplayBuffer()
    for message in (final(0), final(1), entities(0), entities(1)):
        replay.record(message)

    assert replay.messages_from(0) == [final(0), entities(0), final(1), entities(1)]


def test_partial_results_are_not_kept() -> None:
    replay = ReplayBuffer()
    replay.record(Partial(segment=0, rev=1, text="好", stable=0, start_ms=0, end_ms=1, language="zh"))
    replay.record(entities(0, last=False))

    assert replay.messages_from(0) == []


def test_ended_is_last() -> None:
    replay = ReplayBuffer()
    ended = Ended(audio_ms=1, segments=1)
    for message in (final(0), ended, entities(0)):
        replay.record(message)

    assert replay.messages_from(0) == [final(0), entities(0), ended]


@given(st.integers(0, 3 * MAX_FINALS), st.integers(0, 3 * MAX_FINALS))
def test_messages_are_complete_or_reported_missing(count: int, asked: int) -> None:
    replay = ReplayBuffer()
    for segment in range(count):
        replay.record(final(segment))

    kept = replay.messages_from(asked)

    assert kept == [final(segment) for segment in range(asked, count)] or (kept is None and asked < count - MAX_FINALS)
