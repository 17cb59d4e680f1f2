"""What a Realtime client sends. Unknown fields are ignored, as OpenAI's own later ones have to be."""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, UnsetType

from theresa_protocol.audio import MAX_RATE_HZ, MIN_RATE_HZ
from theresa_protocol.client_messages import Names, Prompt
from theresa_protocol.codec import FAILURES, remote_error
from theresa_protocol.errors import ErrorCode, RemoteProtocolError

Rate = Annotated[int, msgspec.Meta(ge=MIN_RATE_HZ, le=MAX_RATE_HZ)]
Text = Annotated[str, msgspec.Meta(max_length=128)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]

BETA_UPDATE = "transcription_session.update"

_ANSWERS = ("response.", "conversation.item.", "output_audio_buffer.")
"""How the types of events begin with which a client of OpenAI asks for answers, or works on a conversation."""


class Format(msgspec.Struct, frozen=True, kw_only=True):
    """How audio is encoded."""

    type: Literal["audio/pcm", "audio/pcmu", "audio/pcma"] = "audio/pcm"
    """16-bit PCM, little-endian; G.711 µ-law; G.711 A-law. One channel."""
    rate: Rate | None = None
    """Samples per second; 24000 for PCM and 8000 for G.711 when left out."""


class Transcription(msgspec.Struct, frozen=True, kw_only=True):
    """How speech is transcribed. An empty text is the same as none."""

    model: Text | None = None
    """Name of a model here, or one of OpenAI's."""
    language: Text | None = None
    """ISO 639 code; detected when left out."""
    prompt: Prompt | None = None
    """Text that might have come before."""
    keywords: Names | None = None
    """Words that are likely to be said."""


class TurnDetection(msgspec.Struct, frozen=True, kw_only=True):
    """How the end of a turn is found. A figure that is left out is the server's own."""

    type: str = "server_vad"
    """Only by voice activity here."""
    threshold: Share | None = None
    """The higher, the more is taken for noise."""
    prefix_padding_ms: int | None = None
    """Audio from before the onset of speech that is taken along."""
    silence_duration_ms: int | None = None
    """Silence that ends a turn."""


class Input(msgspec.Struct, frozen=True, kw_only=True):
    """What a session takes in; what is left out stays as it is."""

    format: Format | UnsetType | None = UNSET
    """How audio is encoded; null: 16-bit PCM at 24 kHz."""
    transcription: Transcription | UnsetType | None = UNSET
    """How speech is transcribed; null: as the server does it by itself."""
    turn_detection: TurnDetection | UnsetType | None = UNSET
    """How the end of a turn is found; null: the client commits."""


class Audio(msgspec.Struct, frozen=True, kw_only=True):
    """The audio of a session."""

    input: Input | None = None
    """What is taken in."""


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """What is to change of a session, as GA clients say it."""

    type: str = "transcription"
    """Only transcription here."""
    audio: Audio | None = None
    """Its audio."""
    include: tuple[str, ...] | UnsetType | None = UNSET
    """What is wanted beside the text; replaces the whole list."""


class BetaSession(msgspec.Struct, frozen=True, kw_only=True):
    """What is to change of a session, as beta clients say it."""

    input_audio_format: Literal["pcm16", "g711_ulaw", "g711_alaw"] | UnsetType | None = UNSET
    """As ``format``."""
    input_audio_transcription: Transcription | UnsetType | None = UNSET
    """As ``transcription``."""
    turn_detection: TurnDetection | UnsetType | None = UNSET
    """As in ``Input``."""
    include: tuple[str, ...] | UnsetType | None = UNSET
    """As in ``Session``."""


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """Base of what a client sends."""

    event_id: str | None = None
    """Comes back in an ``error`` that answers the event."""


class Update(Event, frozen=True, kw_only=True, tag="session.update"):
    """Changes the session."""

    session: Session


class BetaUpdate(Event, frozen=True, kw_only=True, tag=BETA_UPDATE):
    """Changes the session, in the shape of the beta."""

    session: BetaSession


class Append(Event, frozen=True, kw_only=True, tag="input_audio_buffer.append"):
    """Audio, as base64 on the wire."""

    audio: bytes


class Commit(Event, frozen=True, kw_only=True, tag="input_audio_buffer.commit"):
    """Make an item of the audio since the last one."""


class Clear(Event, frozen=True, kw_only=True, tag="input_audio_buffer.clear"):
    """Forget the audio since the last item."""


AnyEvent = Update | BetaUpdate | Append | Commit | Clear

_decoder: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)


class _Envelope(msgspec.Struct):
    """What can be said of an event that is not valid otherwise."""

    type: str = ""
    event_id: str | None = None


_envelope = msgspec.json.Decoder(_Envelope)


def decode(frame: str) -> AnyEvent:
    """What a client said. Raises ``RemoteProtocolError``."""
    try:
        return _decoder.decode(frame)
    except FAILURES as error:
        failure = remote_error(error)
    if failure.code is ErrorCode.UNKNOWN_TYPE and (name := _opened(frame).type).startswith(_ANSWERS):
        raise RemoteProtocolError(
            ErrorCode.NOT_SUPPORTED,
            f"This server transcribes and does not answer: '{name[:100]}' is not for it.",
            "$.type",
        )
    raise failure


def event_id(frame: str) -> str | None:
    """The id that a client gave to an event which may not be valid."""
    return _opened(frame).event_id


def _opened(frame: str) -> _Envelope:
    try:
        return _envelope.decode(frame)
    except FAILURES:
        return _Envelope()
