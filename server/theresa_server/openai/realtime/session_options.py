"""Reads the options of a ``session.update`` one by one, so that one that cannot be served does not void the others.

GA nests the input options in ``session.audio.input``; the beta has them directly in ``session``. Either is accepted on
any connection. Values may have any form that clients write. An option that the client can do without falls back, and
``session.updated`` shows the result; any other is a ``Problem``.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from theresa_protocol.audio import MAX_RATE_HZ, MIN_RATE_HZ, AudioFormat, Encoding
from theresa_protocol.errors import ErrorCode
from theresa_protocol.languages import parse_language
from theresa_protocol.lenient import is_absent, parse_number, plain, quoted

ENTITIES = "theresa.entities"
"""Value of ``include`` that requests named entities."""

LOGPROBS = "item.input_audio_transcription.logprobs"
"""Value of ``include`` that requests the log probabilities of words."""

PCM_RATE_HZ = 24_000
G711_RATE_HZ = 8_000
DEFAULT_AUDIO = AudioFormat(rate=PCM_RATE_HZ)

MAX_PROMPT_CHARACTERS = 2_000
"""A longer prompt keeps only its end, which is closest to the speech."""

MAX_KEYWORDS = 100
MAX_KEYWORD_CHARACTERS = 128

_ENCODINGS: dict[str, tuple[Encoding, int]] = dict.fromkeys(
    ("audio/pcm", "pcm16", "pcm", "pcm_s16le", "audio/l16", "audio/x-raw"), ("pcm_s16le", PCM_RATE_HZ)
)
_ENCODINGS |= dict.fromkeys(
    ("audio/pcmu", "g711_ulaw", "mulaw", "ulaw", "pcmu", "audio/x-mulaw", "audio/basic"), ("mulaw", G711_RATE_HZ)
)
_ENCODINGS |= dict.fromkeys(
    ("audio/pcma", "g711_alaw", "alaw", "pcma", "audio/x-alaw", "audio/x-pcma"), ("alaw", G711_RATE_HZ)
)
"""Native encoding and default sample rate of the names of GA, of the beta, and of other programs."""

_DETECTORS = ("server_vad", "semantic_vad", "azure_semantic_vad")
"""Beginnings of the names of OpenAI's and Azure's detectors. All fall back to ``server_vad``."""

_DETECTORS_OFF = ("none", "off", "disabled", "manual")


@dataclass(frozen=True, slots=True)
class TurnDetection:
    """Options of ``server_vad``. The server's own value applies to each missing one."""

    threshold: float | None = None
    prefix_padding_ms: int | None = None
    silence_duration_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Option:
    """One option of an update, ready to be used."""

    name: str
    """The field of ``RealtimeConfig``."""
    value: Any
    path: str
    """Where the client sent it, such as ``session.audio.input.format``."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why one option cannot be used."""

    code: ErrorCode
    message: str
    path: str


def read_options(session: Mapping[str, Any]) -> Iterator[Option | Problem]:
    """Yield the options in the ``session`` object of an update, the model first."""
    kind = session.get("type")
    if kind is not None and kind != "transcription":
        message = f"Session type {_shown(kind)} is not supported: this is a session of type 'transcription'."
        yield Problem(ErrorCode.NOT_SUPPORTED, message, "session.type")
    audio = session.get("audio")
    nested = audio.get("input") if isinstance(audio, Mapping) else None
    for path, given in (("session.audio", audio), ("session.audio.input", nested)):
        if given is not None and not isinstance(given, Mapping):
            yield Problem(ErrorCode.BAD_FIELD, f"{path} must be an object, not {_shown(given)}.", path)
    fields = nested if isinstance(nested, Mapping) else {}
    readers = (
        ("transcription", "input_audio_transcription", _read_transcription),
        ("format", "input_audio_format", _read_format),
        ("turn_detection", "turn_detection", _read_turn_detection),
    )
    for name, flat_name, read in readers:
        if name in fields:
            yield from read(fields[name], f"session.audio.input.{name}")
        elif flat_name in session:
            yield from read(session[flat_name], f"session.{flat_name}")
    if "include" in session:
        yield from _read_include(session["include"], "session.include")


def _read_transcription(value: Any, path: str) -> Iterator[Option | Problem]:
    defaults: dict[str, Any] = {"model": None, "language": None, "languages": (), "prompt": None, "keywords": ()}
    if value is None:
        yield from (Option(name, default, path) for name, default in defaults.items())
        return
    if not isinstance(value, Mapping):
        yield Problem(ErrorCode.BAD_FIELD, f"{path} must be an object, not {_shown(value)}.", path)
        return
    for name, default in defaults.items():
        if name in value:
            yield _read_transcription_field(name, value[name], default, f"{path}.{name}")


