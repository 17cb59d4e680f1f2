"""What a session was asked for, with the server's figures filled in: pure negotiation of ``start`` and ``update``."""

import dataclasses
from dataclasses import dataclass, field

import msgspec

from theresa_protocol.audio import AudioFormat
from theresa_protocol.errors import ErrorCode, RemoteProtocolError
from theresa_protocol.messages import Configuration, Endpointing, OffsetUnit, Start, Task, Update
from theresa_server.segmenter import SegmenterConfig

SHOWN_LANGUAGES = 12
"""How many languages an error message names; a stock model knows a hundred."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What a server has to offer: the name and the languages of its model, and its endpointing."""

    model: str
    languages: tuple[str, ...]
    language: str | None = None
    """For sessions that name none; ``None`` detects it."""
    endpointing: SegmenterConfig = field(default_factory=SegmenterConfig)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The configuration in force for one session."""

    audio: AudioFormat
    offset_unit: OffsetUnit
    language: str | None
    task: Task
    partials: bool
    words: bool
    prompt: str | None
    hotwords: tuple[str, ...]
    endpointing: SegmenterConfig

    def describe(self) -> Configuration:
        """The same as the protocol says it."""
        figures = {name: getattr(self.endpointing, name) for name in Endpointing.__struct_fields__}
        plain = {name: getattr(self, name) for name in Configuration.__struct_fields__ if name != "endpointing"}
        return Configuration(endpointing=Endpointing(**figures), **plain)


def negotiate(start: Start, offer: Offer) -> Settings:
    """Settings for a new session. Raises ``RemoteProtocolError`` for what this server cannot do."""
    if start.model not in (None, offer.model):
        raise RemoteProtocolError(
            ErrorCode.UNKNOWN_MODEL, f"There is no model '{start.model}' here, only '{offer.model}'.", "$.model"
        )
    _refuse_unsupported(start)
    if start.resume is not None:
        raise _not_supported("A session cannot be resumed yet", "$.resume")
    if start.stats:
        raise _not_supported("Statistics are not sent yet", "$.stats")
    return Settings(
        audio=start.audio,
        offset_unit=start.offset_unit,
        language=_language(start.language or offer.language, offer),
        task=start.task,
        partials=start.partials,
        words=start.words,
        prompt=start.prompt,
        hotwords=start.hotwords,
        endpointing=_endpointing(start.endpointing, offer.endpointing, offer),
    )


def amend(settings: Settings, update: Update, offer: Offer) -> Settings:
    """Settings after an update. Raises ``RemoteProtocolError`` for what this server cannot do."""
    _refuse_unsupported(update)
    changes = {
        name: value
        for name in ("language", "task", "partials", "words", "prompt", "hotwords")
        if (value := getattr(update, name)) is not msgspec.UNSET
    }
    if "language" in changes:
        changes["language"] = _language(changes["language"], offer)
    if update.endpointing is not msgspec.UNSET:
        changes["endpointing"] = _endpointing(update.endpointing, settings.endpointing, offer)
    return dataclasses.replace(settings, **changes)


def _refuse_unsupported(message: Start | Update) -> None:
    entities = message.entities
    if isinstance(entities, msgspec.Struct) and entities.enabled:
        raise _not_supported("Named entities are not offered yet", "$.entities")


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
