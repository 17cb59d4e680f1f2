"""Parses the form of a transcription request: OpenAI's fields, and a few of this server.

A list is sent as ``name[]`` (OpenAI's SDKs), ``name[0]``, ``name`` once per item (curl), or as JSON; an object as
``name[key]`` or as JSON. An empty field counts as missing. Clients send fields of other servers and of newer versions
of OpenAI's API: unknown fields are ignored with a warning, and only a value that cannot be served is an error.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeVar, get_args

import msgspec

from theresa_protocol.client_messages import Preroll, Silence
from theresa_protocol.languages import LanguageTag, parse_language
from theresa_protocol.lenient import is_absent, parse_choice, parse_flag, parse_number, plain, quoted
from theresa_protocol.messages import Endpointing, EntitiesRequest, Start, Task
from theresa_server.openai.files.fields import FormError, FormFields

ResponseFormat = Literal["json", "text", "srt", "vtt", "verbose_json"]
Granularity = Literal["segment", "word"]
Converted = TypeVar("Converted")

MAX_PROMPT_CHARACTERS = 2_000
"""A longer prompt keeps only its end, which is closest to the text that follows."""

MAX_HOTWORDS = 100
MAX_HOTWORD_CHARACTERS = 128

FORM_FIELDS = (
    "chunking_strategy",
    "entities",
    "hotwords",
    "include",
    "keywords",
    "language",
    "languages",
    "model",
    "prompt",
    "response_format",
    "stream",
    "temperature",
    "timestamp_granularities",
)

LANGUAGES_MODELS = ("gpt-transcribe", "gpt-live-transcribe")
"""OpenAI's models that report the languages they detect."""

_VALIDATION_ERROR = re.compile(r"(?P<problem>.*) - at `\$(?P<path>[\w.\[\]]*)`", re.DOTALL)


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
    logprobs: bool = False
    """Whether to return the log probabilities of the words."""
    languages: tuple[str, ...] = ()
    """The languages to detect among; empty for all."""
    names_languages: bool = False
    """Whether to return the languages of the speech with ``json``."""
    warnings: tuple[str, ...] = ()
    """What was ignored, one sentence each."""


class _ServerVad(msgspec.Struct, frozen=True):
    """Options of ``chunking_strategy``. ``threshold`` is ignored: it applies to a different detector."""

    prefix_padding_ms: Preroll | None = None
    silence_duration_ms: Silence | None = None


def parse_form(fields: Iterable[tuple[str, str]], task: Task) -> FileRequest:
    """Parse the fields of a form, without the file.

    Raises:
        FormError: when a field is invalid. No other exception is raised.
    """
    form = FormFields(fields, FORM_FIELDS)
    format_ = _response_format(form.text("response_format"))
    granularities = _granularities(form, format_)
    tag, languages = _languages(form)
    logprobs = _includes_logprobs(form, format_)
    model = form.text("model")
    request = FileRequest(
        model=None if model is None or is_absent(model) else model.strip(),
        start=Start(
            language=str(tag) if tag else None,
            task=task,
            partials=False,
            words="word" in granularities or format_ in ("srt", "vtt") or logprobs,
            prompt=_prompt(form.text("prompt")),
            hotwords=_hotwords(form),
            endpointing=_endpointing(form.value("chunking_strategy")),
            entities=_entities(form.value("entities")),
        ),
        format=format_,
        granularities=granularities,
        temperature=_temperature(form.items("temperature", split=True)),
        stream=_flag("stream", form.text("stream")),
        logprobs=logprobs,
        languages=languages,
        names_languages=bool(languages) or (model or "").startswith(LANGUAGES_MODELS),
    )
    if request.stream and format_ in ("srt", "vtt"):
        raise FormError(f"{format_} cannot be streamed: use json, text or verbose_json.", "response_format")
    return replace(request, warnings=form.warnings)


def _parse(name: str, text: str, parse: Any, *arguments: Any) -> Any:
    """Parse a value with one of the functions whose errors complete a sentence."""
    try:
        return parse(text, *arguments)
    except ValueError as error:
        raise FormError(f"{name} {error}.", name) from None


def _response_format(text: str | None) -> ResponseFormat:
    if text is None or is_absent(text):
        return "json"
    if plain(text).casefold().replace("-", "_") == "diarized_json":
        raise FormError("Diarization is not supported: use verbose_json instead of diarized_json.", "response_format")
    found: ResponseFormat = _parse("response_format", text, parse_choice, get_args(ResponseFormat))
    return found


