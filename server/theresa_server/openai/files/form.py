"""The fields of a form as what is wanted of a recording: every field of OpenAI's, and a few more.

Lists come as ``name[]`` (OpenAI's SDKs) or ``name`` (curl), once for each item; objects as ``name[key]`` or as JSON. A
field that is empty was left out.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, get_args

import msgspec

from theresa_protocol.client_messages import Preroll, Silence
from theresa_protocol.messages import Endpointing, EntitiesRequest, Start, Task

Format = Literal["json", "text", "srt", "vtt", "verbose_json"]
Granularity = Literal["segment", "word"]
T = TypeVar("T")

MAX_PROMPT_CHARACTERS = 2_000
"""Of a longer prompt its end is used: that is what stands next to the text that follows it."""

MAX_HOTWORDS = 100

KNOWN = (
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
_FAULT = re.compile(r"(?P<fault>.*) - at `\$(?P<path>[\w.\[\]]*)`", re.DOTALL)


class FormError(ValueError):
    """A form cannot be answered as it is: the message is one clear sentence, ``param`` the field that is wrong."""

    def __init__(self, message: str, param: str | None = None) -> None:
        super().__init__(message)
        self.param = param


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRequest:
    """What is wanted of a recording.

    Attributes:
        model: by which model; ``None`` for the default.
        start: the rest of what a live session would ask for.
        format: the form of the answer.
        granularities: which times ``verbose_json`` has.
        temperature: what texts are sampled with at first; 0 searches for the likeliest.
        stream: whether text is wanted as soon as it is there.
    """

    model: str | None
    start: Start
    format: Format = "json"
    granularities: frozenset[Granularity] = frozenset({"segment"})
    temperature: float = 0.0
    stream: bool = False


class _ServerVad(msgspec.Struct, frozen=True):
    """The figures of ``chunking_strategy``. ``threshold`` belongs to another detector and is not used."""

    prefix_padding_ms: Preroll | None = None
    silence_duration_ms: Silence | None = None


def parse(fields: Iterable[tuple[str, str]], task: Task) -> FileRequest:
    """What the fields of a form ask for, the file left out. Raises ``FormError``, and nothing else."""
    form = _Form(fields)
    form.refuse("include", "Nothing can be included here")
    form.refuse("known_speaker_names", "Speakers are not told apart here")
    form.refuse("known_speaker_references", "Speakers are not told apart here")
    format_ = _format(form.text("response_format"))
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
        raise FormError(f"A stream cannot be {format_}: take json, text or verbose_json.", "response_format")
    return request


class _Form:
    """Fields by their names, as text, lists and objects."""

    def __init__(self, fields: Iterable[tuple[str, str]]) -> None:
        self._fields: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        for name, value in fields:
            matched = _NAME.fullmatch(name)
            if matched is None or matched[1] not in KNOWN:
                raise FormError(f"There is no field '{name[:64]}': there are file, {', '.join(KNOWN)}.", name[:64])
            keys = tuple(re.findall(r"\[([^\]]*)\]", matched[2]))
            if value:
                self._fields.setdefault(matched[1], []).append((keys, value))

    def text(self, name: str) -> str | None:
        """The value of a field that has one."""
        found = self._fields.get(name, [])
        if len(found) > 1 or any(keys for keys, _ in found):
            raise FormError(f"{name} must be given once.", name)
        return found[0][1] if found else None

    def items(self, name: str) -> list[str]:
        """The values of a field that may have many."""
        found = self._fields.get(name, [])
        if any(keys not in ((), ("",)) for keys, _ in found):
            raise FormError(f"{name} must be a list: give it once for each item, as {name}[].", name)
        return [value for _, value in found]

    def value(self, name: str) -> Any:
        """A text, or an object, of which the items may be lists."""
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
                raise FormError(f"{name} must be an object: give each of its fields once, as {name}[field].", name)
        return built

    def refuse(self, name: str, reason: str) -> None:
        """Say that a field cannot be used."""
        if name in self._fields:
            raise FormError(f"{reason}: leave {name} out.", name)


def _json(name: str, text: str | None) -> Any:
    if text is None or not text.lstrip().startswith("{"):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise FormError(f"{name} is not JSON.", name) from None


def _format(text: str | None) -> Format:
    if text is None:
        return "json"
    for known in get_args(Format):
        if text == known:
            return known  # type: ignore[no-any-return]
    if text == "diarized_json":
        raise FormError("Speakers are not told apart here: take verbose_json.", "response_format")
    raise FormError(f"response_format must be one of {', '.join(get_args(Format))}.", "response_format")


def _language(text: str | None) -> str | None:
    if text is not None and not re.fullmatch("[a-z]{2,3}", text):
        raise FormError("language must be a code such as en or zh.", "language")
    return text


def _prompt(text: str | None) -> str | None:
    return text[-MAX_PROMPT_CHARACTERS:] if text else None


def _hotwords(items: Sequence[str]) -> tuple[str, ...]:
    if len(items) > MAX_HOTWORDS or any(len(item) > 128 for item in items):
        raise FormError(f"hotwords may be {MAX_HOTWORDS}, of 128 characters each.", "hotwords")
    return tuple(items)


def _granularities(items: Sequence[str], format_: Format) -> frozenset[Granularity]:
    if not items:
        return frozenset({"segment"})
    if unknown := set(items) - set(get_args(Granularity)):
        raise FormError(
            f"timestamp_granularities may be segment and word, not '{min(unknown)[:64]}'.", "timestamp_granularities"
        )
    if format_ != "verbose_json":
        raise FormError("timestamp_granularities need response_format verbose_json.", "timestamp_granularities")
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
        raise FormError("Relations are for the stream and for /invocations: leave them out.", "entities")
    return request if request.enabled else None


def _endpointing(value: Any) -> Endpointing:
    """Recordings are always cut by voice activity."""
    if value in (None, "auto"):
        return Endpointing()
    if not isinstance(value, Mapping) or value.get("type") != "server_vad":
        raise FormError("chunking_strategy must be auto, or an object of the type server_vad.", "chunking_strategy")
    figures = _convert("chunking_strategy", value, _ServerVad)
    return Endpointing(preroll_ms=figures.prefix_padding_ms, silence_ms=figures.silence_duration_ms)


def _convert(name: str, value: Mapping[str, Any], kind: type[T]) -> T:
    """The object that a field holds; what is wrong with it is said of the place in it."""
    try:
        return msgspec.convert(value, kind, strict=False)
    except msgspec.ValidationError as error:
        found = _FAULT.fullmatch(str(error))
        fault, place = (found["fault"], name + found["path"]) if found else (str(error), name)
        raise FormError(f"{place} cannot be understood: {fault}.", place) from None
