"""Valid and invalid client events, and the events sent in reply."""

import base64
import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.server.openai.realtime.conversing import (
    COMPLETED,
    DELTA,
    FLUSHED,
    Call,
    final,
    partial,
    started,
    stopped,
    types,
)
from theresa_protocol.audio import AudioFormat
from theresa_protocol.messages import Ack, AnyServerMessage, ErrorMessage, WarningMessage, Word
from theresa_server.openai.realtime.session_options import LOGPROBS
from theresa_server.sessions.settings import Settings

TEXTS = st.text(st.sampled_from("ab 你好。,é𠮷"), max_size=8)
TIMES = st.integers(0, 40).map(lambda tenths: tenths * 100)
MESSAGES: st.SearchStrategy[AnyServerMessage] = st.one_of(
    st.builds(started, TIMES),
    st.builds(stopped, TIMES),
    st.builds(partial, st.integers(0, 4), TEXTS, TEXTS, at=TIMES),
    st.builds(
        final, st.integers(0, 4), TEXTS, at=TIMES, to=TIMES, reason=st.sampled_from(["endpoint", "flush", "limit"])
    ),
    st.just(FLUSHED),
    st.builds(Ack, received=st.just(96_000), committed=st.integers(0, 96_000)),
    st.just(ErrorMessage(code="going_away", message="It stops.", fatal=True)),
)
TURNS = [{"turn_detection": None}, {"turn_detection": {"type": "server_vad"}}]
ACTIONS: st.SearchStrategy[Callable[[Call], object]] = st.one_of(
    MESSAGES.map(lambda message: lambda call: call.emit(message)),
    st.integers(0, 500).map(lambda milliseconds: lambda call: call.append(milliseconds)),
    st.sampled_from(["commit", "clear"]).map(lambda name: lambda call: call.send(f"input_audio_buffer.{name}")),
    st.sampled_from(TURNS).map(lambda wanted: lambda call: call.update(**wanted)),
)


@given(st.lists(ACTIONS, max_size=30))
def test_deltas_always_add_up_to_the_transcript(actions: list[Callable[[Call], object]]) -> None:
    call = Call()
    for action in actions:
        action(call)
    for event in call.all(COMPLETED):
        assert call.deltas[event["item_id"]] == event["transcript"]


@given(st.lists(ACTIONS, max_size=30))
def test_nothing_ever_follows_the_completion_of_an_item(
    actions: list[Callable[[Call], object]],
) -> None:
    call = Call()
    for action in actions:
        action(call)
    over: set[str] = set()
    for event in call.events:
        if event["type"] in (DELTA, COMPLETED, "input_audio_buffer.committed"):
            assert event["item_id"] not in over
        if event["type"] == COMPLETED:
            over.add(event["item_id"])


@given(st.lists(ACTIONS, max_size=30))
def test_every_item_refers_to_the_previous_one(actions: list[Callable[[Call], object]]) -> None:
    call = Call()
    for action in actions:
        action(call)
    before = None
    for event in call.all("input_audio_buffer.committed"):
        assert event["previous_item_id"] == before
        before = event["item_id"]


@given(st.lists(ACTIONS, max_size=30))
def test_event_ids_are_unique(actions: list[Callable[[Call], object]]) -> None:
    call = Call()
    for action in actions:
        action(call)
    assert len({event["event_id"] for event in call.events}) == len(call.events)


