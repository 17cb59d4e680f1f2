"""Any input decodes to a message or raises ``RemoteProtocolError``, and messages survive a round trip."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from theresa_protocol.codec import decode_client, decode_server, encode, schema_components
from theresa_protocol.errors import CloseCode, ErrorCode, RemoteProtocolError
from theresa_protocol.messages import Ack, End, Flush, Start, Unknown

from .samples import CLIENT, SERVER
from .strategies import CLIENT_TYPES, SERVER_TYPES, client_messages, json_values, server_messages

DECODERS = {"client": (decode_client, CLIENT_TYPES), "server": (decode_server, (*SERVER_TYPES, Unknown))}
each_decoder = pytest.mark.parametrize("sender", DECODERS)
DEEP = 100_000


def refused(frame):
    with pytest.raises(RemoteProtocolError) as refusal:
        decode_client(frame)
    return refusal.value


def decoded_or_refused(sender, frame):
    decode, types = DECODERS[sender]
    try:
        message = decode(frame)
    except RemoteProtocolError as error:
        refusal = error
    else:
        assert isinstance(message, types)
        return
    assert refusal.message.endswith(".")
    assert len(refusal.message) < 1_000


@given(client_messages())
def test_client_messages_survive_a_round_trip(message):
    assert decode_client(encode(message)) == message


@given(server_messages())
def test_server_messages_survive_a_round_trip(message):
    assert decode_server(encode(message)) == message


@pytest.mark.parametrize("message", CLIENT + SERVER, ids=lambda message: message.__struct_config__.tag)
def test_bytes_and_text_decode_to_the_same_message(message):
    decode = decode_client if message in CLIENT else decode_server
    assert decode(encode(message).encode()) == message


@each_decoder
@given(st.binary())
@example(b"")
@example(b"\xff\xfe")
@example(b'{"type":"flush","id":"\xff"}')
def test_any_bytes_are_a_message_or_refused(sender, frame):
    decoded_or_refused(sender, frame)


@each_decoder
@given(st.text(st.characters()))
@example("\ud800")
@example('{"type":"flush","id":"\\ud800"}')
@example('{"type":"flush","id":"\ud800"}')
@example('\ufeff{"type":"end"}')
@example("NaN")
def test_any_text_is_a_message_or_refused(sender, frame):
    decoded_or_refused(sender, frame)


@each_decoder
@given(json_values())
def test_any_json_is_a_message_or_refused(sender, value):
    decoded_or_refused(sender, json.dumps(value))


@each_decoder
@given(st.sampled_from(CLIENT + SERVER), json_values(), st.data())
def test_any_message_with_any_other_value_in_a_field_is_a_message_or_refused(sender, message, value, data):
    fields = json.loads(encode(message))
    fields[data.draw(st.sampled_from(sorted(fields)))] = value
    decoded_or_refused(sender, json.dumps(fields))


@each_decoder
@given(st.sampled_from(CLIENT + SERVER), st.data())
def test_any_message_that_is_cut_off_is_refused(sender, message, data):
    frame = encode(message).encode()
    cut = frame[: data.draw(st.integers(0, len(frame) - 1))]
    with pytest.raises(RemoteProtocolError):
        DECODERS[sender][0](cut)


@each_decoder
@pytest.mark.parametrize(
    "frame",
    [
        "[" * DEEP,
        '{"a":' * DEEP,
        '{"a":' * DEEP + "1" + "}" * DEEP,
        '{"type":"end","a":' + "[" * DEEP + "]" * DEEP + "}",
        '{"type":"ack","received":1,"committed":1,"a":' + "[" * DEEP + "]" * DEEP + "}",
        '{"type":"later","a":' + "[" * DEEP + "]" * DEEP + "}",
    ],
    ids=["lists", "objects cut off", "objects", "of a client", "of a server", "unknown"],
)
def test_deep_nesting_is_refused(sender, frame):
    with pytest.raises(RemoteProtocolError):
        DECODERS[sender][0](frame)


def test_deep_nesting_is_reported():
    assert refused('{"a":' * DEEP).message == "The message is not JSON: it is nested too deeply."


@pytest.mark.parametrize("digits", [20, 5_000])
def test_integers_of_any_length_are_a_message_or_refused(digits):
    decoded_or_refused("client", '{"type":"start","endpointing":{"silence_ms":' + "9" * digits + "}}")
    decoded_or_refused("server", '{"type":"ack","committed":0,"received":' + "9" * digits + "}")


@pytest.mark.parametrize(
    ("frame", "code", "param"),
    [
        ("", ErrorCode.BAD_JSON, None),
        ("hello", ErrorCode.BAD_JSON, None),
        ('{"type":"end"', ErrorCode.BAD_JSON, None),
        ('{"type":"end"} {}', ErrorCode.BAD_JSON, None),
        (b"\xff", ErrorCode.BAD_JSON, None),
        ("[]", ErrorCode.BAD_FIELD, None),
        ("5", ErrorCode.BAD_FIELD, None),
        ("{}", ErrorCode.UNKNOWN_TYPE, "$.type"),
        ('{"type":5}', ErrorCode.UNKNOWN_TYPE, "$.type"),
        ('{"type":"stop"}', ErrorCode.UNKNOWN_TYPE, "$.type"),
        ('{"type":"started"}', ErrorCode.UNKNOWN_TYPE, "$.type"),
        ('{"type":"start","langauge":"en"}', ErrorCode.BAD_FIELD, "$.langauge"),
        ('{"type":"start","audiophile":1}', ErrorCode.BAD_FIELD, "$.audiophile"),
        ('{"type":"start","endpointing":{"silence":1}}', ErrorCode.BAD_FIELD, "$.endpointing.silence"),
        ('{"type":"start","entities":{"on":true}}', ErrorCode.BAD_FIELD, "$.entities.on"),
        ('{"type":"start","resume":{"id":1}}', ErrorCode.BAD_FIELD, "$.resume.id"),
        ('{"type":"start","client":{"name":"x","os":"y"}}', ErrorCode.BAD_FIELD, "$.client.os"),
        ('{"type":"update","audio":{}}', ErrorCode.BAD_AUDIO_FORMAT, "$.audio"),
        ('{"type":"end","now":true}', ErrorCode.BAD_FIELD, "$.now"),
        ('{"type":"start","client":{}}', ErrorCode.BAD_FIELD, "$.client"),
        ('{"type":"start","hotwords":["a",""]}', ErrorCode.BAD_FIELD, "$.hotwords[1]"),
        ('{"type":"start","audio":null}', ErrorCode.BAD_AUDIO_FORMAT, "$.audio"),
        ('{"type":"start","audio":{"rate":7999}}', ErrorCode.BAD_AUDIO_FORMAT, "$.audio.rate"),
        ('{"type":"start","audio":{"bits":16}}', ErrorCode.BAD_AUDIO_FORMAT, "$.audio.bits"),
        ('{"type":"start","task":"x - at `$.audio`"}', ErrorCode.BAD_FIELD, "$.task"),
    ],
)
def test_an_error_has_the_code_and_path_of_the_mistake(frame, code, param):
    error = refused(frame)
    assert (error.code, error.param) == (code, param)


def test_the_message_names_the_invalid_field():
    assert refused('{"type":"start","audio":{"rate":7999}}').message == (
        "The message is not valid: Expected `int` >= 8000 at $.audio.rate."
    )


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        ("{", "The message is not JSON: it is incomplete."),
        (b"\xff", "The message is not JSON: invalid character (byte 0)."),
        (b'{"type":"\xff"}', "The message is not JSON: it is not UTF-8."),
        ('{"type":"stop"}', "The message has no known type: Invalid value 'stop'."),
    ],
)
def test_the_message_explains_why_it_is_not_json(frame, message):
    assert refused(frame).message == message


@given(st.sampled_from(["type", "task", "start"]), st.integers(1_000, 60_000))
def test_an_error_quotes_a_limited_part_of_the_frame(field, length):
    value = "x" * length
    frame = {"type": {field: value}, "task": {"type": "start", field: value}, "start": {"type": "start", value: 1}}
    error = refused(json.dumps(frame[field]))
    assert len(error.message) < 600
    assert len(error.param) < 300


def test_a_field_given_twice_counts_as_it_was_given_last():
    assert decode_client('{"type":"flush","id":"a","id":"b"}') == Flush(id="b")


def test_fields_come_in_any_order():
    assert decode_client('{"language":"zh","type":"start"}') == Start(language="zh")


def test_white_space_does_not_matter():
    assert decode_client(' {\n\t"type" : "end" } ') == End()


@pytest.mark.parametrize("later", ['{"type":"speaker","name":"王芳","seq":4}', '{"a":[{"b":null}],"type":"speaker"}'])
def test_a_server_type_of_a_later_version_is_unknown(later):
    assert decode_server(later) == Unknown(type="speaker")


def test_a_server_field_of_a_later_version_is_ignored():
    frame = '{"type":"ack","seq":1,"received":2,"committed":1,"decoded":{"by":["a"]}}'
    assert decode_server(frame) == Ack(seq=1, received=2, committed=1)


@given(server_messages(), json_values())
def test_a_later_version_may_add_a_field_to_every_server_message(message, value):
    frame = json.loads(encode(message)) | {"added later": value}
    assert decode_server(json.dumps(frame)) == message


def test_a_server_type_of_a_later_version_must_still_be_json():
    with pytest.raises(RemoteProtocolError) as refusal:
        decode_server('{"type":"later","a":NaN}')
    assert refusal.value.code is ErrorCode.BAD_JSON


@pytest.mark.parametrize("frame", ['{"type":"ack"}', '{"type":"ack","received":"1","committed":0}', "{}", "[]", ""])
def test_a_server_message_that_is_not_valid_is_refused(frame):
    with pytest.raises(RemoteProtocolError):
        decode_server(frame)


def test_a_client_does_not_pass_for_a_server():
    assert decode_server('{"type":"start"}') == Unknown(type="start")


@pytest.mark.parametrize("frame", ["", "{}", "[]", '{"type":"start","x":1}'])
def test_what_cannot_be_decoded_closes_with_bad_message(frame):
    assert refused(frame).close_code is CloseCode.BAD_MESSAGE


def test_the_schema_lists_every_message_of_each_side():
    client, server, components = schema_components()
    for side, types in ((client, CLIENT_TYPES), (server, SERVER_TYPES)):
        assert side["discriminator"]["mapping"] == {
            kind.__struct_config__.tag: f"#/components/schemas/{kind.__name__}" for kind in types
        }
        assert {kind.__name__ for kind in types} <= set(components)
