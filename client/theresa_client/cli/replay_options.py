"""What ``theresa replay`` is asked to do."""

import argparse
import contextlib
from dataclasses import dataclass

from theresa_client.audio.sources import STDIN
from theresa_client.cli import options
from theresa_client.cli.options import SessionOptions
from theresa_protocol.audio import MAX_CHANNELS, SAMPLE_BYTES, AudioFormat

MAX_STREAMS = 1_000
RECONNECT_S = 60.0

DESCRIPTION = """\
Stream recordings to a Theresa server and show what it hears, while it hears it.

A FILE is anything that FFmpeg reads (wav, flac, ogg, opus, mp3, m4a, mp4, webm, …); - is raw PCM on
standard input. At a terminal, text that will not change any more is solid and text that still may is dim;
into a pipe goes one line for each utterance that is final."""
EPILOG = """\
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
class ReplayOptions:
    """One run of ``theresa replay``. ``session.start`` carries the audio format for standard input."""

    session: SessionOptions
    inputs: tuple[str, ...]
    speed: float = 1.0
    streams: int = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add all that ``theresa replay`` takes."""
    add = parser.add_argument
    add("inputs", nargs="+", metavar="FILE", help="a recording, or - for raw PCM on standard input")
    options.add_server(parser, reconnect_s=RECONNECT_S)
    add("--speed", type=_speed, default=1.0, help="1 is real time (default), 2 twice as fast, 0 as fast as possible")
    add("--streams", type=_streams, default=1, metavar="N", help="send each FILE N times at once")
    options.add_recognition(parser)
    options.add_output(parser)
    raw = parser.add_argument_group("raw PCM on standard input")
    raw.add_argument("--rate", type=int, default=16_000, metavar="HZ", help="samples per second (default: %(default)s)")
    raw.add_argument("--encoding", choices=tuple(SAMPLE_BYTES), default="pcm_s16le", help="default: %(default)s")
    raw.add_argument("--channels", type=int, default=1, choices=range(1, MAX_CHANNELS + 1), help="default: %(default)s")


def read(found: argparse.Namespace) -> ReplayOptions:
    """The arguments as one checked value. Raises ``ValueError``."""
    if found.inputs.count(STDIN) * found.streams > 1:
        raise ValueError("standard input can be read only once")
    options.check_rate(found.rate)
    audio = AudioFormat(encoding=found.encoding, rate=found.rate, channels=found.channels)
    return ReplayOptions(options.read(found, audio), tuple(found.inputs), found.speed, found.streams)


def _speed(text: str) -> float:
    return options.number_from_0(text, "speed")


def _streams(text: str) -> int:
    with contextlib.suppress(ValueError):
        value = int(text)
        if 1 <= value <= MAX_STREAMS:
            return value
    raise argparse.ArgumentTypeError(f"'{text}' is no number from 1 to {MAX_STREAMS}")
