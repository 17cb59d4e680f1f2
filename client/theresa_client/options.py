"""What ``theresa replay`` is asked to do: the command line as one checked value."""

import argparse
import contextlib
import math
import os
import re
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from theresa_client import entity_options
from theresa_client.handshake import authorization, checked
from theresa_client.sources import STDIN
from theresa_protocol.audio import MAX_CHANNELS, MAX_RATE_HZ, MIN_RATE_HZ, SAMPLE_BYTES, AudioFormat
from theresa_protocol.messages import Endpointing, Start

DEFAULT_URL = "ws://127.0.0.1:8080/v1/stream"
API_KEY_VARIABLE = "THERESA_API_KEY"
MAX_STREAMS = 1_000

DESCRIPTION = "Talk to a Theresa speech server from the command line."
REPLAY_DESCRIPTION = """\
Stream recordings to a Theresa server and show what it hears, while it hears it.

A FILE is anything that FFmpeg reads (wav, flac, ogg, opus, mp3, m4a, mp4, webm, …); - is raw PCM on
standard input. At a terminal, text that will not change any more is solid and text that still may is dim;
into a pipe goes one line for each utterance that is final."""
REPLAY_EPILOG = """\
examples:
  theresa replay talk.m4a                              live, as fast as it was spoken
  theresa replay talk.m4a --speed 0 --srt talk.srt     as fast as the server can, into subtitles
  theresa replay 会议.mp3 --language zh --text 会议.txt
  theresa replay a.wav b.wav --srt talks.srt           both at once, into talks.a.srt and talks.b.srt
  theresa replay talk.wav --entities                   who and what is mentioned, below each utterance
  theresa replay 会议.mp3 --entities PERSON,LOCATION --term 南海集团=ORGANIZATION
  theresa replay talk.wav --streams 20 --no-partials   the same recording twenty times at once
  theresa replay talk.wav --json | jq -r 'select(.type == "final").text'
  arecord -t raw -f S16_LE -r 16000 | theresa replay - --rate 16000

Ctrl-C once ends the audio and waits for the last words; twice gives up at once.

exit status:
  0    all done (also after one Ctrl-C)
  1    the server could not be reached, failed, or was lost; or an output could not be written
  2    wrong usage, or a recording that cannot be read
  3    the server refused the session: wrong key, no capacity, unknown language, no entities, …
  130  interrupted twice"""


@dataclass(frozen=True)
class Files:
    """Where the transcript goes at the end; ``None`` where it is not wanted."""

    srt: Path | None = None
    vtt: Path | None = None
    text: Path | None = None


@dataclass(frozen=True)
class Options:
    """One run of ``theresa replay``. ``start`` carries the audio format for standard input."""

    inputs: tuple[str, ...]
    start: Start
    url: str = DEFAULT_URL
    api_key: str | None = None
    speed: float = 1.0
    reconnect_s: float = 60.0
    streams: int = 1
    json: bool = False
    show_partials: bool = False
    files: Files = Files()


