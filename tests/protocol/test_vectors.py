"""The vectors that every client of this repository must agree on: the Python codec, transcript and subtitles.

``client/browser/test/vectors.test.js`` drives the JavaScript ones by the same files. In ``server.json`` and
``client.json`` a ``frame`` is the text itself, or the object whose JSON it is; ``message`` is what it decodes to, where
that is not the same. Offsets in ``transcripts.json`` are UTF-16 units.
"""

import json
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from theresa_client.subtitles import plain_text, srt, vtt
from theresa_client.transcript import Segment, Transcript
from theresa_protocol.codec import decode_client, decode_server, encode
from theresa_protocol.errors import RemoteProtocolError
from theresa_protocol.messages import AnyClientMessage, AnyServerMessage, Unknown

Vector = dict[str, Any]
FOLDER = Path(__file__).parent / "vectors"


def vectors(name: str) -> list[Vector]:
    found: list[Vector] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return found


def named(vector: Vector) -> str:
    return str(vector["name"])


def text(frame: object) -> str:
    return frame if isinstance(frame, str) else json.dumps(frame, ensure_ascii=False)


SERVER, CLIENT, TRANSCRIPTS = vectors("server"), vectors("client"), vectors("transcripts")
GOOD_SERVER = [vector for vector in SERVER if "error" not in vector]
GOOD_CLIENT = [vector for vector in CLIENT if "error" not in vector]


@pytest.mark.parametrize("vector", GOOD_SERVER, ids=named)
def test_server_messages_decode(vector: Vector) -> None:
    message = decode_server(text(vector["frame"]))

    told = {"type": message.type} if isinstance(message, Unknown) else json.loads(encode(message))
    assert told == vector.get("message", vector["frame"])


@pytest.mark.parametrize("vector", [vector for vector in SERVER if "error" in vector], ids=named)
def test_invalid_server_messages_are_refused(vector: Vector) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        decode_server(text(vector["frame"]))
    assert_error(caught.value, vector["error"])


@pytest.mark.parametrize("vector", GOOD_CLIENT, ids=named)
def test_client_messages_encode_as_the_vector(vector: Vector) -> None:
    message = msgspec.convert({"type": vector["type"], **vector["fields"]}, AnyClientMessage)

    assert decode_client(text(vector["frame"])) == message
    assert json.loads(encode(message)) == vector["frame"]


@pytest.mark.parametrize("vector", [vector for vector in CLIENT if "error" in vector], ids=named)
def test_invalid_client_messages_are_refused(vector: Vector) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        decode_client(text(vector["frame"]))
    assert_error(caught.value, vector["error"])


@pytest.mark.parametrize("vector", TRANSCRIPTS, ids=named)
def test_messages_make_a_transcript(vector: Vector) -> None:
    transcript = Transcript()
    for message in vector["messages"]:
        transcript.apply(decode_server(json.dumps(in_code_points(message, vector["messages"]))))

    assert [told(segment) for segment in transcript.segments] == vector["segments"]
    assert [mention(found) for found in transcript.mentions] == vector["mentions"]


@pytest.mark.parametrize("vector", TRANSCRIPTS, ids=named)
def test_a_transcript_makes_files(vector: Vector) -> None:
    transcript = Transcript()
    for message in vector["messages"]:
        transcript.apply(decode_server(json.dumps(in_code_points(message, vector["messages"]))))

    files = {"srt": srt(transcript.segments), "vtt": vtt(transcript.segments), "text": plain_text(transcript.segments)}
    assert files == {name: vector[name] for name in files}


@pytest.mark.parametrize(
    ("union", "vectors"), [(AnyServerMessage, GOOD_SERVER), (AnyClientMessage, GOOD_CLIENT)], ids=["server", "client"]
)
def test_every_type_of_message_has_a_vector(union: object, vectors: list[Vector]) -> None:
    types = {struct.__struct_config__.tag for struct in get_args(union)}

    assert types <= {json.loads(text(vector["frame"]))["type"] for vector in vectors}


def assert_error(error: RemoteProtocolError, expected: Vector) -> None:
    assert error.code == expected["code"]
    assert "param" not in expected or error.param == expected["param"]


def in_code_points(message: Vector, messages: list[Vector]) -> Vector:
    """The same message in a session whose offsets are code points, as this client counts them."""
    if message["type"] == "partial":
        return {**message, "stable": code_points(message["text"], message["stable"])}
    if message["type"] != "entities":
        return message
    kind = "final" if message["final"] else "partial"
    said = [one["text"] for one in messages if one["type"] == kind and one["segment"] == message["segment"]]
    return {**message, "items": [moved(item, said[-1], code_points) for item in message["items"]]}


def told(segment: Segment) -> Vector:
    """A segment as the vectors have it, with offsets in UTF-16 units."""
    fields = json.loads(
        msgspec.json.encode(
            {
                "number": segment.number,
                "text": segment.text,
                "stable": utf16_units(segment.text, segment.stable),
                "startMs": segment.start_ms,
                "endMs": segment.end_ms,
                "language": segment.language,
                "confidence": segment.confidence,
                "words": list(segment.words),
                "entities": list(segment.entities),
                "searched": segment.searched,
                "relations": segment.relations,
                "final": segment.final,
            }
        )
    )
    fields["entities"] = [moved(item, segment.text, utf16_units) for item in fields["entities"]]
    return fields if segment.final else {**fields, "rev": segment.rev}


def mention(found: Any) -> Vector:
    return {
        "id": found.id,
        "label": found.label,
        "text": found.text,
        "count": found.count,
        "startMs": found.start_ms,
    }


def moved(item: Vector, said: str, unit: Any) -> Vector:
    return {**item, "from": unit(said, item["from"]), "to": unit(said, item["to"])}


def utf16(said: str) -> bytes:
    return said.encode("utf-16-le")


def code_points(said: str, offset: int) -> int:
    return len(utf16(said)[: offset * 2].decode("utf-16-le"))


def utf16_units(said: str, offset: int) -> int:
    return len(utf16(said[:offset])) // 2
