"""Events that the server sends to a Realtime client. ``event_id`` is set when an event is sent."""

from typing import Any, Literal

import msgspec

from theresa_protocol.messages import Entity

CONTENT_INDEX = 0
"""Index of the only content part of an item, its audio."""


class ServerEvent(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """Base class of the events that the server sends."""

    event_id: str = ""
    """Unique within the session."""


class SessionCreatedEvent(ServerEvent, frozen=True, kw_only=True, tag="session.created"):
    """The first event of a connection."""

    session: dict[str, Any]


class SessionUpdatedEvent(ServerEvent, frozen=True, kw_only=True, tag="session.updated"):
    """Confirms ``session.update`` with the complete configuration in force."""

    session: dict[str, Any]


class BetaSessionCreatedEvent(ServerEvent, frozen=True, kw_only=True, tag="transcription_session.created"):
    """The first event of a beta connection."""

    session: dict[str, Any]


class BetaSessionUpdatedEvent(ServerEvent, frozen=True, kw_only=True, tag="transcription_session.updated"):
    """Confirms ``transcription_session.update``."""

    session: dict[str, Any]


class SpeechStartedEvent(ServerEvent, frozen=True, kw_only=True, tag="input_audio_buffer.speech_started"):
    """Speech was detected."""

    item_id: str
    audio_start_ms: int
    """Time since the start of the session."""


class SpeechStoppedEvent(ServerEvent, frozen=True, kw_only=True, tag="input_audio_buffer.speech_stopped"):
    """The end of speech was detected."""

    item_id: str
    audio_end_ms: int
    """Time since the start of the session."""


class AudioCommittedEvent(ServerEvent, frozen=True, kw_only=True, tag="input_audio_buffer.committed"):
    """The audio of an item is complete."""

    item_id: str
    previous_item_id: str | None


class AudioClearedEvent(ServerEvent, frozen=True, kw_only=True, tag="input_audio_buffer.cleared"):
    """The audio since the last item was discarded."""


class InputAudioContent(msgspec.Struct, frozen=True, kw_only=True, tag="input_audio", tag_field="type"):
    """The only content part of an item. Its transcript is sent in separate events."""

    transcript: None = None


class ConversationItem(msgspec.Struct, frozen=True, kw_only=True):
    """A turn of the speaker as a conversation item."""

    id: str
    object: Literal["realtime.item"] = "realtime.item"
    type: Literal["message"] = "message"
    status: Literal["completed"] = "completed"
    role: Literal["user"] = "user"
    content: tuple[InputAudioContent, ...] = (InputAudioContent(),)


class ItemAddedEvent(ServerEvent, frozen=True, kw_only=True, tag="conversation.item.added"):
    """An item was added."""

    previous_item_id: str | None
    item: ConversationItem


class ItemDoneEvent(ServerEvent, frozen=True, kw_only=True, tag="conversation.item.done"):
    """An item is complete except for its transcript."""

    previous_item_id: str | None
    item: ConversationItem


class BetaItemCreatedEvent(ServerEvent, frozen=True, kw_only=True, tag="conversation.item.created"):
    """Replaces ``ItemAddedEvent`` and ``ItemDoneEvent`` for beta clients."""

    previous_item_id: str | None
    item: ConversationItem


class TranscriptDeltaEvent(
    ServerEvent, frozen=True, kw_only=True, tag="conversation.item.input_audio_transcription.delta"
):
    """Text to append to the transcript of an item."""

    item_id: str
    content_index: int = CONTENT_INDEX
    delta: str


class AudioUsage(msgspec.Struct, frozen=True, kw_only=True):
    """Duration of an item's audio."""

    type: Literal["duration"] = "duration"
    seconds: float


class DetectedLanguage(msgspec.Struct, frozen=True, kw_only=True):
    """A language of an item."""

    code: str


class Logprob(msgspec.Struct, frozen=True, kw_only=True):
    """The log probability of a word, with the space before it."""

    token: str
    bytes: tuple[int, ...]
    """``token`` in UTF-8."""
    logprob: float


class TranscriptCompletedEvent(
    ServerEvent, frozen=True, kw_only=True, tag="conversation.item.input_audio_transcription.completed"
):
    """The whole transcript of an item, equal to its concatenated deltas."""

    item_id: str
    content_index: int = CONTENT_INDEX
    transcript: str
    usage: AudioUsage
    languages: tuple[DetectedLanguage, ...] = ()
    """The language of the most text first."""
    logprobs: tuple[Logprob, ...] | msgspec.UnsetType = msgspec.UNSET
    """Those of the final text, if they were requested. They may differ from a transcript that was sent before."""


class ErrorDetail(msgspec.Struct, frozen=True, kw_only=True):
    """Description of an error: ``code`` for programs, ``message`` for people."""

    type: Literal["invalid_request_error", "server_error"]
    code: str
    message: str
    param: str | None = None
    """Path of the invalid field."""


class TranscriptFailedEvent(
    ServerEvent, frozen=True, kw_only=True, tag="conversation.item.input_audio_transcription.failed"
):
    """An item could not be transcribed."""

    item_id: str
    content_index: int = CONTENT_INDEX
    error: ErrorDetail


class EventErrorDetail(ErrorDetail, frozen=True, kw_only=True):
    """Description of an error, with the ``event_id`` of the client event that caused it."""

    event_id: str | None = None


class ErrorEvent(ServerEvent, frozen=True, kw_only=True, tag="error"):
    """An error. The session continues unless the connection is closed after this event."""

    error: EventErrorDetail


class EntitiesEvent(ServerEvent, frozen=True, kw_only=True, tag="theresa.entities"):
    """The named entities in one segment of an item. Replaces the previous list of the same ``segment``."""

    item_id: str
    content_index: int = CONTENT_INDEX
    segment: int
    final: bool
    entities: tuple[Entity, ...]


class WarningEvent(ServerEvent, frozen=True, kw_only=True, tag="theresa.warning"):
    """An extension does not work as requested. The session continues."""

    code: str
    message: str


_encoder = msgspec.json.Encoder()


def encode_event(event: ServerEvent) -> str:
    """Encode an event as a text frame."""
    return _encoder.encode(event).decode()
