"""Parses the form of a transcription request: all of OpenAI's fields, and a few of this server.

A list is sent as ``name[]`` (OpenAI's SDKs) or ``name`` (curl), once per item, and an object as ``name[key]`` or as
JSON. An empty field counts as missing.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, get_args

import msgspec

from theresa_protocol.client_messages import Preroll, Silence
from theresa_protocol.messages import Endpointing, EntitiesRequest, Start, Task

ResponseFormat = Literal["json", "text", "srt", "vtt", "verbose_json"]
Granularity = Literal["segment", "word"]
Converted = TypeVar("Converted")

MAX_PROMPT_CHARACTERS = 2_000
"""A longer prompt keeps only its end, which is closest to the text that follows."""

MAX_HOTWORDS = 100

FORM_FIELDS = (
    "chunking_strategy",
    "entities",
    "hotwords",
    "include",
    "known_speaker_names",
    "known_speaker_references",
    "language",
    "model",
    "prompt",
    "response_format",
    "stream",
    "temperature",
    "timestamp_granularities",
)

_NAME = re.compile(r"([^\[\]]{1,64})((?:\[[^\[\]]{0,64}\]){0,2})")
_VALIDATION_ERROR = re.compile(r"(?P<problem>.*) - at `\$(?P<path>[\w.\[\]]*)`", re.DOTALL)


class FormError(ValueError):
    """The form is invalid. The message is one sentence; ``param`` names the invalid field."""

    def __init__(self, message: str, param: str | None = None) -> None:
        super().__init__(message)
        self.param = param


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRequest:
    """Options for transcribing a recording."""

    model: str | None
    """``None`` selects the default model."""
    start: Start
    """The options that live sessions have, too."""
    format: ResponseFormat = "json"
    granularities: frozenset[Granularity] = frozenset({"segment"})
    """Timestamps to include in ``verbose_json``."""
    temperature: float = 0.0
    """Initial sampling temperature. 0 selects beam search with a temperature fallback."""
    stream: bool = False
    """Whether to send text as soon as it is transcribed."""


class _ServerVad(msgspec.Struct, frozen=True):
    """Options of ``chunking_strategy``. ``threshold`` is ignored: it applies to a different detector."""

    prefix_padding_ms: Preroll | None = None
    silence_duration_ms: Silence | None = None


def parse_form(fields: Iterable[tuple[str, str]], task: Task) -> FileRequest:
    """Parse the fields of a form, without the file.

    Raises:
        FormError: when a field is invalid. No other exception is raised.
    """
    form = _Form(fields)
    form.reject("include", "Additional output is not supported")
    form.reject("known_speaker_names", "Diarization is not supported")
    form.reject("known_speaker_references", "Diarization is not supported")
    format_ = _response_format(form.text("response_format"))
    granularities = _granularities(form.items("timestamp_granularities"), format_)
    request = FileRequest(
        model=form.text("model"),
        start=Start(
            language=_language(form.text("language")),
            task=task,
            partials=False,
            words="word" in granularities or format_ in ("srt", "vtt"),
            prompt=_prompt(form.text("prompt")),
            hotwords=_hotwords(form.items("hotwords")),
            endpointing=_endpointing(form.value("chunking_strategy")),
            entities=_entities(form.value("entities")),
        ),
        format=format_,
        granularities=granularities,
        temperature=_temperature(form.text("temperature")),
        stream=_flag("stream", form.text("stream")),
    )
    if request.stream and format_ in ("srt", "vtt"):
        raise FormError(f"{format_} cannot be streamed: use json, text or verbose_json.", "response_format")
    return request


class _Form:
    """The fields of a form by name, as texts, lists and objects."""

    def __init__(self, fields: Iterable[tuple[str, str]]) -> None:
        self._fields: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        for name, value in fields:
            matched = _NAME.fullmatch(name)
            if matched is None or matched[1] not in FORM_FIELDS:
                raise FormError(
                    f"Unknown field '{name[:64]}': the fields are file, {', '.join(FORM_FIELDS)}.", name[:64]
                )
            keys = tuple(re.findall(r"\[([^\]]*)\]", matched[2]))
            if value:
                self._fields.setdefault(matched[1], []).append((keys, value))

    def text(self, name: str) -> str | None:
        """Return the value of a field that accepts a single one."""
        found = self._fields.get(name, [])
        if len(found) > 1 or any(keys for keys, _ in found):
            raise FormError(f"{name} must be given once.", name)
        return found[0][1] if found else None

    def items(self, name: str) -> list[str]:
        """Return the values of a field that accepts a list."""
        found = self._fields.get(name, [])
        if any(keys not in ((), ("",)) for keys, _ in found):
            raise FormError(f"{name} must be a list: send {name}[] once per item.", name)
        return [value for _, value in found]

    def value(self, name: str) -> Any:
        """Return a text, or an object whose values are texts or lists."""
        found = self._fields.get(name, [])
        if not any(keys for keys, _ in found):
            return _json(name, self.text(name))
        built: dict[str, Any] = {}
        for keys, value in found:
            if len(keys) == 1 and keys[0] and keys[0] not in built:
                built[keys[0]] = value
            elif len(keys) == 2 and keys[0] and not keys[1] and isinstance(built.setdefault(keys[0], []), list):
                built[keys[0]].append(value)
            else:
                raise FormError(f"{name} must be an object: send each of its fields once, as {name}[field].", name)
        return built

    def reject(self, name: str, reason: str) -> None:
        """Reject a field that is not supported."""
        if name in self._fields:
            raise FormError(f"{reason}: remove {name}.", name)


def _json(name: str, text: str | None) -> Any:
    if text is None or not text.lstrip().startswith("{"):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise FormError(f"{name} is not valid JSON.", name) from None


def _response_format(text: str | None) -> ResponseFormat:
    if text is None:
        return "json"
    for known in get_args(ResponseFormat):
        if text == known:
            return known  # type: ignore[no-any-return]
    if text == "diarized_json":
        raise FormError("Diarization is not supported: use verbose_json.", "response_format")
    raise FormError(f"response_format must be one of {', '.join(get_args(ResponseFormat))}.", "response_format")


def _language(text: str | None) -> str | None:
    if text is not None and not re.fullmatch("[a-z]{2,3}", text):
        raise FormError("language must be an ISO 639 code such as en or zh.", "language")
    return text


def _prompt(text: str | None) -> str | None:
    return text[-MAX_PROMPT_CHARACTERS:] if text else None


def _hotwords(items: Sequence[str]) -> tuple[str, ...]:
    if len(items) > MAX_HOTWORDS or any(len(item) > 128 for item in items):
        raise FormError(f"hotwords accepts at most {MAX_HOTWORDS} words of at most 128 characters.", "hotwords")
    return tuple(items)


def _granularities(items: Sequence[str], format_: ResponseFormat) -> frozenset[Granularity]:
    if not items:
        return frozenset({"segment"})
    if unknown := set(items) - set(get_args(Granularity)):
        raise FormError(
            f"timestamp_granularities accepts segment and word, not '{min(unknown)[:64]}'.", "timestamp_granularities"
        )
    if format_ != "verbose_json":
        raise FormError("timestamp_granularities requires response_format verbose_json.", "timestamp_granularities")
    return frozenset(items)  # type: ignore[arg-type]


def _temperature(text: str | None) -> float:
    if text is None:
        return 0.0
    if not re.fullmatch(r"\d{1,3}(\.\d{0,20})?|\.\d{1,20}", text) or not 0 <= float(text) <= 1:
        raise FormError("temperature must be a number from 0 to 1.", "temperature")
    return float(text)


def _flag(name: str, text: str | None) -> bool:
    match (text or "false").lower():
        case "true" | "1":
            return True
        case "false" | "0":
            return False
    raise FormError(f"{name} must be true or false.", name)


def _entities(value: Any) -> EntitiesRequest | None:
    if not isinstance(value, Mapping):
        return EntitiesRequest() if _flag("entities", value) else None
    request = _convert("entities", value, EntitiesRequest)
    if request.relations:
        raise FormError("Relations are only available in /v1/stream and /invocations: remove relations.", "entities")
    return request if request.enabled else None


def _endpointing(value: Any) -> Endpointing:
    """Parse ``chunking_strategy``. Recordings are always segmented by voice activity detection."""
    if value in (None, "auto"):
        return Endpointing()
    if not isinstance(value, Mapping) or value.get("type") != "server_vad":
        raise FormError("chunking_strategy must be auto or an object with type server_vad.", "chunking_strategy")
    options = _convert("chunking_strategy", value, _ServerVad)
    return Endpointing(preroll_ms=options.prefix_padding_ms, silence_ms=options.silence_duration_ms)


def _convert(name: str, value: Mapping[str, Any], kind: type[Converted]) -> Converted:
    """Convert the object in a field. An error names the invalid value inside the object."""
    try:
        return msgspec.convert(value, kind, strict=False)
    except msgspec.ValidationError as error:
        found = _VALIDATION_ERROR.fullmatch(str(error))
        problem, param = (found["problem"], name + found["path"]) if found else (str(error), name)
        raise FormError(f"{param} is invalid: {problem}.", param) from None
