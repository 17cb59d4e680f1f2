"""What a session was asked for, with the server's figures filled in: pure negotiation of ``start`` and ``update``."""

import dataclasses
from collections.abc import Collection
from dataclasses import dataclass, field

import msgspec

from theresa_protocol.audio import AudioFormat
from theresa_protocol.errors import ErrorCode, RemoteProtocolError
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
from theresa_server.audio.segmenter import SegmenterConfig
from theresa_server.entities.labels import LABELS
from theresa_server.entities.lexicon import Lexicon
from theresa_server.entities.search import EntityOffer, EntitySearch
from theresa_server.speech.recognition import DecodeJob, JobKind

SHOWN_LANGUAGES = 12
"""How many languages an error message names; a stock model knows a hundred."""

MAX_HOTWORDS = 100
"""How many hotwords are used, terms that serve as such included: as many as a client may send."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What a server has to offer on one model: its name and languages, the endpointing, and the entities."""

    model: str
    languages: tuple[str, ...]
    language: str | None = None
    """For sessions that name none; ``None`` detects it."""
    endpointing: SegmenterConfig = field(default_factory=SegmenterConfig)
    entities: EntityOffer | None = None
    """``None`` where it looks for none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntitySettings:
    """The named entities that a session asked for: how finals are searched, and ``early`` how growing text is.

    ``hotwords`` are the terms that serve as such, its own first.
    """

    options: EntitiesOptions
    search: EntitySearch
    early: EntitySearch
    hotwords: tuple[str, ...] = ()


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

    def describe(self) -> Configuration:
        """The same as the protocol says it."""
        figures = {name: getattr(self.endpointing, name) for name in Endpointing.__struct_fields__}
        told_apart = ("endpointing", "entities", "hotwords")
        plain = {name: getattr(self, name) for name in Configuration.__struct_fields__ if name not in told_apart}
        return Configuration(
            endpointing=Endpointing(**figures),
            entities=self.entities.options if self.entities else None,
            hotwords=self.preferred,
            **plain,
        )

    @property
    def preferred(self) -> tuple[str, ...]:
        """The hotwords, and behind them the terms that serve as such."""
        terms = self.entities.hotwords if self.entities else ()
        return tuple(dict.fromkeys((*self.hotwords, *terms)))[:MAX_HOTWORDS]

    def job(self, pcm: Pcm, kind: JobKind) -> DecodeJob:
        """The job that decodes a segment, or what there is of it; a final's word times tell when entities were said."""
        return DecodeJob(
            pcm=pcm,
            language=self.language,
            task=self.task,
            prompt=self.prompt,
            hotwords=self.preferred,
            kind=kind,
            words=self.words or (kind is not JobKind.PARTIAL and self.entities is not None),
        )


def negotiate(start: Start, offer: Offer) -> Settings:
    """Settings for a new session on the model that makes the offer.

    Raises ``RemoteProtocolError`` for what this server cannot do.
    """
    return Settings(
        audio=start.audio,
        offset_unit=start.offset_unit,
        language=_language(start.language or offer.language, offer),
        task=start.task,
        partials=start.partials,
        words=start.words,
        stats=start.stats,
        prompt=start.prompt,
        hotwords=start.hotwords,
        endpointing=_endpointing(start.endpointing, offer.endpointing, offer),
        entities=_wanted(start.entities, offer.entities),
    )


def amend(settings: Settings, update: Update, offer: Offer) -> Settings:
    """Settings after an update. Raises ``RemoteProtocolError`` for what this server cannot do."""
    changes = {
        name: value
        for name in ("language", "task", "partials", "words", "prompt", "hotwords")
        if (value := getattr(update, name)) is not msgspec.UNSET
    }
    if "language" in changes:
        changes["language"] = _language(changes["language"], offer)
    if update.endpointing is not msgspec.UNSET:
        changes["endpointing"] = _endpointing(update.endpointing, settings.endpointing, offer)
    if update.entities is not msgspec.UNSET:
        changes["entities"] = _wanted(update.entities, offer.entities)
    return dataclasses.replace(settings, **changes)


def _wanted(request: EntitiesRequest | None, offer: EntityOffer | None) -> EntitySettings | None:
    if request is None or not request.enabled:
        return None
    if offer is None:
        raise RemoteProtocolError(
            ErrorCode.NOT_SUPPORTED,
            "This server looks for no named entities: start it with --entities, or leave entities out.",
            "$.entities",
        )
    if request.relations and not offer.relations:
        raise _not_supported("No entity model that finds relations is at work here", "$.entities.relations")
    lexicon = Lexicon((term.text, term.label) for term in request.terms)
    _check_labels(request.labels or (), {*offer.labels, *lexicon.labels})
    labels = None if request.labels is None else frozenset(request.labels)
    plain = {name: getattr(request, name) for name in EntitiesOptions.__struct_fields__}
    early = EntitySearch(labels=labels, lexicon=lexicon)
    search = dataclasses.replace(early, relations=request.relations)
    hotwords = (*lexicon.terms, *offer.terms)[:MAX_HOTWORDS] if request.hotwords else ()
    return EntitySettings(options=EntitiesOptions(**plain), search=search, early=early, hotwords=hotwords)


def _check_labels(wanted: Collection[str], offered: Collection[str]) -> None:
    """A label of the common set may be asked for although no entity of it will come."""
    for label in wanted:
        if label not in offered and label not in LABELS:
            raise RemoteProtocolError(
                ErrorCode.BAD_FIELD,
                f"No entity is labelled '{label}' here, only: {', '.join(sorted(offered))}.",
                "$.entities.labels",
            )


def _not_supported(what: str, param: str) -> RemoteProtocolError:
    return RemoteProtocolError(ErrorCode.NOT_SUPPORTED, f"{what}: leave {param.removeprefix('$.')} out.", param)


def _language(language: str | None, offer: Offer) -> str | None:
    if language is None or language in offer.languages:
        return language
    known = ", ".join(offer.languages[:SHOWN_LANGUAGES]) + (", …" if len(offer.languages) > SHOWN_LANGUAGES else "")
    raise RemoteProtocolError(
        ErrorCode.UNKNOWN_LANGUAGE, f"Model '{offer.model}' does not know '{language}', only: {known}.", "$.language"
    )


def _endpointing(wanted: Endpointing, base: SegmenterConfig, offer: Offer) -> SegmenterConfig:
    limit = offer.endpointing.max_segment_ms
    if (wanted.max_segment_ms or 0) > limit:
        raise RemoteProtocolError(
            ErrorCode.BAD_FIELD,
            f"Segments are at most {limit} ms long here, not {wanted.max_segment_ms}.",
            "$.endpointing.max_segment_ms",
        )
    changes = {name: value for name in wanted.__struct_fields__ if (value := getattr(wanted, name)) is not None}
    try:
        return dataclasses.replace(base, **changes)
    except ValueError as error:
        raise RemoteProtocolError(
            ErrorCode.BAD_FIELD, f"The endpointing is not valid: {error}.", "$.endpointing"
        ) from None
