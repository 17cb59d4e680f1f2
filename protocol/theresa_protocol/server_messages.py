"""What a server sends. A client ignores fields and types that it does not know: later minor versions add some."""

from typing import Literal

import msgspec

from theresa_protocol.audio import AudioParameters
from theresa_protocol.client_messages import Count, EndpointingFigures, EntitiesOptions, OffsetUnit, Task
from theresa_protocol.limits import Limits

FinalReason = Literal["endpoint", "flush", "end", "limit"]
Degradation = Literal["none", "slower_partials", "no_partials"]


class Models(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The models at work in a session."""

    transcriber: str
    """Name of the speech model."""
    entities: str | None = None
    """Name of the entity model, where there is one."""


class Configuration(msgspec.Struct, frozen=True, kw_only=True):
    """The configuration in force: the request with the server's figures filled in."""

    audio: AudioParameters
    """How the binary frames are encoded."""
    language: str | None
    """ISO 639 code; null when it is detected for each segment."""
    task: Task
    """Transcribe or translate."""
    partials: bool
    """Whether `partial` messages are sent."""
    words: bool
    """Whether finals carry word times."""
    entities: EntitiesOptions | None = None
    """Which named entities are looked for; null: none."""
    endpointing: EndpointingFigures
    """All figures, the server's own included."""
    prompt: str | None
    """The prompt in force."""
    hotwords: tuple[str, ...]
    """The hotwords in force."""
    offset_unit: OffsetUnit
    """What offsets into a text count."""


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """One word (in Chinese: one character) with its time and its place in the text."""

    text: str
    """The word as it stands in the text."""
    start_ms: int
    """Where it begins, in milliseconds since the start of the session."""
    end_ms: int
    """Where it ends."""
    confidence: float
    """0 to 1."""
    from_: int = msgspec.field(name="from")
    """Offset of its first character in the segment's `text`, in the session's offset unit."""
    to: int
    """Offset behind its last character."""


class Entity(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One named entity of a segment."""

    id: str
    """The same for every mention of one entity: it follows from the label and the text alone."""
    label: str
    """Its kind, from the common set of labels."""
    source_label: str | None = None
    """What the model itself calls the kind; left out for a term of a lexicon."""
    text: str
    """The segment's `text` from `from` to `to`."""
    from_: int = msgspec.field(name="from")
    """Offset of its first character in the segment's `text`, in the session's offset unit."""
    to: int
    """Offset behind its last character."""
    start_ms: int
    """Where it begins, in milliseconds since the start of the session."""
    end_ms: int
    """Where it ends."""
    score: float | None = None
    """0 to 1, where the model gives one."""


class NodeFields(msgspec.Struct, frozen=True, kw_only=True):
    """What a node is."""

    name: str
    """Its text."""
    type: str
    """The label of the entity that it is, or `THING`."""


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody or something that a sentence tells about."""

    id: str
    """Follows from the name alone."""
    fields: NodeFields
    """What it is."""


class LinkFields(msgspec.Struct, frozen=True, kw_only=True):
    """What a link says."""

    type: str
    """The predicate, as it was said."""


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody does something to somebody: subject, predicate, object."""

    id: str
    """Follows from the three parts alone."""
    source: str
    """Id of the subject's node."""
    target: str
    """Id of the object's node."""
    fields: LinkFields
    """What it says."""


class Graph(msgspec.Struct, frozen=True, kw_only=True):
    """Who did what to whom: a piece of a knowledge graph."""

    nodes: tuple[Node, ...]
    """One for each distinct text."""
    links: tuple[Link, ...]
    """One for each distinct triple."""


class ServerMessage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type"):
    """Base of what a server sends."""

    seq: Count = 0
    """Grows by one with each message of a session, from 1; one that was lost in a cut leaves a gap."""


class Started(ServerMessage, frozen=True, kw_only=True, tag="started"):
    """The answer to `start`."""

    session_id: str
    """Names the session in logs."""
    token: str
    """Secret that resuming the session needs: another one for each connection."""
    resumed: bool
    """Whether an earlier session goes on."""
    next_sample: int
    """Position that the first binary frame is taken to have: 0 unless resumed."""
    next_segment: int
    """Number of the next segment: 0 unless resumed."""
    models: Models
    """The models at work."""
    limits: Limits
    """The limits in force."""
    configuration: Configuration
    """The configuration in force."""


class Speech(ServerMessage, frozen=True, kw_only=True, tag="speech"):
    """The speaker began or stopped, as the voice-activity detector sees it."""

    state: Literal["started", "stopped"]
    """Which of the two."""
    at_ms: int
    """When, in milliseconds since the start of the session."""


class Partial(ServerMessage, frozen=True, kw_only=True, tag="partial"):
    """What an open segment says so far. It replaces the partial before."""

    segment: int
    """Number of the segment."""
    rev: int
    """Grows by one with each partial of a segment, from 1."""
    text: str
    """All that the segment says, not what is new; NFC."""
    stable: int
    """Length of the part of `text` that no later partial changes, in the session's offset unit; never shrinks."""
    start_ms: int
    """Where the segment begins, in milliseconds since the start of the session."""
    end_ms: int
    """How far the audio was decoded for this text."""
    language: str
    """ISO 639 code."""
    words: tuple[Word, ...] | None = None
    """Words with their times, where asked for and at hand."""


class Final(ServerMessage, frozen=True, kw_only=True, tag="final"):
    """What a segment says; sent once, and authoritative: it may differ from the partials before it."""

    segment: int
    """Number of the segment. Numbers grow; one may be missing."""
    text: str
    """What was said, NFC; empty when partials were shown and no speech was found in the end."""
    start_ms: int
    """Where the segment begins, in milliseconds since the start of the session."""
    end_ms: int
    """Where it ends."""
    through: int
    """All audio before this sample (at the declared rate) is settled."""
    reason: FinalReason
    """Why the segment closed: silence, `flush`, `end`, or its greatest length."""
    language: str
    """ISO 639 code."""
    confidence: float
    """0 to 1."""
    words: tuple[Word, ...] | None = None
    """Words with their times, where asked for."""


class Entities(ServerMessage, frozen=True, kw_only=True, tag="entities"):
    """The entities of a segment: replaces what was sent for it before."""

    segment: int
    """Number of the segment."""
    rev: int
    """Grows with each list of a segment."""
    final: bool
    """Whether this list is the last for the segment."""
    items: tuple[Entity, ...]
    """The entities in the order of the text."""
    relations: Graph | None = None
    """Who did what to whom; only where asked for, and only with the last list."""


class Ack(ServerMessage, frozen=True, kw_only=True, tag="ack"):
    """How far the audio was taken in and settled. At most one a second."""

    received: int
    """Samples (at the declared rate) taken in by the segmenter."""
    committed: int
    """All audio before this sample is final: the client may forget it."""


class Flushed(ServerMessage, frozen=True, kw_only=True, tag="flushed"):
    """The answer to `flush`, behind the finals."""

    id: str | None = None
    """The `id` of the `flush`."""
    through: int
    """All audio before this sample (at the declared rate) has had its final."""


class Updated(ServerMessage, frozen=True, kw_only=True, tag="updated"):
    """The answer to `update`."""

    configuration: Configuration
    """The configuration in force from here on."""


class Ended(ServerMessage, frozen=True, kw_only=True, tag="ended"):
    """Goodbye with totals; close 1000 follows."""

    audio_ms: int
    """Length of the audio received."""
    segments: int
    """How many finals with text were sent."""


class Stats(ServerMessage, frozen=True, kw_only=True, tag="stats"):
    """How the session is keeping up (on request)."""

    lag_ms: int
    """Audio received and not yet decoded."""
    queue_ms: int
    """How long the session's jobs wait for the model."""
    rtf: float
    """Real-time factor: time to decode one second of audio, in seconds."""
    degraded: Degradation
    """What the server leaves out to keep up."""


class Draining(ServerMessage, frozen=True, kw_only=True, tag="draining"):
    """The server is about to stop: finish soon."""

    deadline_ms: int
    """Time left, in milliseconds, until the session is finalised and closed."""


class WarningMessage(ServerMessage, frozen=True, kw_only=True, tag="warning"):
    """Something is not as it was asked for; the session goes on."""

    code: str
    """What, for programs."""
    message: str
    """What, for people: one sentence."""
    param: str | None = None
    """JSON path of the field concerned."""


class ErrorMessage(ServerMessage, frozen=True, kw_only=True, tag="error"):
    """Something failed. A fatal one is the last message; the close that follows has `code` as its reason."""

    code: str
    """What, for programs: an error code; later minor versions add some."""
    message: str
    """What, for people: one sentence."""
    fatal: bool
    """Whether the session ends here."""
    param: str | None = None
    """JSON path of the field at fault: `$.audio.rate`."""
    retry_after_ms: int | None = None
    """When trying again makes sense."""


class Unknown(msgspec.Struct, frozen=True, kw_only=True):
    """A message of a type that this version does not know; to be ignored."""

    type: str
    """Its type."""