def parse(arguments: list[str] | None = None) -> Options:
    """The options on the command line (``None``: this process's). Ends the process on wrong usage, with status 2."""
    parser = argparse.ArgumentParser(prog="theresa", description=DESCRIPTION)
    parser.add_argument("--version", action="version", version=f"theresa {version('theresa')}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    replay = commands.add_parser(
        "replay",
        help="stream recordings, or raw PCM from standard input",
        description=REPLAY_DESCRIPTION,
        epilog=REPLAY_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_arguments(replay)
    found = parser.parse_args(arguments)
    try:
        return _options(found)
    except ValueError as error:
        replay.error(str(error))


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("inputs", nargs="+", metavar="FILE", help="a recording, or - for raw PCM on standard input")
    add("--url", default=DEFAULT_URL, help="the server (default: %(default)s)")
    add("--api-key", metavar="KEY", help=f"one key of the server; better in ${API_KEY_VARIABLE}, where no one sees it")
    add("--speed", type=_speed, default=1.0, help="1 is real time (default), 2 twice as fast, 0 as fast as possible")
    add("--reconnect-s", type=_seconds, default=60.0, metavar="S", help="how long to try after a cut (default: 60)")
    add("--streams", type=_streams, default=1, metavar="N", help="send each FILE N times at once")
    speech = parser.add_argument_group("recognition")
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
    output = parser.add_argument_group("output")
    output.add_argument("--json", action="store_true", help="write each server message as it came, one on a line")
    output.add_argument("--partials", action="store_true", help="write partials into a pipe, too")
    output.add_argument("--srt", type=Path, metavar="FILE", help="write SubRip subtitles at the end")
    output.add_argument("--vtt", type=Path, metavar="FILE", help="write WebVTT subtitles at the end")
    output.add_argument("--text", type=Path, metavar="FILE", help="write plain text at the end")
    raw = parser.add_argument_group("raw PCM on standard input")
    raw.add_argument("--rate", type=int, default=16_000, metavar="HZ", help="samples per second (default: %(default)s)")
    raw.add_argument("--encoding", choices=tuple(SAMPLE_BYTES), default="pcm_s16le", help="default: %(default)s")
    raw.add_argument("--channels", type=int, default=1, choices=range(1, MAX_CHANNELS + 1), help="default: %(default)s")


def _options(found: argparse.Namespace) -> Options:
    _check_inputs(found)
    for path in (found.srt, found.vtt, found.text):
        _check_output(path)
    api_key = found.api_key or os.environ.get(API_KEY_VARIABLE) or None
    authorization(api_key)
    start = Start(
        audio=AudioFormat(encoding=found.encoding, rate=found.rate, channels=found.channels),
        language=found.language,
        task=found.task,
        partials=not found.no_partials,
        words=found.words,
        prompt=found.prompt,
        hotwords=tuple(found.hotword),
        endpointing=Endpointing(silence_ms=found.silence_ms),
        entities=entity_options.request(found),
    )
    return Options(
        inputs=tuple(found.inputs),
        start=checked(start),
        url=found.url,
        api_key=api_key,
        speed=found.speed,
        reconnect_s=found.reconnect_s,
        streams=found.streams,
        json=found.json,
        show_partials=found.partials,
        files=Files(found.srt, found.vtt, found.text),
    )


def _check_inputs(found: argparse.Namespace) -> None:
    if found.inputs.count(STDIN) * found.streams > 1:
        raise ValueError("standard input can be read only once")
    if not MIN_RATE_HZ <= found.rate <= MAX_RATE_HZ:
        raise ValueError(f"--rate must be from {MIN_RATE_HZ} to {MAX_RATE_HZ}")


def _check_output(path: Path | None) -> None:
    if path is None:
        return
    if path.is_dir():
        raise ValueError(f"{path} is a directory: name a file in it")
    if not path.parent.is_dir():
        raise ValueError(f"there is no directory {path.parent} to write {path.name} into")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise ValueError(f"{path} cannot be written")


def _speed(text: str) -> float:
    return _from_0(text, "speed")


def _seconds(text: str) -> float:
    return _from_0(text, "number of seconds")


def _from_0(text: str, what: str) -> float:
    with contextlib.suppress(ValueError):
        value = float(text)
        if math.isfinite(value) and value >= 0:
            return value
    raise argparse.ArgumentTypeError(f"'{text}' is no {what}: a number from 0 on")


def _streams(text: str) -> int:
    with contextlib.suppress(ValueError):
        value = int(text)
        if 1 <= value <= MAX_STREAMS:
            return value
    raise argparse.ArgumentTypeError(f"'{text}' is no number from 1 to {MAX_STREAMS}")


def _language(text: str) -> str | None:
    if text == "auto":
        return None
    if not re.fullmatch("[a-z]{2,3}", text):
        raise argparse.ArgumentTypeError(f"'{text}' is no language code: two or three letters, as en, zh or yue")
    return text
