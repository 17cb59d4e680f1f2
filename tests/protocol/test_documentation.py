"""``docs/protocol.md`` describes everything, and its example sessions follow the protocol."""

import re
from pathlib import Path

import msgspec
import pytest

from theresa_protocol.audio import AudioFormat
from theresa_protocol.codec import decode_client, decode_server
from theresa_protocol.conversation import Conversation, State
from theresa_protocol.errors import CloseCode, ErrorCode, RemoteProtocolError, WarningCode
from theresa_protocol.limits import Limits
from theresa_protocol.messages import (
    ClientInfo,
    Configuration,
    Ended,
    Endpointing,
    Entities,
    EntitiesRequest,
    Entity,
    Final,
    Graph,
    Link,
    Models,
    Node,
    Partial,
    PreviousFinal,
    ResumeRequest,
    ServerMessage,
    Term,
    Word,
)

from .strategies import CLIENT_TYPES, SERVER_TYPES

PAGE = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```\n(client .*?)^```", PAGE, re.DOTALL | re.MULTILINE)
PARTS = {
    AudioFormat: "start",
    Endpointing: "start",
    EntitiesRequest: "start",
    ResumeRequest: "start",
    PreviousFinal: "start",
    ClientInfo: "start",
    Models: "started",
    Configuration: "started",
    Word: "final",
    Entity: "entities",
    Graph: "entities",
    Node: "entities",
    Link: "entities",
    Term: "start",
}


def section(tag):
    """The text under the heading of a message."""
    return re.split(r"\n##", PAGE.partition(f"\n### `{tag}`\n")[2])[0]


def rows(heading):
    """The cells of the table under a heading, without its head."""
    text = re.split(r"\n## ", PAGE.partition(f"\n## {heading}\n")[2])[0]
    lines = [line for line in text.splitlines() if line.startswith("|")][2:]
    return [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines]


def fields(kind):
    return {field.encode_name for field in msgspec.structs.fields(kind)}


def sent_messages(example):
    """Yield the sender and the content of each message."""
    for line in re.sub(r"\s+//.*", "", example).replace("\n        ", " ").splitlines():
        sender, _, frame = line.partition(" ")
        if size := re.fullmatch(r"<(\d+) bytes>", frame):
            yield sender, bytes(int(size[1]))
        else:
            yield sender, (decode_client if sender == "client" else decode_server)(frame)


def messages_of(example, kind):
    return [message for _, message in sent_messages(example) if isinstance(message, kind)]


def substring(text, begin, end, unit):
    if unit == "codepoint":
        return text[begin:end]
    return text.encode("utf-16-le")[2 * begin : 2 * end].decode("utf-16-le")


@pytest.mark.parametrize("kind", CLIENT_TYPES + SERVER_TYPES)
def test_every_field_of_every_message_is_explained(kind):
    explained = set(re.findall(r"`(\w+)`", section(kind.__struct_config__.tag)))
    assert fields(kind) - {"seq"} <= explained


@pytest.mark.parametrize("kind", PARTS)
def test_every_field_of_every_part_of_a_message_is_explained(kind):
    explained = set(re.findall(r"\w+", section(PARTS[kind])))
    assert fields(kind) <= explained


def test_every_limit_is_explained_with_its_default():
    defaults = {name: int(default.split()[0]) for name, default, _ in rows("Flow control")}
    assert defaults == msgspec.to_builtins(Limits())


def test_every_error_code_is_explained_with_its_close_code():
    explained = {code: int(close_code) for code, close_code, _ in rows("Errors")}
    assert explained == {code: RemoteProtocolError(code, "Wrong.").close_code for code in ErrorCode}


def test_every_warning_code_is_explained():
    assert [code for code, _ in rows("Warnings")] == list(WarningCode)


def test_every_close_code_is_explained():
    assert [int(code) for code, _ in rows("Close codes")] == list(CloseCode)


def test_there_is_an_example_in_english_and_one_in_mandarin():
    assert [{message.language for message in messages_of(example, Final)} for example in EXAMPLES] == [{"en"}, {"zh"}]


@pytest.mark.parametrize("example", EXAMPLES)
@pytest.mark.parametrize("role", ["client", "server"])
def test_an_example_is_a_complete_session(example, role):
    conversation = Conversation(role)
    for sender, message in sent_messages(example):
        (conversation.sent if sender == role else conversation.received)(message)
    assert conversation.state is State.CLOSED


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_messages_of_an_example_are_numbered(example):
    numbers = [message.seq for message in messages_of(example, ServerMessage)]
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_positions_of_an_example_fit_its_times(example):
    audio = messages_of(example, CLIENT_TYPES[0])[0].audio
    for final in messages_of(example, Final):
        assert final.through == audio.samples(final.end_ms)
    received = sum(len(frame) // audio.sample_bytes for frame in messages_of(example, bytes))
    assert messages_of(example, Ended)[0].audio_ms == audio.milliseconds(received)
    assert messages_of(example, Ended)[0].segments == len(messages_of(example, Final))


@pytest.mark.parametrize("example", EXAMPLES)
def test_a_stable_prefix_of_an_example_stays(example):
    unit = messages_of(example, CLIENT_TYPES[0])[0].offset_unit
    shown = {}
    for partial in messages_of(example, Partial):
        prefix = substring(partial.text, 0, partial.stable, unit)
        assert prefix.startswith(shown.get(partial.segment, ""))
        shown[partial.segment] = prefix
    assert any(shown.values())


def test_the_offsets_of_words_in_an_example_are_right():
    final = messages_of(EXAMPLES[0], Final)[0]
    assert [final.text[word.from_ : word.to] for word in final.words] == [word.text for word in final.words]
    assert " ".join(word.text for word in final.words) == final.text


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_final_of_an_example_is_followed_by_its_entities(example):
    order = [
        (type(message), message.segment)
        for message in messages_of(example, Final | Entities)
        if getattr(message, "final", True)
    ]
    assert order == [(kind, final.segment) for final in messages_of(example, Final) for kind in (Final, Entities)]


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_offsets_of_entities_in_an_example_are_right(example):
    unit = messages_of(example, CLIENT_TYPES[0])[0].offset_unit
    texts = {}
    for message in messages_of(example, Partial | Final | Entities):
        if isinstance(message, Entities):
            assert message.items
            for item in message.items:
                assert substring(texts[message.segment], item.from_, item.to, unit) == item.text
        else:
            texts[message.segment] = message.text
