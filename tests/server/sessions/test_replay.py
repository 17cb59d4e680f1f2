"""What is kept to be said again."""

from hypothesis import given
from hypothesis import strategies as st

from theresa_protocol.messages import Ended, Entities, Final, Partial
from theresa_server.sessions.replay import MAX_FINALS, ReplayBuffer


def final(segment: int) -> Final:
    return Final(segment=segment, text="好", start_ms=0, end_ms=1, through=1, reason="end", language="zh", confidence=1)


def entities(segment: int, *, last: bool = True) -> Entities:
    return Entities(segment=segment, rev=1, final=last, items=())


def test_finals_come_in_order_each_with_its_list_behind_it() -> None:
    repeats = ReplayBuffer()
    for message in (final(0), final(1), entities(0), entities(1)):
        repeats.note(message)

    assert repeats.since(0) == [final(0), entities(0), final(1), entities(1)]


def test_what_may_be_lost_is_not_kept() -> None:
    repeats = ReplayBuffer()
    repeats.note(Partial(segment=0, rev=1, text="好", stable=0, start_ms=0, end_ms=1, language="zh"))
    repeats.note(entities(0, last=False))

    assert repeats.since(0) == []


def test_the_goodbye_comes_last() -> None:
    repeats = ReplayBuffer()
    goodbye = Ended(audio_ms=1, segments=1)
    for message in (final(0), goodbye, entities(0)):
        repeats.note(message)

    assert repeats.since(0) == [final(0), entities(0), goodbye]


@given(st.integers(0, 3 * MAX_FINALS), st.integers(0, 3 * MAX_FINALS))
def test_all_that_is_asked_for_comes_or_it_is_said_that_it_is_not_all_there(count: int, asked: int) -> None:
    repeats = ReplayBuffer()
    for segment in range(count):
        repeats.note(final(segment))

    said = repeats.since(asked)

    assert said == [final(segment) for segment in range(asked, count)] or (said is None and asked < count - MAX_FINALS)
