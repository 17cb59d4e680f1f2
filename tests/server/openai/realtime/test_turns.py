"""Maps the messages of a session to items, in the right order."""

from typing import Any

import pytest

from tests.server.openai.realtime.conversing import COMPLETED, FLUSHED, Call, final, partial, started, stopped, types
from theresa_protocol.messages import Ack, Entities, Entity, ErrorMessage, Flush
from theresa_server.sessions.settings import Settings


@pytest.fixture
def call() -> Call:
    """A session whose turns are detected."""
    return Call()


@pytest.fixture
def manual() -> Call:
    """A session whose client commits turns."""
    call = Call()
    call.update(turn_detection=None)
    return call


def commit(call: Call) -> list[dict[str, Any]]:
    return call.send("input_audio_buffer.commit")


# --- detected turns -----------------------------------------------------------------------------------------------


def test_events_of_a_detected_turn_are_in_order(call: Call) -> None:
    call.emit(started(100), partial(0, "Good", " morning", at=100), stopped(900), final(0, "Good morning.", at=100))
    assert types(call.events) == [
        *("created", "speech_started", "delta", "speech_stopped", "committed", "added", "done", "delta", "completed"),
    ]
    assert call.transcripts == ["Good morning."]
    assert len({event["item_id"] for event in call.events if "item_id" in event}) == 1


def test_beta_clients_receive_one_event_per_new_item() -> None:
    call = Call(beta=True)
    call.emit(started(100), stopped(900), final(0, "你好。", at=100))
    assert types(call.events) == [
        "created",
        "speech_started",
        "speech_stopped",
        "committed",
        "created",
        "delta",
        "completed",
    ]


def test_a_final_may_arrive_after_the_next_turn_starts(call: Call) -> None:
    call.emit(
        started(0),
        stopped(800),
        started(2_000),
        final(0, "one", at=0),
        stopped(2_700),
        final(1, "two", at=2_000, to=3_000),
    )
    assert call.transcripts == ["one", "two"]


def test_the_parts_of_a_long_turn_are_one_item(call: Call) -> None:
    call.emit(
        started(0),
        final(0, "今天", to=30_000, reason="limit"),
        stopped(40_000),
        final(1, "下雨。", at=30_000, to=40_300),
    )
    assert call.transcripts == ["今天下雨。"]


def test_a_turn_without_text_is_completed_by_the_next_turn(call: Call) -> None:
    call.emit(started(0), stopped(800), started(2_000), partial(1, "two", at=2_000))
    assert call.transcripts == [""]


def test_a_turn_without_text_is_completed_by_an_ack(call: Call) -> None:
    call.emit(started(0), stopped(800))
    call.emit(Ack(received=24_000, committed=0))
    assert call.transcripts == []
    call.emit(Ack(received=48_000, committed=24_000))
    assert call.transcripts == [""]


def test_items_refer_to_the_previous_item(call: Call) -> None:
    for number in range(3):
        at = number * 2_000
        call.emit(started(at), stopped(at + 800), final(number, "word", at=at, to=at + 1_000))
    committed = call.all("input_audio_buffer.committed")
    assert [event["previous_item_id"] for event in committed] == [None, *(event["item_id"] for event in committed[:2])]


def test_a_commit_ends_the_current_turn(call: Call) -> None:
    call.append(1_000)
    call.emit(started(100))
    commit(call)
    call.emit(stopped(1_000), final(0, "Good", at=100, to=1_000, reason="flush"), FLUSHED)
    assert call.transcripts == ["Good"]
    assert len(call.all("input_audio_buffer.committed")) == 1


def test_a_commit_in_silence_creates_an_item_without_text(call: Call) -> None:
    call.append(1_000)
    commit(call)
    call.emit(FLUSHED)
    assert types(call.events)[-4:] == ["committed", "added", "done", "completed"]
    assert call.transcripts == [""]


def test_a_clear_discards_the_current_turn(call: Call) -> None:
    call.append(1_000)
    call.emit(started(100), partial(0, "Good", at=100))
    assert types(call.send("input_audio_buffer.clear")) == ["cleared"]
    call.emit(
        partial(0, "Good morning", at=100), stopped(1_000), final(0, "Good morning", at=100, reason="flush"), FLUSHED
    )
    assert call.deltas.popitem()[1] == "Good"
    assert not call.all("input_audio_buffer.committed")
    assert not call.all(COMPLETED)


