"""Options that every command has: the server, recognition and output."""

import argparse
import contextlib
import math
import os
from dataclasses import dataclass, field
from pathlib import Path

from theresa_client.cli.arguments import entities
from theresa_client.handshake import authorization, validated_start
from theresa_protocol.audio import MAX_RATE_HZ, MIN_RATE_HZ, AudioFormat
from theresa_protocol.languages import parse_language
from theresa_protocol.messages import Endpointing, Start

DEFAULT_URL = "ws://127.0.0.1:8080/v1/stream"
URL_VARIABLE = "THERESA_URL"
API_KEY_VARIABLE = "THERESA_API_KEY"


@dataclass(frozen=True)
class OutputFiles:
    """Files to write the transcript to at the end; ``None`` disables a format."""

    srt: Path | None = None
    vtt: Path | None = None
    text: Path | None = None


@dataclass(frozen=True, kw_only=True)
class SessionOptions:
    """Options of the sessions of one run."""

    start: Start
    """The request to the server."""
    url: str = DEFAULT_URL
    api_key: str | None = field(default=None, repr=False)
    reconnect_s: float
    """How long to try to reconnect."""
    json: bool = False
    show_partials: bool = False
    files: OutputFiles = OutputFiles()


def add_server(parser: argparse.ArgumentParser, *, reconnect_s: float) -> None:
    """Add the options for the server and for reconnecting to it."""
    add = parser.add_argument
    add("--url", help=f"stream URL of the server (default: ${URL_VARIABLE}, or else {DEFAULT_URL})")
    add(
        "--api-key",
        metavar="KEY",
        help=f"API key; prefer ${API_KEY_VARIABLE}, because other users can see command lines",
    )
    add(
        "--reconnect-s",
        type=seconds,
        default=reconnect_s,
        metavar="S",
        help=f"seconds to keep reconnecting after the connection is lost; 0 disables it (default: {reconnect_s:g})",
    )


def add_recognition(parser: argparse.ArgumentParser) -> None:
    """Add the options for recognition, and those for named entities in a group of their own."""
    speech = parser.add_argument_group("recognition")
    speech.add_argument("--model", metavar="NAME", help="a model listed by GET /v1/models (default: the server's)")
    speech.add_argument(
        "--language", type=_language, help="language such as en, zh-TW or auto (default: detected for each utterance)"
    )
    speech.add_argument(
        "--task",
        choices=("transcribe", "translate"),
        default="transcribe",
        help="transcribe, or translate into English (default: %(default)s)",
    )
    speech.add_argument("--words", action="store_true", help="request word timestamps (shown only with --json)")
    speech.add_argument(
        "--stats", action="store_true", help="request statistics and suppressed text (shown only with --json)"
    )
    speech.add_argument("--no-partials", action="store_true", help="request finals only")
    speech.add_argument("--prompt", help="text that shows the expected style and spelling")
    speech.add_argument("--hotword", action="append", default=[], metavar="WORD", help="a word to expect; repeatable")
    speech.add_argument("--silence-ms", type=int, metavar="MS", help="silence that ends an utterance")
    entities.add_arguments(parser)


def add_output(parser: argparse.ArgumentParser) -> "argparse._ArgumentGroup":
    """Add the options for output. Returns their group, so that a command can add more."""
    output = parser.add_argument_group("output")
    output.add_argument("--json", action="store_true", help="write each server message as one line of JSON")
    output.add_argument("--partials", action="store_true", help="write partials to a pipe or file, too")
    output.add_argument("--srt", type=Path, metavar="FILE", help="write SubRip subtitles at the end")
    output.add_argument("--vtt", type=Path, metavar="FILE", help="write WebVTT subtitles at the end")
    output.add_argument("--text", type=Path, metavar="FILE", help="write plain text at the end")
    return output


def read(found: argparse.Namespace, audio: AudioFormat) -> SessionOptions:
    """Convert parsed arguments into options.

    Raises:
        ValueError: if a value is invalid, or a file cannot be written.
    """
    for path in (found.srt, found.vtt, found.text):
        check_output(path)
    api_key = found.api_key or os.environ.get(API_KEY_VARIABLE) or None
    authorization(api_key)
    start = Start(
        audio=audio,
        model=found.model,
        language=found.language,
        task=found.task,
        partials=not found.no_partials,
        words=found.words,
        stats=found.stats or found.json,
        prompt=found.prompt,
        hotwords=tuple(found.hotword),
        endpointing=Endpointing(silence_ms=found.silence_ms),
        entities=entities.request(found),
    )
    return SessionOptions(
        start=validated_start(start),
        url=found.url or os.environ.get(URL_VARIABLE) or DEFAULT_URL,
        api_key=api_key,
        reconnect_s=found.reconnect_s,
        json=found.json,
        show_partials=found.partials,
        files=OutputFiles(found.srt, found.vtt, found.text),
    )


def check_output(path: Path | None) -> None:
    """Check before the session that a file can be written at its end.

    Raises:
        ValueError: if it cannot.
    """
    if path is None:
        return
    if path.is_dir():
        raise ValueError(f"{path} is a directory; name a file in it")
    if not path.parent.is_dir():
        raise ValueError(f"cannot write {path.name}: the directory {path.parent} does not exist")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise ValueError(f"cannot write {path}: permission denied")


def check_rate(rate_hz: int) -> None:
    """Check a sample rate.

    Raises:
        ValueError: if the protocol does not allow it.
    """
    if not MIN_RATE_HZ <= rate_hz <= MAX_RATE_HZ:
        raise ValueError(f"--rate must be from {MIN_RATE_HZ} to {MAX_RATE_HZ}")


def seconds(text: str) -> float:
    """Parse an argument in seconds."""
    return non_negative(text, "number of seconds")


def non_negative(text: str, name: str) -> float:
    """Parse a finite number of at least 0; ``name`` describes it in the error."""
    with contextlib.suppress(ValueError):
        value = float(text)
        if math.isfinite(value) and value >= 0:
            return value
    raise argparse.ArgumentTypeError(f"'{text}' is not a {name}; use a number of at least 0")


def _language(text: str) -> str | None:
    try:
        tag = parse_language(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return str(tag) if tag and tag.code else None
