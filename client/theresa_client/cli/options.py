"""What every command that speaks to a server is asked: groups of arguments, and the value they become."""

import argparse
import contextlib
import math
import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from theresa_client.cli import entity_options
from theresa_client.handshake import authorization, checked
from theresa_protocol.audio import MAX_RATE_HZ, MIN_RATE_HZ, AudioFormat
from theresa_protocol.messages import Endpointing, Start

DEFAULT_URL = "ws://127.0.0.1:8080/v1/stream"
URL_VARIABLE = "THERESA_URL"
API_KEY_VARIABLE = "THERESA_API_KEY"


@dataclass(frozen=True)
class Files:
    """Where the transcript goes at the end; ``None`` where it is not wanted."""

    srt: Path | None = None
    vtt: Path | None = None
    text: Path | None = None


@dataclass(frozen=True, kw_only=True)
class SessionOptions:
    """The sessions of one run. ``start`` is what the server is asked for."""

    start: Start
    url: str = DEFAULT_URL
    api_key: str | None = field(default=None, repr=False)
    reconnect_s: float
    json: bool = False
    show_partials: bool = False
    files: Files = Files()


def add_server(parser: argparse.ArgumentParser, *, reconnect_s: float) -> None:
    """Add the options that say which server, and how hard to try."""
    add = parser.add_argument
    add("--url", help=f"the server (default: ${URL_VARIABLE}, or else {DEFAULT_URL})")
    add("--api-key", metavar="KEY", help=f"one key of the server; better in ${API_KEY_VARIABLE}, where no one sees it")
    add(
        "--reconnect-s",
        type=seconds,
        default=reconnect_s,
        metavar="S",
        help=f"how long to try after a cut (default: {reconnect_s:g})",
    )


def add_recognition(parser: argparse.ArgumentParser) -> None:
    """Add the options that say what to recognise, and how; those of named entities in a group of their own."""
    speech = parser.add_argument_group("recognition")
    speech.add_argument("--model", metavar="NAME", help="one of those that GET /v1/models lists; default: the server's")
    speech.add_argument("--language", type=_language, help="en, zh, …; default: detected for each utterance")
    speech.add_argument(
        "--task", choices=("transcribe", "translate"), default="transcribe", help="translate: into English"
    )
    speech.add_argument("--words", action="store_true", help="ask for the time of each word (seen with --json)")
    speech.add_argument("--no-partials", action="store_true", help="ask for finals only")
    speech.add_argument("--prompt", help="text in the style and with the spelling to expect")
    speech.add_argument(
        "--hotword", action="append", default=[], metavar="WORD", help="a word to listen for; repeatable"
    )
    speech.add_argument("--silence-ms", type=int, metavar="MS", help="silence that ends an utterance")
    entity_options.add_arguments(parser)


def add_output(parser: argparse.ArgumentParser) -> "argparse._ArgumentGroup":
    """Add the options that say where the text goes. Returns their group, for what a command adds to it."""
    output = parser.add_argument_group("output")
    output.add_argument("--json", action="store_true", help="write each server message as it came, one on a line")
    output.add_argument("--partials", action="store_true", help="write partials into a pipe, too")
    output.add_argument("--srt", type=Path, metavar="FILE", help="write SubRip subtitles at the end")
    output.add_argument("--vtt", type=Path, metavar="FILE", help="write WebVTT subtitles at the end")
    output.add_argument("--text", type=Path, metavar="FILE", help="write plain text at the end")
    return output


def read(found: argparse.Namespace, audio: AudioFormat) -> SessionOptions:
    """What the groups above found, for audio in a format. Raises ``ValueError`` for what no server would take."""
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
        prompt=found.prompt,
        hotwords=tuple(found.hotword),
        endpointing=Endpointing(silence_ms=found.silence_ms),
        entities=entity_options.request(found),
    )
    return SessionOptions(
        start=checked(start),
        url=found.url or os.environ.get(URL_VARIABLE) or DEFAULT_URL,
        api_key=api_key,
        reconnect_s=found.reconnect_s,
        json=found.json,
        show_partials=found.partials,
        files=Files(found.srt, found.vtt, found.text),
    )


def check_output(path: Path | None) -> None:
    """Raise ``ValueError`` where a file could not be written at the end: better now."""
    if path is None:
        return
    if path.is_dir():
        raise ValueError(f"{path} is a directory: name a file in it")
    if not path.parent.is_dir():
        raise ValueError(f"there is no directory {path.parent} to write {path.name} into")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise ValueError(f"{path} cannot be written")


def check_rate(rate_hz: int) -> None:
    """Raise ``ValueError`` for a rate that no server takes."""
    if not MIN_RATE_HZ <= rate_hz <= MAX_RATE_HZ:
        raise ValueError(f"--rate must be from {MIN_RATE_HZ} to {MAX_RATE_HZ}")


def seconds(text: str) -> float:
    """The type of an argument in seconds."""
    return number_from_0(text, "number of seconds")


def number_from_0(text: str, what: str) -> float:
    """A finite number from 0 on; ``what`` is its name where it is none."""
    with contextlib.suppress(ValueError):
        value = float(text)
        if math.isfinite(value) and value >= 0:
            return value
    raise argparse.ArgumentTypeError(f"'{text}' is no {what}: a number from 0 on")


def _language(text: str) -> str | None:
    if text == "auto":
        return None
    if not re.fullmatch("[a-z]{2,3}", text):
        raise argparse.ArgumentTypeError(f"'{text}' is no language code: two or three letters, as en, zh or yue")
    return text
