"""Messages that a client sends. An unknown field is an error in all of them, so that typos are caught."""

from typing import Annotated, Literal

import msgspec

from theresa_protocol.audio import AudioFormat
from theresa_protocol.limits import MAX_SEGMENT_MS

Task = Literal["transcribe", "translate"]
OffsetUnit = Literal["codepoint", "utf16"]

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
Label = Annotated[str, msgspec.Meta(pattern=r"^[A-Z][A-Z0-9_]{0,63}(?!\s)$")]
Names = Annotated[tuple[Name, ...], msgspec.Meta(max_length=100)]
# The look-ahead keeps Python's `$` from matching before a final newline; in other dialects it changes nothing.
LanguageCode = Annotated[str, msgspec.Meta(pattern=r"^[a-z]{2,3}(?!\s)$")]
Language = Annotated[str, msgspec.Meta(max_length=64)]
Prompt = Annotated[str, msgspec.Meta(max_length=2_000)]
Count = Annotated[int, msgspec.Meta(ge=0)]
Preroll = Annotated[int, msgspec.Meta(ge=0, le=1_000)]
Silence = Annotated[int, msgspec.Meta(ge=100, le=5_000)]


class EndpointingFigures(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Parameters that decide where an utterance begins and ends."""

    aggressiveness: Annotated[int, msgspec.Meta(ge=0, le=3)] | None = None
    """How readily the voice-activity detector classifies a frame as noise: 0 rarely, 3 often."""
    voice_threshold: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None
    """Probability from which a sound is a voice; 0 takes every sound for a voice."""
    onset_ms: Annotated[int, msgspec.Meta(ge=20, le=1_000)] | None = None
    """Speech needed to open a segment."""
    preroll_ms: Preroll | None = None
    """Audio before the onset that is included in the segment."""
    silence_ms: Silence | None = None
    """Silence that closes a segment."""
    max_segment_ms: Annotated[int, msgspec.Meta(ge=2_000, le=MAX_SEGMENT_MS)] | None = None
    """Maximum length of a segment; a segment that reaches it is split at its best pause."""


class Endpointing(EndpointingFigures, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Endpointing parameters that a client requests.

    Where a value is omitted or null, `start` uses the server's own value, and `update` keeps the current one.
    """


class EntitiesOptions(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which named entities the server finds, and when."""

    enabled: bool = True
    """Whether to find entities at all."""
    labels: Names | None = None
    """Labels to find; all labels if omitted."""
    partials: bool = True
    """Whether to search the stable prefix of an open segment, too."""
    relations: bool = False
    """Whether to find relations (subject, predicate, object) in finals."""
    hotwords: bool = False
    """Whether to use the terms as hotwords, too."""


class Term(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """An entry of a session's lexicon: a text that is an entity wherever it occurs."""

    text: Name
    """Text to find. Matching ignores case and character width."""
    label: Label = "TERM"
    """Label of the entity."""


class EntitiesRequest(EntitiesOptions, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Named entities that a client requests."""

    terms: Annotated[tuple[Term, ...], msgspec.Meta(max_length=500)] = ()
    """The session's own lexicon. Its terms take precedence over the server's lexicon and the model."""


class PreviousFinal(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """The last final that a client has received, as far as the next segment depends on it."""

    text: Annotated[str, msgspec.Meta(max_length=2_000)]
    """Its text, or the end of it."""
    end_ms: Count
    """Its `end_ms`."""
    confidence: float
    """Its `confidence`."""


class ResumeRequest(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What a client knows about an interrupted session that it resumes."""

    session_id: Name
    """The `session_id` of `started`."""
    token: Name
    """The `token` of the newest `started`."""
    committed: Count
    """Position in samples before which all audio is final, such as the last `ack.committed`."""
    next_segment: Count
    """Lowest segment number whose final has not arrived."""
    lead_in: Count = 0
    """Samples before `committed` that the client can still send; at most `limits.lead_in_ms` of them are useful."""
    language: LanguageCode | None = None
    """Language of the last final before `next_segment`, which another server does not know."""
    previous: PreviousFinal | None = None
    """That final: its text is context for the next segment."""


class ClientInfo(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Identifies the client program. Used for logs only."""

    name: Name
    """Name of the program."""
    version: Name | None = None
    """Version of the program."""


class ClientMessage(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, tag_field="type"
):
    """Base class of client messages."""


class Start(ClientMessage, frozen=True, kw_only=True, tag="start"):
    """Opens the session: declares the audio format and requests a configuration. Must be the first message."""

    audio: AudioFormat = AudioFormat()
    """Encoding of the binary frames."""
    model: Name | None = None
    """Model to use; if omitted, the model in the URL, else the server's default."""
    language: Language | None = None
    """Code (`en`, `zh`, `yue`), tag (`zh-TW`) or English name; `auto` detects it for each segment; if omitted or empty,
    the server's setting, else detected."""
    task: Task = "transcribe"
    """Transcribe the speech, or translate it into English."""
    partials: bool = True
    """Whether to send `partial` messages."""
    words: bool = False
    """Whether to include word timestamps in finals."""
    stats: bool = False
    """Whether to send `stats` messages."""
    entities: EntitiesRequest | None = None
    """Named entities to find; none if omitted."""
    endpointing: Endpointing = Endpointing()
    """Parameters that decide where an utterance begins and ends."""
    prompt: Prompt | None = None
    """Text that might have come before the audio: guides style, spelling and vocabulary."""
    hotwords: Names = ()
    """Words that are likely to occur."""
    offset_unit: OffsetUnit = "codepoint"
    """Unit of offsets into a text: Unicode code points (Python) or UTF-16 code units (JavaScript, Java)."""
    resume: ResumeRequest | None = None
    """Session to resume."""
    client: ClientInfo | None = None
    """Identifies the client program. Used for logs only."""


class Update(ClientMessage, frozen=True, kw_only=True, tag="update"):
    """Changes the configuration. Omitted fields keep their values. The server answers with `updated` or `error`."""

    language: Language | msgspec.UnsetType | None = msgspec.UNSET
    """As in `start`; null detects it for each segment."""
    task: Task | msgspec.UnsetType = msgspec.UNSET
    """As in `start`."""
    partials: bool | msgspec.UnsetType = msgspec.UNSET
    """As in `start`."""
    words: bool | msgspec.UnsetType = msgspec.UNSET
    """As in `start`."""
    entities: EntitiesRequest | msgspec.UnsetType | None = msgspec.UNSET
    """As in `start`; null removes it."""
    endpointing: Endpointing | msgspec.UnsetType = msgspec.UNSET
    """The values to change; the others keep theirs."""
    prompt: Prompt | msgspec.UnsetType | None = msgspec.UNSET
    """As in `start`; null removes it."""
    hotwords: Names | msgspec.UnsetType = msgspec.UNSET
    """As in `start`; replaces the whole list."""


class Flush(ClientMessage, frozen=True, kw_only=True, tag="flush"):
    """Finalises all audio sent so far. The server answers with the finals, then with `flushed`."""

    id: Name | None = None
    """Returned in `flushed`."""


class End(ClientMessage, frozen=True, kw_only=True, tag="end"):
    """Ends the audio. The server answers with the remaining finals, then with `ended`, and closes with 1000."""
