"""The settings of a session: ``start`` and ``update``, negotiated against what the server offers. Pure."""

import dataclasses
from collections.abc import Collection
from dataclasses import dataclass, field

import msgspec

from theresa_protocol.audio import AudioFormat
from theresa_protocol.errors import ErrorCode, RemoteProtocolError
from theresa_protocol.languages import LanguageTag, parse_language
from theresa_protocol.messages import (
    Configuration,
    Endpointing,
    EntitiesOptions,
    EntitiesRequest,
    OffsetUnit,
    Start,
    Task,
    Update,
)
from theresa_server.audio.pcm import Pcm
from theresa_server.audio.segments import SegmenterConfig
from theresa_server.entities.labels import LABELS
from theresa_server.entities.lexicon import Lexicon
from theresa_server.entities.search import EntityOffer, EntitySearch
from theresa_server.speech.recognition import DecodeJob, JobKind

MAX_LISTED_LANGUAGES = 12
"""How many languages an error message lists; a stock model supports a hundred."""

MAX_HOTWORDS = 100
"""How many hotwords are used, including entity terms that serve as hotwords: as many as a client may send."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What the server offers on one model."""

    model: str
    languages: tuple[str, ...]
    language: str | None = None
    """The default for sessions that name none, as a language tag; ``None`` detects the language."""
    tasks: tuple[Task, ...] = ("transcribe", "translate")
    """What the model can do."""
    endpointing: SegmenterConfig = field(default_factory=SegmenterConfig)
    """The defaults. Its ``max_segment_ms`` is also the limit."""
    entities: EntityOffer | None = None
    """``None`` when the server recognises no entities."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntitySettings:
    """The named entities that a session asked for."""

    options: EntitiesOptions
    final_search: EntitySearch
    partial_search: EntitySearch
    hotwords: tuple[str, ...] = ()
    """Entity terms that serve as hotwords, those of the session first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The configuration in force for one session."""

    audio: AudioFormat
    offset_unit: OffsetUnit
    language: str | None
    task: Task
    partials: bool
    words: bool
    stats: bool
    prompt: str | None
    hotwords: tuple[str, ...]
    endpointing: SegmenterConfig
    entities: EntitySettings | None = None
    language_tag: LanguageTag = field(default_factory=LanguageTag)
    """``language`` with the script and the region that were requested."""
    languages: tuple[str, ...] = ()
    """The languages to detect among; empty for all that the model supports."""

    def describe(self) -> Configuration:
        """Return the settings as a protocol message shows them."""
        endpointing = {name: getattr(self.endpointing, name) for name in Endpointing.__struct_fields__}
        converted = ("endpointing", "entities", "hotwords")
        plain = {name: getattr(self, name) for name in Configuration.__struct_fields__ if name not in converted}
        return Configuration(
            endpointing=Endpointing(**endpointing),
            entities=self.entities.options if self.entities else None,
            hotwords=self.all_hotwords,
            **plain,
        )

    @property
    def all_hotwords(self) -> tuple[str, ...]:
        """The hotwords, followed by the entity terms that serve as hotwords."""
        terms = self.entities.hotwords if self.entities else ()
        return tuple(dict.fromkeys((*self.hotwords, *terms)))[:MAX_HOTWORDS]

    def job(self, pcm: Pcm, kind: JobKind) -> DecodeJob:
        """Return the job that decodes a segment. Finals with entities get word times, which time the entities."""
        return DecodeJob(
            pcm=pcm,
            language=self.language,
            languages=self.languages,
            task=self.task,
            prompt=self.prompt,
            hotwords=self.all_hotwords,
            kind=kind,
            words=self.words or (kind is not JobKind.PARTIAL and self.entities is not None),
        )


def negotiate(start: Start, offer: Offer) -> Settings:
    """Return the settings of a new session.

    Raises:
        RemoteProtocolError: the client asks for something that is not offered.
    """
    tag = parse_tag(start.language or offer.language, offer)
    return Settings(
        audio=start.audio,
        offset_unit=start.offset_unit,
        language=tag.code,
        language_tag=tag,
        task=_task(start.task, offer),
        partials=start.partials,
        words=start.words,
        stats=start.stats,
        prompt=start.prompt,
        hotwords=start.hotwords,
        endpointing=_endpointing(start.endpointing, offer.endpointing, offer),
        entities=_entities(start.entities, offer.entities),
    )


def amend(settings: Settings, update: Update, offer: Offer) -> Settings:
    """Return the settings after an update.

    Raises:
        RemoteProtocolError: the client asks for something that is not offered.
    """
    changes = {
        name: value
        for name in ("language", "task", "partials", "words", "prompt", "hotwords")
        if (value := getattr(update, name)) is not msgspec.UNSET
    }
    if "language" in changes:
        tag = parse_tag(changes["language"], offer)
        changes |= {"language": tag.code, "language_tag": tag}
    if "task" in changes:
        _task(changes["task"], offer)
    if update.endpointing is not msgspec.UNSET:
        changes["endpointing"] = _endpointing(update.endpointing, settings.endpointing, offer)
    if update.entities is not msgspec.UNSET:
        changes["entities"] = _entities(update.entities, offer.entities)
    return dataclasses.replace(settings, **changes)


def _entities(request: EntitiesRequest | None, offer: EntityOffer | None) -> EntitySettings | None:
    if request is None or not request.enabled:
        return None
    if offer is None:
        raise RemoteProtocolError(
            ErrorCode.NOT_SUPPORTED,
            "Entity recognition is disabled on this server: start it with --entities, or omit entities.",
            "$.entities",
        )
    if request.relations and not offer.relations:
        raise RemoteProtocolError(
            ErrorCode.NOT_SUPPORTED,
            "No loaded entity model supports relations: omit entities.relations.",
            "$.entities.relations",
        )
    lexicon = Lexicon((term.text, term.label) for term in request.terms)
    _check_labels(request.labels or (), {*offer.labels, *lexicon.labels})
    labels = None if request.labels is None else frozenset(request.labels)
    plain = {name: getattr(request, name) for name in EntitiesOptions.__struct_fields__}
    partial_search = EntitySearch(labels=labels, lexicon=lexicon)
    hotwords = (*lexicon.terms, *offer.terms)[:MAX_HOTWORDS] if request.hotwords else ()
    return EntitySettings(
        options=EntitiesOptions(**plain),
        final_search=dataclasses.replace(partial_search, relations=request.relations),
        partial_search=partial_search,
        hotwords=hotwords,
    )


def _check_labels(requested: Collection[str], offered: Collection[str]) -> None:
    """Accept offered labels, and those of the common set even if no loaded model produces them."""
    for label in requested:
        if label not in offered and label not in LABELS:
            raise RemoteProtocolError(
                ErrorCode.BAD_FIELD,
                f"Unknown entity label '{label}'. Available labels: {', '.join(sorted(offered))}.",
                "$.entities.labels",
            )


def detect_among(languages: Collection[str], settings: Settings, offer: Offer) -> Settings:
    """Return the settings with a choice of languages for detection; an empty choice means all.

    Raises:
        RemoteProtocolError: the model does not support one of them.
    """
    codes = [code for text in languages if (code := parse_tag(text, offer).code) is not None]
    return dataclasses.replace(settings, languages=tuple(dict.fromkeys(codes)))


def parse_tag(language: str | None, offer: Offer) -> LanguageTag:
    """Return the language that a client asks for.

    Raises:
        RemoteProtocolError: the text names no language, or one that the model does not support.
    """
    try:
        tag = parse_language(language) or LanguageTag()
    except ValueError as error:
        raise RemoteProtocolError(ErrorCode.UNKNOWN_LANGUAGE, f"{error}.", "$.language") from None
    if tag.code is None or tag.code in offer.languages:
        return tag
    more = ", …" if len(offer.languages) > MAX_LISTED_LANGUAGES else ""
    supported = ", ".join(offer.languages[:MAX_LISTED_LANGUAGES]) + more
    raise RemoteProtocolError(
        ErrorCode.UNKNOWN_LANGUAGE,
        f"Model '{offer.model}' does not support language '{language}'. Supported languages: {supported}.",
        "$.language",
    )


def _task(task: Task, offer: Offer) -> Task:
    if task in offer.tasks:
        return task
    raise RemoteProtocolError(
        ErrorCode.NOT_SUPPORTED,
        f"Model '{offer.model}' cannot translate. Start the server with a model that can, such as --model small.",
        "$.task",
    )


def _endpointing(requested: Endpointing, base: SegmenterConfig, offer: Offer) -> SegmenterConfig:
    limit = offer.endpointing.max_segment_ms
    if (requested.max_segment_ms or 0) > limit:
        raise RemoteProtocolError(
            ErrorCode.BAD_FIELD,
            f"max_segment_ms must be at most {limit} on this server, not {requested.max_segment_ms}.",
            "$.endpointing.max_segment_ms",
        )
    changes = {name: value for name in requested.__struct_fields__ if (value := getattr(requested, name)) is not None}
    try:
        return dataclasses.replace(base, **changes)
    except ValueError as error:
        raise RemoteProtocolError(ErrorCode.BAD_FIELD, f"Invalid endpointing: {error}.", "$.endpointing") from None
