"""What a Realtime client is told. ``event_id`` is filled in when an event is sent."""

from typing import Any, Literal

import msgspec

from theresa_protocol.messages import Entity

CONTENT_INDEX = 0
"""An item has one part: the audio that was said."""


class ServerEvent(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """Base of what a client is told."""

    event_id: str = ""
    """Another one for each event."""


class SessionCreated(ServerEvent, frozen=True, kw_only=True, tag="session.created"):
    """The first event."""

    session: dict[str, Any]


class SessionUpdated(ServerEvent, frozen=True, kw_only=True, tag="session.updated"):
    """The answer to ``session.update``, with all that is in force now."""

    session: dict[str, Any]


class BetaSessionCreated(ServerEvent, frozen=True, kw_only=True, tag="transcription_session.created"):
    """The first event for beta clients."""

    session: dict[str, Any]


class BetaSessionUpdated(ServerEvent, frozen=True, kw_only=True, tag="transcription_session.updated"):
    """The answer to ``transcription_session.update``."""

    session: dict[str, Any]


class SpeechStarted(ServerEvent, frozen=True, kw_only=True, tag="input_audio_buffer.speech_started"):
    """Somebody began to speak: at this time since the start of the session."""

    item_id: str
    audio_start_ms: int


class SpeechStopped(ServerEvent, frozen=True, kw_only=True, tag="input_audio_buffer.speech_stopped"):
    """Nobody speaks any more."""

    item_id: str
    audio_end_ms: int


class Committed(ServerEvent, frozen=True, kw_only=True, tag="input_audio_buffer.committed"):
    """The audio of an item is complete."""

    item_id: str
    previous_item_id: str | None


class Cleared(ServerEvent, frozen=True, kw_only=True, tag="input_audio_buffer.cleared"):
    """What was said since the last item is forgotten."""


class SpokenAudio(msgspec.Struct, frozen=True, kw_only=True, tag="input_audio", tag_field="type"):
    """The only part of an item. Its text comes in events of its own."""

    transcript: None = None


class ConversationItem(msgspec.Struct, frozen=True, kw_only=True):
    """A turn of the speaker, as an item of a conversation."""

    id: str
    object: Literal["realtime.item"] = "realtime.item"
    type: Literal["message"] = "message"
    status: Literal["completed"] = "completed"
    role: Literal["user"] = "user"
    content: tuple[SpokenAudio, ...] = (SpokenAudio(),)


class ItemAdded(ServerEvent, frozen=True, kw_only=True, tag="conversation.item.added"):
    """There is another item."""

    previous_item_id: str | None
    item: ConversationItem


class ItemDone(ServerEvent, frozen=True, kw_only=True, tag="conversation.item.done"):
    """The item is complete, but for its text."""

    previous_item_id: str | None
    item: ConversationItem


class BetaItemCreated(ServerEvent, frozen=True, kw_only=True, tag="conversation.item.created"):
    """Both of the above for beta clients."""

    previous_item_id: str | None
    item: ConversationItem


class Delta(ServerEvent, frozen=True, kw_only=True, tag="conversation.item.input_audio_transcription.delta"):
    """By how much the text of an item has grown."""

    item_id: str
    content_index: int = CONTENT_INDEX
    delta: str


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """How much audio an item has."""

    type: Literal["duration"] = "duration"
    seconds: float


class Completed(ServerEvent, frozen=True, kw_only=True, tag="conversation.item.input_audio_transcription.completed"):
    """The whole text of an item: all of its deltas together."""

    item_id: str
    content_index: int = CONTENT_INDEX
    transcript: str
    usage: Usage


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong: ``code`` for programs, ``message`` for people."""

    type: Literal["invalid_request_error", "server_error"]
    code: str
    message: str
    param: str | None = None


class Failed(ServerEvent, frozen=True, kw_only=True, tag="conversation.item.input_audio_transcription.failed"):
    """An item gets no text any more."""

    item_id: str
    content_index: int = CONTENT_INDEX
    error: Fault


class EventFault(Fault, frozen=True, kw_only=True):
    """What is wrong, and the id of the client's event that it is about."""

    event_id: str | None = None


class Error(ServerEvent, frozen=True, kw_only=True, tag="error"):
    """Something is wrong. The session goes on, unless the connection closes behind it."""

    error: EventFault


class Entities(ServerEvent, frozen=True, kw_only=True, tag="theresa.entities"):
    """The named entities of a segment of an item; replaces the list before of the same ``segment``."""

    item_id: str
    content_index: int = CONTENT_INDEX
    segment: int
    final: bool
    entities: tuple[Entity, ...]


class Warned(ServerEvent, frozen=True, kw_only=True, tag="theresa.warning"):
    """Something of an extension is not as it was asked for; the session goes on."""

    code: str
    message: str


_encoder = msgspec.json.Encoder()


def encode(event: ServerEvent) -> str:
    """One text frame."""
    return _encoder.encode(event).decode()