def test_a_clear_keeps_a_turn_that_has_ended(call: Call) -> None:
    call.append(2_000)
    call.emit(started(100))
    call.send("input_audio_buffer.clear")
    call.emit(stopped(900), final(0, "Good morning.", at=100, to=1_200), FLUSHED)
    assert call.transcripts == ["Good morning."]


# --- turns committed by the client ---------------------------------------------------------------------------------


def test_all_segments_before_a_commit_are_one_item(manual: Call) -> None:
    manual.append(5_000)
    manual.emit(started(0), final(0, "我很好。"), final(1, "谢谢。", at=2_000))
    assert types(commit(manual)) == ["committed", "added", "done"]
    manual.emit(final(2, "Good", at=3_000, reason="flush"), FLUSHED)
    assert manual.transcripts == ["我很好。谢谢。Good"]


def test_no_speech_events_are_sent_if_the_client_commits(manual: Call) -> None:
    manual.emit(started(0), stopped(900))
    assert types(manual.events) == ["created", "updated"]


def test_each_commit_has_its_own_text(manual: Call) -> None:
    for _ in range(2):
        manual.append(1_000)
        commit(manual)
    manual.append(1_000)
    manual.emit(final(0, "one", reason="flush"), FLUSHED, FLUSHED, partial(1, "three", at=2_100))
    commit(manual)
    manual.emit(final(1, "three.", at=2_100, reason="flush"), FLUSHED)
    assert manual.transcripts == ["one", "", "three."]


def test_the_audio_of_an_item_is_what_was_committed(manual: Call) -> None:
    for milliseconds in (1_500, 500):
        manual.append(milliseconds)
        commit(manual)
        manual.emit(FLUSHED)
    assert [event["usage"] for event in manual.all(COMPLETED)] == [
        {"type": "duration", "seconds": 1.5},
        {"type": "duration", "seconds": 0.5},
    ]


def test_a_commit_of_too_little_audio_is_rejected_and_keeps_it(manual: Call) -> None:
    manual.append(99)
    (error,) = commit(manual)
    assert error["error"]["code"] == "input_audio_buffer_commit_empty"
    assert "99 ms" in error["error"]["message"]
    manual.append(1)
    assert types(commit(manual)) == ["committed", "added", "done"]


def test_a_clear_discards_uncommitted_audio(manual: Call) -> None:
    manual.append(1_000)
    commit(manual)
    manual.append(1_000)
    manual.send("input_audio_buffer.clear")
    manual.append(1_000)
    manual.emit(final(0, "one", reason="flush"), FLUSHED, final(1, "two", at=1_000, reason="flush"), FLUSHED)
    commit(manual)
    manual.emit(final(2, "three", at=2_000, reason="flush"), FLUSHED)
    assert manual.transcripts == ["one", "three"]


def test_a_clear_of_nothing_needs_no_flush(manual: Call) -> None:
    assert types(manual.send("input_audio_buffer.clear")) == ["cleared"]
    assert manual.inputs == []


# --- changing the mode --------------------------------------------------------------------------------------------


def test_enabling_turn_detection_loses_no_word(manual: Call) -> None:
    manual.append(1_000)
    assert types(manual.update(turn_detection={"type": "server_vad"})) == ["updated"]
    assert isinstance(manual.inputs[-2], Flush)
    assert isinstance(manual.inputs[-1], Settings)
    manual.append(1_000)
    manual.emit(started(1_100), final(0, "before", reason="flush"), FLUSHED)
    manual.emit(stopped(1_500), final(1, "behind", at=1_100, to=1_800))
    assert manual.transcripts == ["before", "behind"]
    assert len(manual.all("input_audio_buffer.speech_started")) == 1


def test_disabling_turn_detection_loses_no_word(call: Call) -> None:
    call.append(1_000)
    call.emit(started(100))
    call.update(turn_detection=None)
    call.emit(stopped(1_000), final(0, "before", at=100, reason="flush"), FLUSHED)
    call.append(1_000)
    call.emit(started(1_200), final(1, "behind", at=1_200))
    commit(call)
    call.emit(FLUSHED)
    assert call.transcripts == ["before", "behind"]


# --- a session that lags behind the client -------------------------------------------------------------------------


def in_order(call: Call) -> list[str]:
    """Return the transcripts, after checking that items were completed in the order in which they were committed."""
    committed = call.all("input_audio_buffer.committed")
    assert [event["item_id"] for event in committed] == [event["item_id"] for event in call.all(COMPLETED)]
    return call.transcripts


