"""Events that a Realtime client sends.

Unknown fields are ignored so that fields added by OpenAI later do no harm.
"""

from typing import Any

import msgspec

from theresa_protocol.codec import FAILURES, remote_error
from theresa_protocol.errors import ErrorCode, RemoteProtocolError

BETA_UPDATE = "transcription_session.update"

_CONVERSATION_PREFIXES = ("response.", "conversation.item.", "output_audio_buffer.")
"""Prefixes of the event types that request responses or edit a conversation."""


class ClientEvent(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """Base class of the events that a client sends."""

    event_id: str | None = None
    """Repeated in an ``error`` event caused by this event."""


class SessionUpdateEvent(ClientEvent, frozen=True, kw_only=True, tag="session.update"):
    """Changes the session. ``session_options`` reads its options one by one."""

    session: dict[str, Any]


class BetaSessionUpdateEvent(ClientEvent, frozen=True, kw_only=True, tag=BETA_UPDATE):
    """Changes the session, in the beta format."""

    session: dict[str, Any]


class AudioAppendEvent(ClientEvent, frozen=True, kw_only=True, tag="input_audio_buffer.append"):
    """Appends audio."""

    audio: str
    """Base64 in any of its forms."""


class AudioCommitEvent(ClientEvent, frozen=True, kw_only=True, tag="input_audio_buffer.commit"):
    """Creates an item from the audio since the last item."""


class AudioClearEvent(ClientEvent, frozen=True, kw_only=True, tag="input_audio_buffer.clear"):
    """Discards the audio since the last item."""


AnyClientEvent = SessionUpdateEvent | BetaSessionUpdateEvent | AudioAppendEvent | AudioCommitEvent | AudioClearEvent

_decoder: msgspec.json.Decoder[AnyClientEvent] = msgspec.json.Decoder(AnyClientEvent)


class _Envelope(msgspec.Struct):
    """The fields that are readable even if the rest of an event is invalid."""

    type: str = ""
    event_id: str | None = None


_envelope_decoder = msgspec.json.Decoder(_Envelope)


def decode_event(frame: str) -> AnyClientEvent:
    """Decode a text frame.

    Raises:
        RemoteProtocolError: when the frame is not a valid event.
    """
    try:
        return _decoder.decode(frame)
    except FAILURES as error:
        failure = remote_error(error)
    if failure.code is ErrorCode.UNKNOWN_TYPE:
        event_type = _decode_envelope(frame).type
        if event_type.startswith(_CONVERSATION_PREFIXES):
            raise RemoteProtocolError(
                ErrorCode.NOT_SUPPORTED,
                f"This server only transcribes: '{event_type[:100]}' is not supported.",
                "$.type",
            )
    raise failure


def event_id_of(frame: str) -> str | None:
    """Return the ``event_id`` of an event that may be invalid otherwise."""
    return _decode_envelope(frame).event_id


def _decode_envelope(frame: str) -> _Envelope:
    try:
        return _envelope_decoder.decode(frame)
    except FAILURES:
        return _Envelope()
