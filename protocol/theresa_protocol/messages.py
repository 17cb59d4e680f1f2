"""All messages of ``theresa.v1`` as frozen structs in two closed unions: what a client sends and what a server sends.

Audio is not among them: it travels as binary frames. Times are milliseconds and sample counts are at the declared
rate, both since the start of the session. Character offsets count in the session's ``offset_unit``.
"""

from typing import Annotated, Literal

import msgspec

from theresa_protocol.audio import AudioFormat
from theresa_protocol.limits import MAX_SEGMENT_MS, Limits

Task = Literal["transcribe", "translate"]
OffsetUnit = Literal["codepoint", "utf16"]
FinalReason = Literal["endpoint", "flush", "end", "limit"]
Degradation = Literal["none", "slower_partials", "no_partials"]

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
Language = Annotated[str, msgspec.Meta(pattern="^[a-z]{2,3}$", description="ISO 639 code: en, zh, yue, …")]
Prompt = Annotated[str, msgspec.Meta(max_length=2_000)]
Hotwords = Annotated[tuple[Name, ...], msgspec.Meta(max_length=100)]
Count = Annotated[int, msgspec.Meta(ge=0)]


class Endpointing(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Where an utterance begins and ends; ``None`` leaves a figure to the server."""

    aggressiveness: Annotated[int, msgspec.Meta(ge=0, le=3)] | None = None
    """How readily the voice-activity detector takes a frame for noise: 0 rarely, 3 often."""
    onset_ms: Annotated[int, msgspec.Meta(ge=20, le=1_000)] | None = None
    """Speech that opens a segment."""
    preroll_ms: Annotated[int, msgspec.Meta(ge=0, le=1_000)] | None = None
    """Audio from before the onset that the segment takes along."""
    silence_ms: Annotated[int, msgspec.Meta(ge=100, le=5_000)] | None = None
    """Silence that closes a segment."""
    max_segment_ms: Annotated[int, msgspec.Meta(ge=2_000, le=MAX_SEGMENT_MS)] | None = None
    """Length at which a segment is split in its best pause."""


class EntitiesRequest(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Whether named entities are wanted, and which labels."""

    enabled: bool = True
    labels: tuple[Name, ...] | None = None


class ResumeRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a client holds of a session that was cut off."""

    session_id: Name
    token: Name
    committed: Count
    next_segment: Count


class ClientInfo(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Who is calling: for logs only."""

    name: Name
    version: Name | None = None


# --- client → server ---------------------------------------------------------------------------------------------


class ClientMessage(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, tag_field="type"
):
    """Base of what a client sends. An unknown field is an error here: that catches typing mistakes."""


class Start(ClientMessage, kw_only=True, tag="start"):
    """The first message: what the audio is and what is wanted of it."""

    audio: AudioFormat = AudioFormat()
    model: Name | None = None
    language: Language | None = None
    """``None``: detected from the first utterance and kept for the session."""
    task: Task = "transcribe"
    partials: bool = True
    words: bool = False
    stats: bool = False
    entities: EntitiesRequest | None = None
    endpointing: Endpointing = Endpointing()
    prompt: Prompt | None = None
    hotwords: Hotwords = ()
    offset_unit: OffsetUnit = "codepoint"
    resume: ResumeRequest | None = None
    client: ClientInfo | None = None


class Update(ClientMessage, kw_only=True, tag="update"):
    """Changes the mutable part of ``start``; what is left out stays as it is. Answered by ``updated``."""

    language: Language | None | msgspec.UnsetType = msgspec.UNSET
    task: Task | msgspec.UnsetType = msgspec.UNSET
    partials: bool | msgspec.UnsetType = msgspec.UNSET
    words: bool | msgspec.UnsetType = msgspec.UNSET
    entities: EntitiesRequest | None | msgspec.UnsetType = msgspec.UNSET
    endpointing: Endpointing | msgspec.UnsetType = msgspec.UNSET
    prompt: Prompt | None | msgspec.UnsetType = msgspec.UNSET
    hotwords: Hotwords | msgspec.UnsetType = msgspec.UNSET


class Flush(ClientMessage, kw_only=True, tag="flush"):
    """Finalise all that was sent so far, and go on. Answered by the finals, then by ``flushed``."""

    id: Name | None = None


class End(ClientMessage, kw_only=True, tag="end"):
    """No more audio. Answered by the finals, then by ``ended`` and close 1000."""


# --- server → client ---------------------------------------------------------------------------------------------


class ServerMessage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type"):
    """Base of what a server sends. A client ignores unknown fields and types: minor versions add some."""

    seq: Count = 0
    """Grows by one with each message of a connection, from 1."""


class Models(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The models at work in a session."""

    transcriber: str
    entities: str | None = None


class Configuration(msgspec.Struct, frozen=True, kw_only=True):
    """The configuration in force: the request with the server's figures filled in."""

    audio: AudioFormat
    language: str | None
    task: Task
    partials: bool
    words: bool
    endpointing: Endpointing
    prompt: str | None
    hotwords: tuple[str, ...]
    offset_unit: OffsetUnit


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """One word (in Chinese: one character) with its time and place in the text."""

    text: str
    start_ms: int
    end_ms: int
    confidence: float
    from_: int = msgspec.field(name="from")
    to: int


class Entity(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One named entity of a segment: ``text[from:to]`` of the segment is ``text``."""

    id: str
    label: str
    text: str
    from_: int = msgspec.field(name="from")
    to: int
    start_ms: int
    end_ms: int
    score: float | None = None


class Started(ServerMessage, kw_only=True, tag="started"):
    """The answer to ``start``."""

    session_id: str
    token: str
    resumed: bool
    next_sample: int
    next_segment: int
    models: Models
    limits: Limits
    configuration: Configuration


class Speech(ServerMessage, kw_only=True, tag="speech"):
    """The speaker began or stopped."""

    state: Literal["started", "stopped"]
    at_ms: int


class Partial(ServerMessage, kw_only=True, tag="partial"):
    """What an open segment says so far. ``text[:stable]`` never shrinks and never changes in later partials."""

    segment: int
    rev: int
    text: str
    stable: int
    start_ms: int
    end_ms: int
    language: str
    words: tuple[Word, ...] | None = None


class Final(ServerMessage, kw_only=True, tag="final"):
    """What a segment says; sent once. All audio before the sample ``through`` is settled."""

    segment: int
    text: str
    start_ms: int
    end_ms: int
    through: int
    reason: FinalReason
    language: str
    confidence: float
    words: tuple[Word, ...] | None = None


class Entities(ServerMessage, kw_only=True, tag="entities"):
    """The entities of a segment: replaces what was sent for it before."""

    segment: int
    rev: int
    final: bool
    items: tuple[Entity, ...]


class Ack(ServerMessage, kw_only=True, tag="ack"):
    """Samples taken in, and samples of which nothing will be asked again. At most one a second."""

    received: int
    committed: int


class Flushed(ServerMessage, kw_only=True, tag="flushed"):
    """All audio before the sample ``through`` has had its final."""

    id: str | None = None
    through: int


class Updated(ServerMessage, kw_only=True, tag="updated"):
    """The configuration after an ``update``."""

    configuration: Configuration


class Ended(ServerMessage, kw_only=True, tag="ended"):
    """Goodbye with totals."""

    audio_ms: int
    segments: int


class Stats(ServerMessage, kw_only=True, tag="stats"):
    """How the session is keeping up (on request)."""

    lag_ms: int
    queue_ms: int
    rtf: float
    degraded: Degradation


class Draining(ServerMessage, kw_only=True, tag="draining"):
    """The server is about to stop: finish within ``deadline_ms``."""

    deadline_ms: int


class WarningMessage(ServerMessage, kw_only=True, tag="warning"):
    """Something is not as it was asked for; the session goes on."""

    code: str
    message: str
    param: str | None = None


class ErrorMessage(ServerMessage, kw_only=True, tag="error"):
    """Something failed. A fatal one is followed by a close whose reason is ``code``."""

    code: str
    message: str
    fatal: bool
    param: str | None = None
    retry_after_ms: int | None = None


class Unknown(msgspec.Struct, frozen=True, kw_only=True):
    """A server message of a type this version does not know; to be ignored."""

    type: str


AnyClientMessage = Start | Update | Flush | End
AnyServerMessage = (
    Started
    | Speech
    | Partial
    | Final
    | Entities
    | Ack
    | Flushed
    | Updated
    | Ended
    | Stats
    | Draining
    | WarningMessage
    | ErrorMessage
)
