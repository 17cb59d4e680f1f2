"""Arguments of ``theresa replay``."""

import argparse
import contextlib
from dataclasses import dataclass

from theresa_client.audio.sources import STDIN
from theresa_client.cli.arguments import session
from theresa_client.cli.arguments.session import SessionOptions
from theresa_protocol.audio import MAX_CHANNELS, SAMPLE_BYTES, AudioFormat

MAX_STREAMS = 1_000
RECONNECT_S = 60.0

DESCRIPTION = """\
Transcribe recordings, or raw PCM from standard input, as a live stream.

FILE is any recording that FFmpeg can read (wav, flac, ogg, opus, mp3, m4a, mp4, webm, …); - is raw PCM on
standard input. At a terminal, finals scroll by with their times, and the current utterance grows below them:
text that is stable is solid, text that may still change is dim. If standard output is a pipe or a file, each
final is written as one line."""
EPILOG = """\
examples:
  theresa replay talk.m4a                              at the speed of speech
  theresa replay talk.m4a --speed 0 --srt talk.srt     as fast as possible, as subtitles
  theresa replay 会议.mp3 --language zh --text 会议.txt
  theresa replay a.wav b.wav --srt talks.srt           both at once, into talks.a.srt and talks.b.srt
  theresa replay talk.wav --entities                   show named entities below each utterance
  theresa replay 会议.mp3 --entities PERSON,LOCATION --term 南海集团=ORGANIZATION
  theresa replay talk.wav --streams 20 --no-partials   load test: 20 copies at once
  theresa replay talk.wav --json | jq -r 'select(.type == "final").text'
  arecord -t raw -f S16_LE -r 16000 | theresa replay - --rate 16000

Press Ctrl-C once to stop: audio that was sent is still transcribed. Press it twice to quit at once.

exit status:
  0    everything transcribed (also after Ctrl-C)
  1    the server could not be reached, failed, or was lost, or an output could not be written
  2    wrong usage, or a recording cannot be read
  3    the server refused the session: wrong key, no capacity, unknown language, …
  130  interrupted twice"""


@dataclass(frozen=True)
class ReplayOptions:
    """Options of one run of ``theresa replay``."""

    session: SessionOptions
    """Its ``start`` declares the audio format of standard input."""
    inputs: tuple[str, ...]
    speed: float = 1.0
    streams: int = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``theresa replay``."""
    add = parser.add_argument
    add("inputs", nargs="+", metavar="FILE", help="a recording, or - for raw PCM on standard input")
    session.add_server(parser, reconnect_s=RECONNECT_S)
    add(
        "--speed",
        type=_speed,
        default=1.0,
        help="1 is real time (default), 2 is twice as fast, 0 is as fast as possible",
    )
    add("--streams", type=_streams, default=1, metavar="N", help="send each FILE N times at once")
    session.add_recognition(parser)
    session.add_output(parser)
    raw = parser.add_argument_group("raw PCM on standard input")
    raw.add_argument("--rate", type=int, default=16_000, metavar="HZ", help="samples per second (default: %(default)s)")
    raw.add_argument(
        "--encoding", choices=tuple(SAMPLE_BYTES), default="pcm_s16le", help="sample format (default: %(default)s)"
    )
    raw.add_argument(
        "--channels",
        type=int,
        default=1,
        choices=range(1, MAX_CHANNELS + 1),
        help="number of channels (default: %(default)s)",
    )


def read(found: argparse.Namespace) -> ReplayOptions:
    """Convert parsed arguments into options.

    Raises:
        ValueError: if a value is invalid, or a file cannot be written.
    """
    if found.inputs.count(STDIN) * found.streams > 1:
        raise ValueError("standard input can be read only once")
    session.check_rate(found.rate)
    audio = AudioFormat(encoding=found.encoding, rate=found.rate, channels=found.channels)
    return ReplayOptions(session.read(found, audio), tuple(found.inputs), found.speed, found.streams)


def _speed(text: str) -> float:
    return session.non_negative(text, "speed")


def _streams(text: str) -> int:
    with contextlib.suppress(ValueError):
        value = int(text)
        if 1 <= value <= MAX_STREAMS:
            return value
    raise argparse.ArgumentTypeError(f"'{text}' is not a number from 1 to {MAX_STREAMS}")