def _read_transcription_field(name: str, value: Any, default: Any, path: str) -> Option | Problem:
    if value is None:
        return Option(name, default, path)
    try:
        match name:
            case "languages":
                tags = [tag for text in _texts(value) if (tag := parse_language(text)) is not None]
                any_language = any(tag.code is None for tag in tags)
                return Option(name, () if any_language else tuple(dict.fromkeys(map(str, tags))), path)
            case "keywords":
                words = [word.strip()[:MAX_KEYWORD_CHARACTERS] for word in _texts(value)]
                return Option(name, tuple(dict.fromkeys(word for word in words if word))[:MAX_KEYWORDS], path)
            case "language":
                tag = parse_language(_text(value))
                return Option(name, str(tag) if tag else None, path)
            case "prompt":
                return Option(name, _text(value)[-MAX_PROMPT_CHARACTERS:] or None, path)
            case _:
                text = _text(value).strip()
                return Option(name, None if is_absent(text) else text, path)
    except ValueError as error:
        code = ErrorCode.UNKNOWN_LANGUAGE if name.startswith("language") else ErrorCode.BAD_FIELD
        message = str(error) if code is ErrorCode.UNKNOWN_LANGUAGE else f"{path} {error}"
        return Problem(code, f"{message}.", path)


def _read_format(value: Any, path: str) -> Iterator[Option | Problem]:
    if value is None:
        yield Option("audio", DEFAULT_AUDIO, path)
        return
    fields = value if isinstance(value, Mapping) else {"type": value}
    kind = fields.get("type", "audio/pcm")
    inner = f"{path}.type" if isinstance(value, Mapping) else path
    if not isinstance(kind, str) or plain(kind).casefold() not in _ENCODINGS:
        message = f"Audio format {_shown(kind)} is not supported: use audio/pcm, audio/pcmu or audio/pcma."
        yield Problem(ErrorCode.BAD_FIELD, message, inner)
        return
    encoding, rate_hz = _ENCODINGS[plain(kind).casefold()]
    if (given := fields.get("rate")) is not None:
        try:
            rate_hz = int(_number(given, MIN_RATE_HZ, MAX_RATE_HZ))
        except ValueError as error:
            yield Problem(ErrorCode.BAD_FIELD, f"{path}.rate {error}.", f"{path}.rate")
            return
    yield Option("audio", AudioFormat(encoding=encoding, rate=rate_hz), path)


def _read_turn_detection(value: Any, path: str) -> Iterator[Option | Problem]:
    kind = value.get("type", "server_vad") if isinstance(value, Mapping) else value
    if kind is None or kind is False or (isinstance(kind, str) and plain(kind).casefold() in _DETECTORS_OFF):
        yield Option("turn_detection", None, path)
        return
    if kind is not True and not (isinstance(kind, str) and plain(kind).casefold().startswith(_DETECTORS)):
        message = f"Turn detection {_shown(kind)} is not supported: use server_vad, or null to commit turns."
        yield Problem(ErrorCode.NOT_SUPPORTED, message, path)
        return
    fields = value if isinstance(value, Mapping) else {}
    numbers: dict[str, float] = {}
    # Times are clamped later, since OpenAI documents no limits.
    for name, maximum in (("threshold", 1.0), ("prefix_padding_ms", 1e9), ("silence_duration_ms", 1e9)):
        if (given := fields.get(name)) is not None:
            try:
                numbers[name] = _number(given, 0 if name == "threshold" else -maximum, maximum)
            except ValueError as error:
                yield Problem(ErrorCode.BAD_FIELD, f"{path}.{name} {error}.", f"{path}.{name}")
    padding, silence = numbers.get("prefix_padding_ms"), numbers.get("silence_duration_ms")
    yield Option(
        "turn_detection",
        TurnDetection(
            numbers.get("threshold"),
            None if padding is None else round(padding),
            None if silence is None else round(silence),
        ),
        path,
    )


def _read_include(value: Any, path: str) -> Iterator[Option | Problem]:
    try:
        names = [] if value is None else _texts(value)
    except ValueError as error:
        yield Problem(ErrorCode.BAD_FIELD, f"{path} {error}.", path)
        return
    for name in names:
        if name not in (ENTITIES, LOGPROBS):
            message = f"{quoted(name)} is not supported: include accepts '{ENTITIES}' and '{LOGPROBS}'."
            yield Problem(ErrorCode.NOT_SUPPORTED, message, path)
    yield Option("logprobs", LOGPROBS in names, path)
    yield Option("entities", ENTITIES in names, path)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"must be a text, not {_shown(value)}")
    return value


def _texts(value: Any) -> Sequence[str]:
    if isinstance(value, str):
        return [value]
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError(f"must be a list of texts, not {_shown(value)}")
    return value


def _number(value: Any, minimum: float, maximum: float) -> float:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(f"must be a number from {minimum:g} to {maximum:g}, not {_shown(value)}")
    return parse_number(str(value), minimum, maximum)


def _shown(value: Any) -> str:
    match value:
        case str():
            return quoted(value)
        case Mapping():
            return "an object"
        case list():
            return "a list"
        case _:
            return {None: "null", True: "true", False: "false"}.get(value, str(value))