def _languages(form: FormFields) -> tuple[LanguageTag | None, tuple[str, ...]]:
    """Return the language, and the candidates if there are several. One candidate is the language."""
    tag = _language("language", form.text("language"))
    items = form.items("languages", split=True)
    tags = [found for item in items if (found := _language("languages", item)) is not None]
    codes = tuple(dict.fromkeys(one.code for one in tags if one.code is not None))
    if len(codes) < len({one.code for one in tags}):
        codes = ()  # one of them is auto
    if tag is not None or not codes:
        return tag, ()
    return (tags[0], ()) if len(codes) == 1 else (LanguageTag(), codes)


def _language(name: str, text: str | None) -> LanguageTag | None:
    try:
        return parse_language(text)
    except ValueError as error:
        raise FormError(f"{error}.", name) from None


def _prompt(text: str | None) -> str | None:
    return text[-MAX_PROMPT_CHARACTERS:] if text else None


def _hotwords(form: FormFields) -> tuple[str, ...]:
    for name in ("hotwords", "keywords"):
        if long := [item for item in form.items(name, split=True) if len(item) > MAX_HOTWORD_CHARACTERS]:
            raise FormError(
                f"{name} accepts words of at most {MAX_HOTWORD_CHARACTERS} characters, not {quoted(long[0])}.", name
            )
    words = tuple(dict.fromkeys((*form.items("hotwords", split=True), *form.items("keywords", split=True))))
    if len(words) > MAX_HOTWORDS:
        raise FormError(f"hotwords and keywords accept at most {MAX_HOTWORDS} words, not {len(words)}.", "hotwords")
    return words


def _includes_logprobs(form: FormFields, format_: ResponseFormat) -> bool:
    wanted = [plain(item) for item in form.items("include", split=True)]
    for item in wanted:
        if item != "logprobs":
            form.warn(f"Ignored include {quoted(item)}: only logprobs is supported.")
    if "logprobs" in wanted and format_ not in ("json", "verbose_json"):
        form.warn(f"Ignored include 'logprobs': {format_} has no place for it.")
    return "logprobs" in wanted and format_ in ("json", "verbose_json")


def _granularities(form: FormFields, format_: ResponseFormat) -> frozenset[Granularity]:
    name = "timestamp_granularities"
    items = [_parse(name, item, parse_choice, get_args(Granularity)) for item in form.items(name, split=True)]
    if items and format_ != "verbose_json":
        form.warn(f"Ignored {name}: only verbose_json has timestamps.")
        return frozenset({"segment"})
    return frozenset(items) or frozenset({"segment"})


def _temperature(items: Sequence[str]) -> float:
    """Parse the initial temperature. Some clients send the whole list of temperatures to fall back to."""
    numbers = [_parse("temperature", item, parse_number, 0, 1) for item in items if not is_absent(item)]
    return numbers[0] if numbers else 0.0


def _flag(name: str, text: str | None) -> bool:
    if text is None or is_absent(text):
        return False
    found: bool = _parse(name, text, parse_flag)
    return found


def _entities(value: Any) -> EntitiesRequest | None:
    if not isinstance(value, Mapping):
        return EntitiesRequest() if _flag("entities", value) else None
    request = _convert("entities", value, EntitiesRequest)
    if request.relations:
        raise FormError("Relations are only available in /v1/stream and /invocations: remove relations.", "entities")
    return request if request.enabled else None


def _endpointing(value: Any) -> Endpointing:
    """Parse ``chunking_strategy``. Recordings are always segmented by voice activity detection."""
    if value is None or (isinstance(value, str) and (is_absent(value) or plain(value).casefold() == "auto")):
        return Endpointing()
    kind = value.get("type") if isinstance(value, Mapping) else plain(value)
    if not isinstance(kind, str) or kind.casefold() != "server_vad":
        sent = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        raise FormError(
            f"chunking_strategy must be auto or an object with type server_vad, not {quoted(sent)}.",
            "chunking_strategy",
        )
    options = _convert("chunking_strategy", value if isinstance(value, Mapping) else {}, _ServerVad)
    return Endpointing(preroll_ms=options.prefix_padding_ms, silence_ms=options.silence_duration_ms)


def _convert(name: str, value: Mapping[str, Any], kind: type[Converted]) -> Converted:
    """Convert the object in a field. An error names the invalid value inside the object."""
    try:
        return msgspec.convert(value, kind, strict=False)
    except msgspec.ValidationError as error:
        found = _VALIDATION_ERROR.fullmatch(str(error))
        problem, param = (found["problem"], name + found["path"]) if found else (str(error), name)
        sent = _value_at(value, found["path"]) if found else None
        shown = f", not {quoted(str(sent))}" if isinstance(sent, str | int | float) else ""
        raise FormError(f"{param} is invalid: {problem}{shown}.", param) from None


def _value_at(value: Any, path: str) -> Any:
    """Return the value at a path such as ``.terms[0].label``."""
    for name, index in re.findall(r"\.(\w+)|\[(\d+)\]", path):
        value = value[int(index)] if index else value.get(name)
    return value
