"""The shape of messages on the wire, and every limit at its edge."""

import json

import msgspec
import pytest

from theresa_protocol.codec import decode_client, decode_server, encode
from theresa_protocol.errors import RemoteProtocolError
from theresa_protocol.limits import MAX_SEGMENT_MS, Limits
from theresa_protocol.messages import Ack, Configuration, EndpointingFigures, EntitiesRequest, Flushed, Start, Update

from .samples import CLIENT, SERVER
from .strategies import CLIENT_TYPES, SERVER_TYPES

LIMITS = [
    ("model", ["x", "x" * 128], ["", "x" * 129]),
    ("language", ["en", "yue", "zh-TW", "x" * 64, "", None], ["x" * 65, 1]),
    ("task", ["transcribe", "translate"], ["summarise"]),
    ("partials", [True, False], [1, "yes", None]),
    ("words", [True, False], [0]),
    ("stats", [True, False], [0]),
    ("prompt", ["", "好" * 2_000, None], ["好" * 2_001]),
    ("hotwords", [[], ["x"] * 100, ["x" * 128]], [["x"] * 101, ["x" * 129], [""], "x", None]),
    ("offset_unit", ["codepoint", "utf16"], ["byte"]),
    ("endpointing.aggressiveness", [0, 3, None], [-1, 4, 1.5]),
    ("endpointing.voice_threshold", [0, 0.5, 1, None], [-0.1, 1.1, "0.5"]),
    ("endpointing.onset_ms", [20, 1_000, None], [19, 1_001]),
    ("endpointing.preroll_ms", [0, 1_000, None], [-1, 1_001]),
    ("endpointing.silence_ms", [100, 5_000, None], [99, 5_001]),
    ("endpointing.max_segment_ms", [2_000, 30_000, None], [1_999, 30_001]),
    ("entities.labels", [[], ["PERSON"] * 100, None], [["PERSON"] * 101, [""], ["x" * 129]]),
    ("client.name", ["x", "x" * 128], ["", "x" * 129]),
]
ALLOWED = [(path, value) for path, values, _ in LIMITS for value in values]
REFUSED = [(path, value) for path, _, values in LIMITS for value in values]


def start_with(path, value):
    for name in reversed(path.split(".")):
        value = {name: value}
    return json.dumps({"type": "start", **value})


@pytest.mark.parametrize(("path", "value"), ALLOWED)
def test_a_value_at_the_edge_of_a_limit_is_allowed(path, value):
    assert isinstance(decode_client(start_with(path, value)), Start)


@pytest.mark.parametrize(("path", "value"), REFUSED)
def test_a_value_beyond_a_limit_is_refused_with_its_path(path, value):
    with pytest.raises(RemoteProtocolError) as refusal:
        decode_client(start_with(path, value))
    assert refusal.value.param.partition("[")[0] == f"$.{path}"


@pytest.mark.parametrize("field", ["committed", "next_segment"])
def test_resume_positions_are_never_negative(field):
    resume = {"session_id": "s", "token": "t", "committed": 0, "next_segment": 0}
    assert decode_client(json.dumps({"type": "start", "resume": resume})).resume.committed == 0
    with pytest.raises(RemoteProtocolError, match=rf"\$\.resume\.{field}"):
        decode_client(json.dumps({"type": "start", "resume": {**resume, field: -1}}))


def test_a_start_of_defaults_is_its_type_alone():
    assert encode(Start()) == '{"type":"start"}'


def test_null_in_an_update_is_not_the_same_as_nothing():
    assert decode_client('{"type":"update","language":null}') == Update(language=None)
    assert decode_client('{"type":"update"}').language is msgspec.UNSET


def test_an_update_contains_only_what_changes():
    assert encode(Update(prompt=None, words=True)) == '{"type":"update","words":true,"prompt":null}'


def test_an_update_can_change_all_of_start_but_what_is_fixed_for_a_session():
    fixed = {"audio", "model", "stats", "offset_unit", "resume", "client"}
    assert set(Update.__struct_fields__) == set(Start.__struct_fields__) - fixed


def test_a_word_spans_from_and_to():
    final = next(message for message in SERVER if message.__struct_config__.tag == "final")
    (word,) = json.loads(encode(final))["words"]
    assert (word["from"], word["to"]) == (0, 1)


def test_what_is_absent_is_left_out():
    assert json.loads(encode(Flushed(seq=3, through=5))) == {"type": "flushed", "seq": 3, "through": 5}


def test_a_configuration_is_sent_in_full():
    updated = next(message for message in SERVER if message.__struct_config__.tag == "updated")
    assert set(json.loads(encode(updated))["configuration"]) == set(Configuration.__struct_fields__)


def test_limits_are_sent_in_full():
    assert set(msgspec.to_builtins(Limits())) == set(Limits.__struct_fields__)


def test_every_type_has_its_own_tag():
    tags = [kind.__struct_config__.tag for kind in CLIENT_TYPES + SERVER_TYPES]
    assert len(set(tags)) == len(tags)


def test_there_is_a_sample_of_every_type():
    assert [type(message) for message in CLIENT] == list(CLIENT_TYPES)
    assert [type(message) for message in SERVER] == list(SERVER_TYPES)


@pytest.mark.parametrize("kind", CLIENT_TYPES + SERVER_TYPES)
def test_messages_cannot_be_changed(kind):
    assert kind.__struct_config__.frozen


def test_a_segment_can_be_as_long_as_the_window_of_the_model():
    assert MAX_SEGMENT_MS == Limits().max_segment_ms == 30_000


def test_asking_for_entities_means_all_of_them():
    assert EntitiesRequest() == EntitiesRequest(enabled=True, labels=None)


def test_a_server_may_add_fields_to_endpointing():
    message = decode_server(
        '{"type":"updated","seq":1,"configuration":{"audio":{"rate":8000,"bits":16},"language":null,'
        '"task":"transcribe","partials":true,"words":false,"endpointing":{"silence_ms":600,"smart":true},'
        '"prompt":null,"hotwords":[],"offset_unit":"codepoint","mood":"calm"}}'
    )
    assert message.configuration.endpointing == EndpointingFigures(silence_ms=600)


def test_sequence_numbers_are_never_negative():
    with pytest.raises(RemoteProtocolError, match=r"\$\.seq"):
        decode_server('{"type":"ack","seq":-1,"received":0,"committed":0}')
    assert decode_server('{"type":"ack","received":0,"committed":0}') == Ack(seq=0, received=0, committed=0)