def test_the_item_of_a_commit_precedes_a_later_turn(call: Call) -> None:
    call.append(1_000)
    commit(call)
    call.append(2_000)
    call.emit(started(1_200), stopped(2_000), FLUSHED)
    call.emit(final(0, "two", at=1_200, to=2_300))
    assert in_order(call) == ["", "two"]


def test_a_turn_kept_by_a_clear_precedes_a_later_turn(call: Call) -> None:
    call.append(2_000)
    call.emit(started(100))
    call.send("input_audio_buffer.clear")
    call.append(2_000)
    call.emit(stopped(900), started(2_100), stopped(2_900))
    call.emit(final(0, "早上好。", at=100, to=1_200), FLUSHED, final(1, "谢谢。", at=2_100, to=3_200))
    assert in_order(call) == ["早上好。", "谢谢。"]


def test_a_turn_after_a_clear_becomes_an_item_before_its_final(call: Call) -> None:
    call.append(2_000)
    call.send("input_audio_buffer.clear")
    call.append(2_000)
    call.emit(started(2_100), stopped(2_900))
    assert types(call.emit(FLUSHED)) == ["committed", "added", "done"]


def test_audio_before_turn_detection_precedes_detected_turns(manual: Call) -> None:
    manual.append(1_000)
    manual.update(turn_detection={"type": "server_vad"})
    manual.append(1_000)
    manual.emit(started(1_100), stopped(1_500), final(0, "before", reason="flush"), FLUSHED)
    manual.emit(final(1, "behind", at=1_100, to=1_800))
    assert in_order(manual) == ["before", "behind"]


def test_detected_turns_precede_a_later_commit(call: Call) -> None:
    call.append(2_000)
    call.update(turn_detection=None)
    call.append(1_000)
    commit(call)
    call.emit(started(100), stopped(900), final(0, "before", at=100, to=1_200), FLUSHED)
    call.emit(final(1, "behind", at=2_100, reason="flush"), FLUSHED)
    assert in_order(call) == ["before", "behind"]


def test_a_commit_is_not_answered_by_audio_before_turn_detection(manual: Call) -> None:
    manual.append(1_000)
    manual.update(turn_detection={"type": "server_vad"})
    manual.append(500)
    commit(manual)
    manual.emit(final(0, "before", reason="flush"), FLUSHED, FLUSHED)
    assert in_order(manual) == ["before", ""]


# --- entities and the end -----------------------------------------------------------------------------------------


def entities(segment: int, name: str, text: str) -> Entities:
    at = text.index(name)
    item = Entity(id="x", label="LOCATION", text=name, from_=at, to=at + len(name), start_ms=0, end_ms=0)
    return Entities(segment=segment, rev=1, final=True, items=(item,))


def test_entity_offsets_point_into_the_item(manual: Call) -> None:
    manual.append(5_000)
    manual.emit(final(0, "Good morning."), final(1, "陈静在深圳工作。", at=2_000))
    commit(manual)
    (event, completed) = manual.emit(entities(1, "深圳", "陈静在深圳工作。"), FLUSHED)
    (found,) = event["entities"]
    assert completed["transcript"][found["from"] : found["to"]] == found["text"] == "深圳"
    assert event["item_id"] == completed["item_id"]


def test_entities_of_cleared_audio_are_not_sent(manual: Call) -> None:
    manual.append(1_000)
    manual.send("input_audio_buffer.clear")
    assert manual.emit(final(0, "深圳", reason="flush"), entities(0, "深圳", "深圳"), FLUSHED) == []


def test_uncommitted_text_is_sent_at_the_end(manual: Call) -> None:
    manual.append(1_000)
    manual.emit(final(0, "last words", reason="end"))
    manual.emit(ErrorMessage(code="going_away", message="The server is stopping.", fatal=True))
    assert types(manual.events)[-5:] == ["committed", "added", "done", "completed", "error"]
    assert manual.transcripts == ["last words"]


def test_open_items_fail_if_the_model_fails(manual: Call) -> None:
    manual.append(1_000)
    commit(manual)
    events = manual.emit(ErrorMessage(code="internal", message="The model failed.", fatal=True))
    assert types(events) == ["failed", "error"]
    assert events[0]["error"] == {
        "type": "server_error",
        "code": "internal",
        "message": "The model failed.",
        "param": None,
    }
