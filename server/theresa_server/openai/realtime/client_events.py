"""Events that a Realtime client sends.

Unknown fields are ignored so that fields added by OpenAI later do no harm.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, UnsetType

from theresa_protocol.audio import MAX_RATE_HZ, MIN_RATE_HZ
from theresa_protocol.client_messages import Names, Prompt
from theresa_protocol.codec import FAILURES, remote_error
from theresa_protocol.errors import ErrorCode, RemoteProtocolError

SampleRate = Annotated[int, msgspec.Meta(ge=MIN_RATE_HZ, le=MAX_RATE_HZ)]
ShortText = Annotated[str, msgspec.Meta(max_length=128)]
Fraction = Annotated[float, msgspec.Meta(ge=0, le=1)]

BETA_UPDATE = "transcription_session.update"

_CONVERSATION_PREFIXES = ("response.", "conversation.item.", "output_audio_buffer.")
"""Prefixes of the event types that request responses or edit a conversation."""


class InputFormat(msgspec.Struct, frozen=True, kw_only=True):
    """Encoding of the input audio."""

    type: Literal["audio/pcm", "audio/pcmu", "audio/pcma"] = "audio/pcm"
    """16-bit little-endian PCM, G.711 µ-law or G.711 A-law; always mono."""
    rate: SampleRate | None = None
    """Samples per second. Defaults to 24000 for PCM and 8000 for G.711."""


class TranscriptionConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Transcription options. An empty string counts as missing."""

    model: ShortText | None = None
    """Name of a served model or one of OpenAI's names."""
    language: ShortText | None = None
    """ISO 639 code. The language is detected if it is missing."""
    prompt: Prompt | None = None
    """Text that precedes the speech."""
    keywords: Names | None = None
    """Words likely to occur in the speech."""


class TurnDetectionConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Turn detection options. The server's own value applies to each missing field."""

    type: str = "server_vad"
    """Only ``server_vad`` is supported."""
    threshold: Fraction | None = None
    """Higher values classify more audio as noise."""
    prefix_padding_ms: int | None = None
    """Audio to include before the onset of speech."""
    silence_duration_ms: int | None = None
    """Silence that ends a turn."""


class InputConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Input options of a session. Missing fields keep their current value."""

    format: InputFormat | UnsetType | None = UNSET
    """``None`` selects 16-bit PCM at 24 kHz."""
    transcription: TranscriptionConfig | UnsetType | None = UNSET
    """``None`` resets to the server's defaults."""
    turn_detection: TurnDetectionConfig | UnsetType | None = UNSET
    """``None`` disables turn detection: the client commits."""


class AudioConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Audio options of a session."""

    input: InputConfig | None = None


class SessionConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Session options in the GA format."""

    type: str = "transcription"
    """Only ``transcription`` is supported."""
    audio: AudioConfig | None = None
    include: tuple[str, ...] | UnsetType | None = UNSET
    """Additional output to send. Replaces the whole list."""


class BetaSessionConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Session options in the beta format."""

    input_audio_format: Literal["pcm16", "g711_ulaw", "g711_alaw"] | UnsetType | None = UNSET
    """Like ``InputConfig.format``."""
    input_audio_transcription: TranscriptionConfig | UnsetType | None = UNSET
    """Like ``InputConfig.transcription``."""
    turn_detection: TurnDetectionConfig | UnsetType | None = UNSET
    """Like ``InputConfig.turn_detection``."""
    include: tuple[str, ...] | UnsetType | None = UNSET
    """Like ``SessionConfig.include``."""


class ClientEvent(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """Base class of the events that a client sends."""

    event_id: str | None = None
    """Repeated in an ``error`` event caused by this event."""


class SessionUpdateEvent(ClientEvent, frozen=True, kw_only=True, tag="session.update"):
    """Changes the session."""

    session: SessionConfig


class BetaSessionUpdateEvent(ClientEvent, frozen=True, kw_only=True, tag=BETA_UPDATE):
    """Changes the session, in the beta format."""

    session: BetaSessionConfig


class AudioAppendEvent(ClientEvent, frozen=True, kw_only=True, tag="input_audio_buffer.append"):
    """Appends audio, Base64-encoded on the wire."""

    audio: bytes


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
