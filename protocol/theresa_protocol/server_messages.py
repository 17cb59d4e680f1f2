"""Messages that a server sends. A client must ignore unknown fields and types: later minor versions add some."""

from typing import Literal

import msgspec

from theresa_protocol.audio import AudioParameters
from theresa_protocol.client_messages import Count, EndpointingFigures, EntitiesOptions, OffsetUnit, Task
from theresa_protocol.limits import Limits

FinalReason = Literal["endpoint", "flush", "end", "limit"]
Degradation = Literal["none", "slower_partials", "no_partials"]


class Models(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Models used by a session."""

    transcriber: str
    """Name of the speech model."""
    entities: str | None = None
    """Name of the entity model, if there is one."""


class Configuration(msgspec.Struct, frozen=True, kw_only=True):
    """The configuration in force: the request, completed with the server's own values."""

    audio: AudioParameters
    """Encoding of the binary frames."""
    language: str | None
    """ISO 639 code; null if it is detected for each segment."""
    task: Task
    """Transcription, or translation into English."""
    partials: bool
    """Whether the server sends `partial` messages."""
    words: bool
    """Whether finals include word timestamps."""
    entities: EntitiesOptions | None = None
    """Named entities to find, without the terms; null if none."""
    endpointing: EndpointingFigures
    """All values, including the server's own."""
    prompt: str | None
    """The prompt; null if there is none."""
    hotwords: tuple[str, ...]
    """The hotwords, including terms used as hotwords."""
    offset_unit: OffsetUnit
    """Unit of offsets into a text."""


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """A word (in Chinese: a character) with its times and its position in the text."""

    text: str
    """The word as it appears in the text."""
    start_ms: int
    """Beginning, in milliseconds since the start of the session."""
    end_ms: int
    """End, in milliseconds since the start of the session."""
    confidence: float
    """0 to 1."""
    from_: int = msgspec.field(name="from")
    """Offset of the first character in the segment's `text`, in the session's offset unit."""
    to: int
    """Offset after the last character."""


class Entity(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A named entity of a segment."""

    id: str
    """Identifies the entity in every mention: it depends only on the label and the text."""
    label: str
    """Label from the common set."""
    source_label: str | None = None
    """The model's own label; absent for a term of a lexicon."""
    text: str
    """The segment's `text` from `from` to `to`."""
    from_: int = msgspec.field(name="from")
    """Offset of the first character in the segment's `text`, in the session's offset unit."""
    to: int
    """Offset after the last character."""
    start_ms: int
    """Beginning, in milliseconds since the start of the session."""
    end_ms: int
    """End, in milliseconds since the start of the session."""
    score: float | None = None
    """0 to 1, if the model provides one."""


class NodeFields(msgspec.Struct, frozen=True, kw_only=True):
    """Properties of a node."""

    name: str
    """Text of the node."""
    type: str
    """Label of its entity, or `THING`."""


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """The subject or object of a relation."""

    id: str
    """Identifier that depends only on the name."""
    fields: NodeFields
    """Properties of the node."""


class LinkFields(msgspec.Struct, frozen=True, kw_only=True):
    """Properties of a link."""

    type: str
    """The predicate, as spoken."""


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """A relation: subject, predicate and object."""

    id: str
    """Identifier that depends only on the three parts."""
    source: str
    """`id` of the subject's node."""
    target: str
    """`id` of the object's node."""
    fields: LinkFields
    """Properties of the link."""


class Graph(msgspec.Struct, frozen=True, kw_only=True):
    """Relations of a segment, as a piece of a knowledge graph."""

    nodes: tuple[Node, ...]
    """One node per distinct text."""
    links: tuple[Link, ...]
    """One link per distinct triple."""


class ServerMessage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type"):
    """Base class of server messages."""

    seq: Count = 0
    """Starts at 1 and grows by one with each message of a session; a message lost with a connection leaves a gap."""


class Started(ServerMessage, frozen=True, kw_only=True, tag="started"):
    """Answers `start`, before any other message about the session."""

    session_id: str
    """Identifies the session in the server's log."""
    token: str
    """Secret needed to resume the session; different for each connection."""
    resumed: bool
    """Whether this is the interrupted session, with all the audio it had received."""
    next_sample: int
    """Position of the first binary frame: 0 unless the session was resumed."""
    next_segment: int
    """Number of the next segment: 0 unless the session was resumed."""
    models: Models
    """Models used by the session."""
    limits: Limits
    """The limits in force."""
    configuration: Configuration
    """The configuration in force."""


class Speech(ServerMessage, frozen=True, kw_only=True, tag="speech"):
    """The voice-activity detector found the beginning or the end of speech."""

    state: Literal["started", "stopped"]
    """Whether speech started or stopped."""
    at_ms: int
    """When, in milliseconds since the start of the session; for `started`, the beginning of the segment."""


class Partial(ServerMessage, frozen=True, kw_only=True, tag="partial"):
    """The current hypothesis for an open segment. It replaces the previous partial of the segment."""

    segment: int
    """Number of the segment."""
    rev: int
    """Starts at 1 and grows with each partial of a segment; skips partials that were replaced before they were sent."""
    text: str
    """The whole hypothesis, not only the new words; NFC."""
    stable: int
    """Length of the prefix of `text` that no later partial changes, in the session's offset unit; never shrinks."""
    start_ms: int
    """Beginning of the segment, in milliseconds since the start of the session."""
    end_ms: int
    """End of the audio decoded for this text, in milliseconds since the start of the session."""
    language: str
    """ISO 639 code."""
    words: tuple[Word, ...] | None = None
    """Words with their timestamps, if requested and available."""


class Final(ServerMessage, frozen=True, kw_only=True, tag="final"):
    """The transcript of a closed segment. Sent once, and authoritative: it may differ from earlier partials."""

    segment: int
    """Number of the segment. Numbers grow, and may skip some."""
    text: str
    """The transcript, NFC; empty if partials were sent but the segment turned out to hold no speech."""
    start_ms: int
    """Beginning of the segment, in milliseconds since the start of the session."""
    end_ms: int
    """End of the segment, in milliseconds since the start of the session."""
    through: int
    """All audio before this sample (at the declared rate) is final."""
    reason: FinalReason
    """Why the segment closed: silence (`endpoint`), `flush`, `end`, or its maximum length (`limit`)."""
    language: str
    """ISO 639 code."""
    confidence: float
    """Geometric mean of the token probabilities, 0 to 1."""
    words: tuple[Word, ...] | None = None
    """Words with their timestamps, if requested."""


class Entities(ServerMessage, frozen=True, kw_only=True, tag="entities"):
    """The named entities of a segment. Each list replaces the previous one for the segment."""

    segment: int
    """Number of the segment."""
    rev: int
    """Starts at 1 and grows with each list of a segment; skips lists that were replaced before they were sent."""
    final: bool
    """Whether this is the last list for the segment."""
    items: tuple[Entity, ...]
    """The entities in text order, without overlaps."""
    relations: Graph | None = None
    """Relations between entities; only if requested, and only in the final list."""


class Ack(ServerMessage, frozen=True, kw_only=True, tag="ack"):
    """Reports progress. Sent at most once per second, when either value has changed."""

    received: int
    """Samples (at the declared rate) received by the segmenter."""
    committed: int
    """All audio before this sample (at the declared rate) is final: the client may drop it."""


class Flushed(ServerMessage, frozen=True, kw_only=True, tag="flushed"):
    """Answers `flush`, after the finals."""

    id: str | None = None
    """The `id` of the `flush`."""
    through: int
    """All audio before this sample (at the declared rate) has its final."""


class Updated(ServerMessage, frozen=True, kw_only=True, tag="updated"):
    """Answers `update`."""

    configuration: Configuration
    """The configuration in force from now on."""


class Ended(ServerMessage, frozen=True, kw_only=True, tag="ended"):
    """The last message of a successful session. The server then closes with 1000."""

    audio_ms: int
    """Duration of the audio received."""
    segments: int
    """Number of finals with text."""


class Suppressed(msgspec.Struct, frozen=True, kw_only=True):
    """A segment without text, because a guard dropped it."""

    segment: int
    """Number of the segment."""
    start_ms: int
    """Beginning, in milliseconds since the start of the session."""
    end_ms: int
    """End, in milliseconds since the start of the session."""
    reason: str
    """The action of the guard, for programs; later minor versions add some."""
    text: str
    """What the model wrote, at most 200 code points of it."""


class Stats(ServerMessage, frozen=True, kw_only=True, tag="stats"):
    """Reports how the session keeps up. Sent after an `ack` and before `ended`, if requested."""

    lag_ms: int
    """Audio of the open segment that no hypothesis covers yet."""
    queue_ms: int
    """95th percentile of the time that jobs of all sessions waited for the model in the last 10 s."""
    rtf: float
    """Real-time factor: seconds of model time per second of decoded audio, in all sessions in the last 10 s."""
    degraded: Degradation
    """How the server reduces load: it decodes fewer partials, or almost none."""
    suppressed_count: int = 0
    """How many segments of the session have no text because a guard dropped it."""
    suppressed: tuple[Suppressed, ...] = ()
    """The newest of them, at most eight, oldest first."""


class Draining(ServerMessage, frozen=True, kw_only=True, tag="draining"):
    """The server is about to shut down: finish soon."""

    deadline_ms: int
    """Time left until the server finalises and closes the session."""


class WarningMessage(ServerMessage, frozen=True, kw_only=True, tag="warning"):
    """Part of the request cannot be met; the session continues."""

    code: str
    """A warning code, for programs; later minor versions add some."""
    message: str
    """One sentence for people."""
    param: str | None = None
    """JSON path of the field concerned."""


class ErrorMessage(ServerMessage, frozen=True, kw_only=True, tag="error"):
    """Something failed. A fatal error is the last message; the server then closes with `code` as the reason."""

    code: str
    """An error code, for programs; later minor versions add some."""
    message: str
    """One sentence for people."""
    fatal: bool
    """Whether the session ends here."""
    param: str | None = None
    """JSON path of the invalid field, such as `$.audio.rate`."""
    retry_after_ms: int | None = None
    """How long to wait before a retry."""


class Unknown(msgspec.Struct, frozen=True, kw_only=True):
    """A message of a type unknown to this version. A client must ignore it."""

    type: str
    """Type of the message."""
