"""What a client sends. An unknown field is an error in all of it: that catches typing mistakes."""

from typing import Annotated, Literal

import msgspec

from theresa_protocol.audio import AudioFormat
from theresa_protocol.limits import MAX_SEGMENT_MS

Task = Literal["transcribe", "translate"]
OffsetUnit = Literal["codepoint", "utf16"]

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
Label = Annotated[str, msgspec.Meta(pattern=r"^[A-Z][A-Z0-9_]{0,63}(?!\s)$")]
Names = Annotated[tuple[Name, ...], msgspec.Meta(max_length=100)]
# The look-ahead keeps Python's `$` from matching before a line end; in other dialects it changes nothing.
Language = Annotated[str, msgspec.Meta(pattern=r"^[a-z]{2,3}(?!\s)$")]
Prompt = Annotated[str, msgspec.Meta(max_length=2_000)]
Count = Annotated[int, msgspec.Meta(ge=0)]
Preroll = Annotated[int, msgspec.Meta(ge=0, le=1_000)]
Silence = Annotated[int, msgspec.Meta(ge=100, le=5_000)]


class EndpointingFigures(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where an utterance begins and ends."""

    aggressiveness: Annotated[int, msgspec.Meta(ge=0, le=3)] | None = None
    """How readily the voice-activity detector takes a frame for noise: 0 rarely, 3 often."""
    onset_ms: Annotated[int, msgspec.Meta(ge=20, le=1_000)] | None = None
    """Speech that opens a segment."""
    preroll_ms: Preroll | None = None
    """Audio from before the onset that the segment takes along."""
    silence_ms: Silence | None = None
    """Silence that closes a segment."""
    max_segment_ms: Annotated[int, msgspec.Meta(ge=2_000, le=MAX_SEGMENT_MS)] | None = None
    """Length at which a segment is split in its best pause."""


class Endpointing(EndpointingFigures, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Where an utterance begins and ends, as a client asks for it.

    A figure that is left out (or null) is the server's own in `start`, and stays as it is in `update`.
    """


class EntitiesOptions(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which named entities are wanted, and when."""

    enabled: bool = True
    """Whether entities are wanted at all."""
    labels: Names | None = None
    """The labels wanted; all when left out."""
    partials: bool = True
    """Whether the stable part of a growing segment is searched, too."""
    relations: bool = False
    """Whether finals are searched for who did what to whom."""
    hotwords: bool = False
    """Whether the terms serve as hotwords, too."""


class Term(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """An entry of a session's lexicon: a text that is an entity wherever it stands."""

    text: Name
    """What is looked for. Case and the width of characters make no difference."""
    label: Label = "TERM"
    """What it is."""


class EntitiesRequest(EntitiesOptions, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Which named entities a client asks for."""

    terms: Annotated[tuple[Term, ...], msgspec.Meta(max_length=500)] = ()
    """The session's own lexicon. Its terms win over the server's and over the model."""


class ResumeRequest(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What a client holds of a session that was cut off."""

    session_id: Name
    """From `started`."""
    token: Name
    """From `started`."""
    committed: Count
    """The last `ack.committed`, in samples."""
    next_segment: Count
    """The lowest segment number whose final is still missing."""
    lead_in: Count = 0
    """Samples before `committed` that can still be sent: at most `limits.lead_in_ms` of them help another server."""
    language: Language | None = None
    """The language of the last final before `next_segment`: what a server without a memory of it would not know."""


class ClientInfo(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Who is calling: for logs only."""

    name: Name
    """Name of the client program."""
    version: Name | None = None
    """Its version."""


class ClientMessage(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, tag_field="type"
):
    """Base of what a client sends."""


class Start(ClientMessage, frozen=True, kw_only=True, tag="start"):
    """The first message: what the audio is and what is wanted of it."""

    audio: AudioFormat = AudioFormat()
    """How the binary frames are encoded."""
    model: Name | None = None
    """The model wanted; when left out, that of the address, or else the server's default."""
    language: Language | None = None
    """ISO 639 code (`en`, `zh`, `yue`); when left out, the server's own, or else detected for each segment."""
    task: Task = "transcribe"
    """Text in the language spoken, or translated into English."""
    partials: bool = True
    """Whether `partial` messages are wanted."""
    words: bool = False
    """Whether finals carry word times."""
    stats: bool = False
    """Whether `stats` messages are wanted."""
    entities: EntitiesRequest | None = None
    """Named entities; none when left out."""
    endpointing: Endpointing = Endpointing()
    """Where an utterance begins and ends."""
    prompt: Prompt | None = None
    """Text that might have come before: sets style, spelling and vocabulary."""
    hotwords: Names = ()
    """Words that are likely to be said."""
    offset_unit: OffsetUnit = "codepoint"
    """What offsets into a text count: Unicode code points (Python) or UTF-16 code units (JavaScript, Java)."""
    resume: ResumeRequest | None = None
    """A session to go on with."""
    client: ClientInfo | None = None
    """Who is calling: for logs only."""


class Update(ClientMessage, frozen=True, kw_only=True, tag="update"):
    """Changes the mutable part of `start`; what is left out stays as it is. Answered by `updated` or by `error`."""

    language: Language | msgspec.UnsetType | None = msgspec.UNSET
    """As in `start`; null: detected for each segment."""
    task: Task | msgspec.UnsetType = msgspec.UNSET
    """As in `start`."""
    partials: bool | msgspec.UnsetType = msgspec.UNSET
    """As in `start`."""
    words: bool | msgspec.UnsetType = msgspec.UNSET
    """As in `start`."""
    entities: EntitiesRequest | msgspec.UnsetType | None = msgspec.UNSET
    """As in `start`; null: none any more."""
    endpointing: Endpointing | msgspec.UnsetType = msgspec.UNSET
    """The figures that change; the others stay."""
    prompt: Prompt | msgspec.UnsetType | None = msgspec.UNSET
    """As in `start`; null: none any more."""
    hotwords: Names | msgspec.UnsetType = msgspec.UNSET
    """As in `start`: replaces the whole list."""


class Flush(ClientMessage, frozen=True, kw_only=True, tag="flush"):
    """Finalise all that was sent so far, and go on. Answered by the finals, then by `flushed`."""

    id: Name | None = None
    """Comes back in `flushed`."""


class End(ClientMessage, frozen=True, kw_only=True, tag="end"):
    """No more audio. Answered by the finals, then by `ended` and close 1000."""