TYPES = st.sampled_from(
    ["session.update", "transcription_session.update", "input_audio_buffer.append", "input_audio_buffer.commit", "x"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.sampled_from(
    ["type", "session", "audio", "input", "format", "turn_detection", "include", "event_id", "rate"]
)
SESSIONS = st.recursive(JSON, lambda inner: st.dictionaries(FIELDS, inner, max_size=4), max_leaves=12)


@given(st.one_of(st.text(), JSON.map(json.dumps), st.binary(max_size=20)))
def test_an_invalid_frame_is_answered_with_an_error(frame: str | bytes) -> None:
    call = Call()
    assert types(call.send_raw(frame)) == ["error"]


@given(TYPES, SESSIONS, st.booleans())
def test_any_event_is_accepted_or_answered_with_an_error(type_: str, fields: Any, beta: bool) -> None:
    call = Call(beta=beta)
    given_fields = {"session": fields, "audio": fields, "event_id": fields}
    for answer in call.send(type_, **given_fields):
        assert answer["type"].endswith(("updated", "error", "warning"))


# --- mistakes --------------------------------------------------------------------------------------------------------


def error(events: list[dict[str, Any]]) -> dict[str, Any]:
    (event,) = [event for event in events if event["type"] == "error"]
    answer: dict[str, Any] = event["error"]
    return answer


@pytest.mark.parametrize(
    ("frame", "code", "param"),
    [
        ("{", "bad_json", None),
        ('{"type":"what.is.this"}', "unknown_type", "type"),
        ('{"event_id":"e"}', "unknown_type", "type"),
        ('{"type":"response.create"}', "not_supported", "type"),
        ('{"type":"conversation.item.create"}', "not_supported", "type"),
        ('{"type":"input_audio_buffer.append"}', "bad_field", None),
        ('{"type":"input_audio_buffer.append","audio":"***"}', "bad_audio_format", "audio"),
        ('{"type":"input_audio_buffer.append","audio":"AAAAA"}', "bad_audio_format", "audio"),
        ('{"type":"input_audio_buffer.commit"}', "input_audio_buffer_commit_empty", None),
        ('{"type":"session.update","session":5}', "bad_field", "session"),
        ('{"type":"session.update","session":{"type":"realtime"}}', "not_supported", "session.type"),
        ('{"type":"session.update","session":{"audio":5}}', "bad_field", "session.audio"),
        ('{"type":"session.update","session":{"audio":{"input":[]}}}', "bad_field", "session.audio.input"),
        ('{"type":"session.update","session":{"include":5}}', "bad_field", "session.include"),
        (b"\x00\x00", "unexpected_message", None),
    ],
)
def test_an_error_has_a_code_and_a_param(frame: str | bytes, code: str, param: str | None) -> None:
    answer = error(Call().send_raw(frame))
    assert (answer["type"], answer["code"], answer["param"]) == ("invalid_request_error", code, param)


@pytest.mark.parametrize(
    ("given_input", "code", "field"),
    [
        ({"format": {"type": "audio/mp3"}}, "bad_field", "format.type"),
        ({"format": {"type": "audio/pcm", "rate": 4_000}}, "bad_field", "format.rate"),
        ({"transcription": {"model": "unheard-of"}}, "model_not_found", "transcription.model"),
        ({"transcription": {"language": "xx"}}, "unknown_language", "transcription.language"),
        ({"transcription": {"language": "Klingon"}}, "unknown_language", "transcription.language"),
        ({"transcription": {"languages": ["en", "fr"]}}, "unknown_language", "transcription.languages"),
        ({"transcription": {"prompt": 5}}, "bad_field", "transcription.prompt"),
        ({"transcription": "whisper-1"}, "bad_field", "transcription"),
        ({"turn_detection": {"type": "telepathy"}}, "not_supported", "turn_detection"),
        ({"turn_detection": {"threshold": 2}}, "bad_field", "turn_detection.threshold"),
    ],
)
def test_an_unsupported_value_is_named_by_its_field(given_input: dict[str, Any], code: str, field: str) -> None:
    answer = error(Call().update(**given_input))
    assert (answer["code"], answer["param"]) == (code, f"session.audio.input.{field}")


def test_an_error_names_beta_fields() -> None:
    answer = error(
        Call(beta=True).send("transcription_session.update", session={"input_audio_transcription": {"language": "xx"}})
    )
    assert answer["param"] == "session.input_audio_transcription.language"


@pytest.mark.parametrize(
    "frame",
    [
        '{"type":"response.create","event_id":"evt_1"}',
        '{"type":"input_audio_buffer.commit","event_id":"evt_1"}',
        '{"type":"session.update","session":5,"event_id":"evt_1"}',
    ],
)
def test_an_error_repeats_the_id_of_the_event(frame: str) -> None:
    assert error(Call().send_raw(frame))["event_id"] == "evt_1"


def test_an_unsupported_include_is_named() -> None:
    answer = error(Call().send("session.update", session={"include": ["something"]}))
    assert (answer["code"], answer["param"]) == ("not_supported", "session.include")


def test_entities_are_rejected_if_the_server_has_none() -> None:
    answer = error(Call().send("session.update", session={"include": ["theresa.entities"]}))
    assert (answer["code"], answer["param"]) == ("not_supported", "session.include")


# --- one bad option among good ones ----------------------------------------------------------------------------------

MULAW = AudioFormat(encoding="mulaw", rate=8_000)


@pytest.mark.parametrize(
    ("bad", "place"),
    [
        ({"transcription": {"language": "Klingon", "prompt": "深圳"}}, "transcription.language"),
        ({"transcription": {"language": "fr", "prompt": "深圳"}}, "transcription.language"),
        ({"transcription": {"model": "unheard-of", "prompt": "深圳"}}, "transcription.model"),
        ({"turn_detection": {"type": "telepathy"}, "transcription": {"prompt": "深圳"}}, "turn_detection"),
        ({"turn_detection": {"threshold": "high"}, "transcription": {"prompt": "深圳"}}, "turn_detection.threshold"),
    ],
)
def test_one_bad_option_does_not_void_the_others(bad: dict[str, Any], place: str) -> None:
    call = Call()
    events = call.update(format={"type": "audio/pcmu"}, **bad)
    assert types(events) == ["error", "updated"]
    assert error(events)["param"] == f"session.audio.input.{place}"
    start = call.translator.start_message()
    assert (start.audio, start.prompt, start.language) == (MULAW, "深圳", None)
    assert events[-1]["session"]["audio"]["input"]["format"] == {"type": "audio/pcmu", "rate": 8_000}


@pytest.mark.parametrize(
    "session",
    [
        {"type": "realtime"},
        {"include": ["something", "theresa.entities"]},
        {"audio": {"input": {"format": {"type": "audio/mp3"}, "transcription": {"language": "zh"}}}},
    ],
)
def test_a_bad_option_of_the_session_does_not_void_the_others(session: dict[str, Any]) -> None:
    call = Call()
    session.setdefault("audio", {"input": {"transcription": {"language": "zh"}}})
    events = call.send("session.update", session=session, event_id="mine")
    errors = [event["error"] for event in events if event["type"] == "error"]
    assert errors
    assert {told["event_id"] for told in errors} == {"mine"}
    assert call.translator.start_message().language == "zh"


def test_a_bad_option_keeps_its_value() -> None:
    call = Call()
    call.update(transcription={"language": "zh"})
    events = call.update(transcription={"language": "fr"}, turn_detection=None)
    described = events[-1]["session"]["audio"]["input"]
    assert (described["transcription"]["language"], described["turn_detection"]) == ("zh", None)


def test_a_new_model_and_its_language_come_together() -> None:
    call = Call()
    call.update(transcription={"language": "zh"})
    assert types(call.update(transcription={"model": "large", "language": "en"})) == ["updated"]


@pytest.mark.parametrize("kind", ["semantic_vad", "azure_semantic_vad", "azure_semantic_vad_multilingual"])
def test_another_turn_detection_falls_back(kind: str) -> None:
    call = Call()
    call.update(turn_detection=None)
    (updated,) = call.update(turn_detection={"type": kind, "eagerness": "low"})
    assert updated["session"]["audio"]["input"]["turn_detection"]["type"] == "server_vad"


@pytest.mark.parametrize("value", [None, False, {"type": "none"}, "none"])
def test_turn_detection_can_be_off_in_many_forms(value: Any) -> None:
    (updated,) = Call().update(turn_detection=value)
    assert updated["session"]["audio"]["input"]["turn_detection"] is None


# --- values in many forms --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value", ["audio/pcmu", "g711_ulaw", {"type": "g711_ulaw"}, {"type": "Audio/PCMU", "rate": "8000"}]
)
@pytest.mark.parametrize("field", ["format", "input_audio_format"])
@pytest.mark.parametrize("beta", [False, True])
def test_a_format_has_many_forms(value: Any, field: str, beta: bool) -> None:
    call = Call(beta=beta)
    session = {"audio": {"input": {field: value}}} if field == "format" else {field: value}
    events = call.send("session.update", session=session)
    assert types(events) == ["updated"]
    assert call.translator.start_message().audio == MULAW


@pytest.mark.parametrize("type_", ["session.update", "transcription_session.update"])
@pytest.mark.parametrize("beta", [False, True])
def test_flat_fields_count_on_any_connection(type_: str, beta: bool) -> None:
    call = Call(beta=beta)
    session: dict[str, Any] = {
        "input_audio_format": "g711_alaw",
        "input_audio_transcription": {"language": "zh"},
        "input_audio_noise_reduction": {"type": "near_field"},
        "turn_detection": None,
    }
    (updated,) = call.send(type_, session=session)
    assert updated["type"] == f"{type_}d"
    assert updated["session"].get("input_audio_format", "g711_alaw") == "g711_alaw"
    start = call.translator.start_message()
    assert (start.audio.encoding, start.language) == ("alaw", "zh")


def test_an_error_names_the_field_that_was_sent() -> None:
    answer = error(Call().send("session.update", session={"input_audio_format": "mp3"}))
    assert answer["param"] == "session.input_audio_format"
    assert "'mp3'" in answer["message"]


@pytest.mark.parametrize(
    ("given_language", "language"),
    [("zh-CN", "zh"), ("EN", "en"), ("en_US", "en"), ("Chinese", "zh"), ("auto", None), ("", None), (None, None)],
)
def test_a_language_has_many_forms(given_language: str | None, language: str | None) -> None:
    (updated,) = Call().update(transcription={"language": given_language})
    assert updated["session"]["audio"]["input"]["transcription"]["language"] == language


def test_the_script_of_a_language_is_kept() -> None:
    call = Call()
    call.update(transcription={"language": "zh-TW"})
    assert call.translator.settings.language_tag.script == "Hant"


def test_one_language_to_expect_is_the_language() -> None:
    call = Call()
    call.update(transcription={"languages": ["zh-TW"]})
    assert call.translator.settings.language == "zh"


def test_several_languages_are_detected_among() -> None:
    call = Call()
    (updated,) = call.update(transcription={"languages": ["en-US", "zh"], "keywords": ["华星科技"]})
    assert updated["session"]["audio"]["input"]["transcription"]["languages"] == ["en", "zh"]
    settings = call.translator.settings
    assert (settings.language, settings.languages, settings.hotwords) == (None, ("en", "zh"), ("华星科技",))


def test_numbers_have_many_forms() -> None:
    (updated,) = Call().update(
        turn_detection={"threshold": "0.75", "silence_duration_ms": 350.0, "prefix_padding_ms": "600"}
    )
    described = updated["session"]["audio"]["input"]["turn_detection"]
    assert described == {
        "type": "server_vad", "threshold": 0.75, "prefix_padding_ms": 600, "silence_duration_ms": 350
    }  # fmt: skip


def test_long_lists_and_texts_are_cut() -> None:
    call = Call()
    events = call.update(
        transcription={"keywords": [f"{number:0200}" for number in range(300)], "prompt": "早" * 3_000 + "晚"}
    )
    assert types(events) == ["updated"]
    start = call.translator.start_message()
    assert (len(start.hotwords), len(start.hotwords[0]), len(start.prompt or "")) == (1, 128, 2_000)
    assert (start.prompt or "").endswith("晚")


PCM = bytes(range(256)) * 4


@pytest.mark.parametrize(
    "text",
    [
        base64.b64encode(PCM).decode(),
        base64.encodebytes(PCM).decode(),
        base64.urlsafe_b64encode(PCM).decode().rstrip("="),
        "data:audio/pcm;base64," + base64.b64encode(PCM).decode(),
    ],
    ids=["standard", "line breaks", "url-safe without padding", "data url"],
)
def test_base64_has_many_forms(text: str) -> None:
    call = Call()
    assert call.send("input_audio_buffer.append", audio=text) == []
    assert call.inputs == [PCM]


def test_an_odd_byte_is_carried_over() -> None:
    call = Call()
    pieces = [PCM[:3], PCM[3:8], PCM[8:9], PCM[9:10]]
    answers = [call.send("input_audio_buffer.append", audio=base64.b64encode(piece).decode()) for piece in pieces]
    assert b"".join(one for one in call.inputs if isinstance(one, bytes)) == PCM[:10]
    assert [types(answer) for answer in answers] == [["warning"], [], [], []]


# --- turns -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", ["gpt-realtime-whisper", "gpt-live-transcribe", "gpt-live-transcribe-2026-01-01"])
def test_a_model_without_turn_detection_leaves_turns_to_the_client(model: str) -> None:
    call = Call(asked=model)
    assert call.events[0]["session"]["audio"]["input"]["turn_detection"] is None
    call.append(500)
    call.emit(started(100))
    call.append(500)
    call.send("input_audio_buffer.commit")
    call.emit(final(0, "Good morning.", to=900, reason="flush"), FLUSHED)
    assert [event["item_id"] for event in call.all(COMPLETED)] == [
        event["item_id"] for event in call.all("input_audio_buffer.committed")
    ]
    assert call.transcripts == ["Good morning."]


def test_a_client_may_ask_such_a_model_for_turn_detection() -> None:
    call = Call(asked="gpt-live-transcribe")
    (updated,) = call.update(turn_detection={"type": "server_vad"})
    assert updated["session"]["audio"]["input"]["turn_detection"]["type"] == "server_vad"


def test_another_model_detects_turns() -> None:
    assert Call(asked="gpt-4o-transcribe").events[0]["session"]["audio"]["input"]["turn_detection"] is not None


# --- what an item tells ----------------------------------------------------------------------------------------------


def test_an_item_tells_its_languages() -> None:
    call = Call()
    call.update(turn_detection=None)
    call.append(1_000)
    call.send("input_audio_buffer.commit")
    call.emit(final(0, "Hi."), msgspec.structs.replace(final(1, "今天天气很好。"), language="zh"), FLUSHED)
    assert call.all(COMPLETED)[0]["languages"] == [{"code": "zh"}, {"code": "en"}]


def test_logprobs_are_those_of_the_words() -> None:
    call = Call()
    call.send("session.update", session={"include": [LOGPROBS], "turn_detection": None})
    assert call.translator.start_message().words
    call.append(1_000)
    call.send("input_audio_buffer.commit")
    words = (
        Word(text="Good", start_ms=0, end_ms=1, confidence=1, from_=0, to=4),
        Word(text="morning.", start_ms=1, end_ms=2, confidence=0.5, from_=5, to=13),
    )
    spoken = msgspec.structs.replace(final(0, "Good morning."), words=words)
    call.emit(spoken, msgspec.structs.replace(spoken, segment=1), FLUSHED)
    (completed,) = call.all(COMPLETED)
    assert "".join(entry["token"] for entry in completed["logprobs"]) == completed["transcript"]
    assert [entry["logprob"] for entry in completed["logprobs"]] == [0, -0.6931, 0, -0.6931]
    assert bytes(completed["logprobs"][1]["bytes"]).decode() == " morning."


def test_logprobs_are_left_out_unless_requested() -> None:
    call = Call()
    call.update(turn_detection=None)
    call.append(1_000)
    call.send("input_audio_buffer.commit")
    call.emit(final(0, "Hi."), FLUSHED)
    assert "logprobs" not in call.all(COMPLETED)[0]


@pytest.mark.parametrize("given_input", [{"format": {"type": "audio/pcmu"}}, {"transcription": {"model": "large"}}])
def test_the_first_audio_fixes_the_format_and_the_model(given_input: dict[str, Any]) -> None:
    call = Call()
    call.append(20)
    assert error(call.update(**given_input))["code"] == "unexpected_message"
    assert types(call.update(transcription={"model": "small", "language": "zh"})) == ["updated"]


# --- configuration ---------------------------------------------------------------------------------------------------


def test_the_first_event_describes_the_session() -> None:
    (created,) = Call().events
    assert created["session"] == {
        "type": "transcription",
        "id": "sess_1",
        "object": "realtime.transcription_session",
        "include": None,
        "audio": {
            "input": {
                "format": {"type": "audio/pcm", "rate": 24_000},
                "noise_reduction": None,
                "transcription": {"model": "small", "language": None, "prompt": ""},
                "turn_detection": {
                    "type": "server_vad",
                    "threshold": 0.5,
                    "prefix_padding_ms": 400,
                    "silence_duration_ms": 500,
                },
            }
        },
    }


def test_the_first_event_of_the_beta_has_its_shape() -> None:
    (created,) = Call(beta=True).events
    assert created["type"] == "transcription_session.created"
    assert created["session"]["input_audio_format"] == "pcm16"
    assert created["session"]["input_audio_transcription"]["model"] == "small"


@pytest.mark.parametrize(
    ("wanted", "audio"),
    [
        ({"type": "audio/pcm"}, AudioFormat(rate=24_000)),
        ({"type": "audio/pcm", "rate": 16_000}, AudioFormat(rate=16_000)),
        ({"type": "audio/pcmu"}, AudioFormat(encoding="mulaw", rate=8_000)),
        ({"type": "audio/pcma"}, AudioFormat(encoding="alaw", rate=8_000)),
        (None, AudioFormat(rate=24_000)),
    ],
)
def test_formats_are_those_of_the_native_protocol(wanted: dict[str, Any] | None, audio: AudioFormat) -> None:
    call = Call()
    call.update(format=wanted)
    assert call.translator.start_message().audio == audio


@pytest.mark.parametrize(
    ("name", "audio"),
    [
        ("pcm16", AudioFormat(rate=24_000)),
        ("g711_ulaw", AudioFormat(encoding="mulaw", rate=8_000)),
        ("g711_alaw", AudioFormat(encoding="alaw", rate=8_000)),
    ],
)
def test_formats_of_the_beta_are_those_of_the_native_protocol(name: str, audio: AudioFormat) -> None:
    call = Call(beta=True)
    (updated,) = call.send("transcription_session.update", session={"input_audio_format": name})
    assert call.translator.start_message().audio == audio
    assert updated["session"]["input_audio_format"] == name


@pytest.mark.parametrize(("threshold", "aggressiveness"), [(0, 0), (0.3, 1), (0.5, 2), (0.9, 3), (1, 3)])
def test_a_higher_threshold_is_more_aggressive(threshold: float, aggressiveness: int) -> None:
    call = Call()
    call.update(turn_detection={"type": "server_vad", "threshold": threshold})
    assert call.translator.start_message().endpointing.aggressiveness == aggressiveness


def test_turn_detection_values_are_clamped() -> None:
    call = Call()
    (updated,) = call.update(turn_detection={"prefix_padding_ms": 9_999, "silence_duration_ms": 1})
    described = updated["session"]["audio"]["input"]["turn_detection"]
    assert (described["prefix_padding_ms"], described["silence_duration_ms"]) == (1_000, 100)


def test_an_update_keeps_missing_fields() -> None:
    call = Call()
    call.update(transcription={"language": "zh", "prompt": "深圳", "keywords": ["华星科技"]})
    call.update(turn_detection=None)
    start = call.translator.start_message()
    assert (start.language, start.prompt, start.hotwords) == ("zh", "深圳", ("华星科技",))


def test_unsupported_fields_are_ignored() -> None:
    (updated,) = Call().update(noise_reduction={"type": "near_field"}, turn_detection={"create_response": True})
    assert updated["session"]["audio"]["input"]["noise_reduction"] is None


def test_empty_texts_are_none() -> None:
    call = Call()
    call.update(transcription={"model": "", "language": "", "prompt": ""})
    start = call.translator.start_message()
    assert (start.language, start.prompt) == (None, None)


def test_the_model_of_the_connection_is_used_where_the_session_names_none() -> None:
    call = Call(model="large")
    call.update(transcription={"language": "zh"})
    assert call.translator.start_message().model == "large"


def test_an_update_after_the_first_audio_reaches_the_session() -> None:
    call = Call()
    call.update(transcription={"language": "en"})
    call.append(100)
    call.update(transcription={"language": "zh"})
    assert [type(one) for one in call.inputs] == [bytes, Settings]
    assert isinstance(call.inputs[-1], Settings)
    assert call.inputs[-1].language == "zh"


def test_warnings_are_sent_only_if_entities_were_requested() -> None:
    assert Call().emit(WarningMessage(code="entities_unavailable", message="Unavailable.")) == []
