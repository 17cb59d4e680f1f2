"""The state of a session across connections, tested without a connection."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from theresa_client.errors import ConnectionFailed, ConnectionLost, Refused, ServerError, TheresaError
from theresa_client.reconnecting import Reconnect
from theresa_client.resume_state import ResumeState, UncommittedAudio, can_resume, can_retry
from theresa_protocol.audio import AudioFormat
from theresa_protocol.limits import Limits
from theresa_protocol.messages import (
    Ack,
    Endpointing,
    Entities,
    EntitiesRequest,
    Final,
    Flushed,
    Models,
    Partial,
    PreviousFinal,
    Start,
    Started,
    Update,
    WarningMessage,
)


def started(**other: Any) -> Started:
    fields = {
        "session_id": "s",
        "token": "t",
        "resumed": False,
        "next_sample": 0,
        "next_segment": 0,
        "models": Models(transcriber="demo"),
        "limits": Limits(),
        "configuration": None,
    }
    return Started(**{**fields, **other})


def final(segment: int, through: int, text: str = "好") -> Final:
    return Final(
        segment=segment, text=text, start_ms=0, end_ms=1, through=through, reason="end", language="zh", confidence=1
    )


def found(segment: int) -> Entities:
    return Entities(segment=segment, rev=1, final=True, items=())


def begun(start: Start | None = None) -> ResumeState:
    state = ResumeState(start or Start())
    state.receive(started())
    return state


def asks_for(state: ResumeState) -> tuple[int, int]:
    resume = state.next_start().resume
    assert resume is not None
    return resume.committed, resume.next_segment


@given(st.lists(st.binary(max_size=30).map(lambda data: data[: len(data) // 2 * 2])), st.data())
def test_uncommitted_audio_is_the_audio_sent(pieces: list[bytes], data: st.DataObject) -> None:
    tail, whole = UncommittedAudio(AudioFormat()), b"".join(pieces)
    for piece in pieces:
        tail.append(piece)
    position = data.draw(st.integers(0, tail.end))
    tail.trim(position)
    begin = data.draw(st.integers(position, tail.end))

    assert (tail.begin, tail.end) == (position, len(whole) // 2)
    assert b"".join(tail.since(begin)) == whole[begin * 2 :]


def test_dropped_audio_cannot_be_sent_again() -> None:
    tail = UncommittedAudio(AudioFormat())
    tail.append(bytes(20))
    tail.trim(5)
    with pytest.raises(ValueError, match="sample 4 is not kept"):
        list(tail.since(4))


def test_the_first_connection_resumes_nothing() -> None:
    assert ResumeState(Start(language="zh")).next_start() == Start(language="zh")


def test_resume_requests_what_follows_the_last_final() -> None:
    state = begun()
    state.receive(final(0, through=900))
    assert asks_for(state) == (900, 1)
    state.receive(Ack(received=5_000, committed=1_200))
    assert asks_for(state) == (1_200, 1)


def test_a_final_without_its_entities_is_requested_again() -> None:
    state = begun(Start(entities=EntitiesRequest()))
    state.receive(final(0, through=900))
    state.receive(final(1, through=1_900))
    assert asks_for(state) == (0, 0)
    state.receive(found(0))
    assert asks_for(state) == (900, 1)


def test_a_lead_in_before_committed_is_kept() -> None:
    state = begun()
    state.uncommitted.append(bytes(2 * 40_000))
    state.receive(Ack(received=40_000, committed=30_000))
    resume = state.next_start().resume
    assert resume is not None
    assert (resume.committed, resume.lead_in, state.uncommitted.begin) == (30_000, 16_000, 14_000)


def test_resume_contains_the_language_of_the_last_complete_final() -> None:
    state = begun(Start(entities=EntitiesRequest()))
    state.receive(final(0, through=900))
    state.receive(found(0))
    state.receive(msgspec.structs.replace(final(1, through=1_900), language="en"))
    resume = state.next_start().resume
    assert resume is not None
    assert resume.language == "zh"


def test_resume_contains_the_last_complete_final_with_text() -> None:
    state = begun()
    state.receive(final(0, through=900))
    state.receive(msgspec.structs.replace(final(1, through=1_900), text=""))
    resume = state.next_start().resume
    assert resume is not None
    first = final(0, through=900)
    assert resume.previous == PreviousFinal(text=first.text, end_ms=first.end_ms, confidence=first.confidence)


def test_flushed_audio_is_committed() -> None:
    state = begun()
    state.receive(Flushed(id="f", through=2_000))
    assert asks_for(state) == (2_000, 0)


def test_unavailable_entities_are_not_requested_again() -> None:
    state = begun(Start(entities=EntitiesRequest()))
    state.receive(final(0, through=900))
    state.receive(WarningMessage(code="entities_unavailable", message="…"))
    assert asks_for(state) == (900, 1)


def test_each_final_and_each_list_is_new_once() -> None:
    state = begun(Start(entities=EntitiesRequest()))
    said = [final(0, 900), found(0), final(1, 1_900)]
    assert [state.receive(message) for message in said] == [True, True, True]
    assert [state.receive(message) for message in [*said, found(1)]] == [False, False, False, True]


def test_a_partial_of_a_final_segment_is_a_repetition() -> None:
    state = begun()
    state.receive(final(0, 900))
    partial = Partial(segment=0, rev=9, text="好", stable=0, start_ms=0, end_ms=1, language="zh")
    assert not state.receive(partial)


def test_updates_apply_to_the_next_connection() -> None:
    state = begun(Start(language="en", endpointing=Endpointing(onset_ms=80)))
    state.apply_update(Update(language=None, words=True, endpointing=Endpointing(silence_ms=700)))
    start = state.next_start()
    assert (start.language, start.words) == (None, True)
    assert start.endpointing == Endpointing(onset_ms=80, silence_ms=700)


@pytest.mark.parametrize(
    ("error", "hope"),
    [
        (ConnectionLost(1006, "", finals=0, committed_ms=0), True),
        (ConnectionLost(1012, "", finals=0, committed_ms=0), True),
        (ConnectionLost(1000, "", finals=0, committed_ms=0), False),
        (ConnectionLost(4409, "taken_over", finals=0, committed_ms=0), False),
        (ServerError("going_away", "…", close_code=1012), True),
        (ServerError("bad_field", "…", close_code=4400), False),
    ],
)
def test_only_some_errors_allow_resuming(error: TheresaError, hope: bool) -> None:
    assert can_resume(error) is hope


def test_an_unreachable_or_full_server_is_tried_again() -> None:
    assert can_retry(ConnectionFailed("…"))
    assert can_retry(Refused("…", status=503))
    assert not can_retry(Refused("…", status=401))


def test_waits_double_up_to_the_longest() -> None:
    policy = Reconnect(first_s=0.25, most_s=5)
    assert [policy.wait_s(attempt, lambda: 1.0) for attempt in range(7)] == [0.25, 0.5, 1, 2, 4, 5, 5]
    assert policy.wait_s(3, lambda: 0.0) == 0
