"""Arguments of ``theresa listen``."""

import argparse
from dataclasses import dataclass
from pathlib import Path

from theresa_client.cli.arguments import session
from theresa_client.cli.arguments.session import SessionOptions
from theresa_protocol.audio import AudioFormat

RECONNECT_S = 600.0
"""Longer than for ``replay``: a recording can be sent again later, live speech cannot."""

DESCRIPTION = """\
Transcribe a microphone, live.

At a terminal, finals scroll by with their times, and the current utterance grows below them: text that is
stable is solid, text that may still change is dim. The last row shows the level of the microphone and the
state of the connection; press m or the space bar to mute. If standard output is a pipe or a file, each
final is written as one line."""
EPILOG = """\
examples:
  theresa listen                                       transcribe the default microphone
  theresa listen --list-devices                        list the microphones
  theresa listen --device headset                      use the microphone with "headset" in its name
  theresa listen --device 2 --language zh              use number 2 of the list; speak Mandarin
  theresa listen --entities                            show named entities below each utterance
  theresa listen --entities PERSON,LOCATION --term 南海集团=ORGANIZATION
  theresa listen --save talk.wav --srt talk.srt        keep the audio, and subtitles
  theresa listen > notes.txt                           write the text to a file; the level stays on screen
  theresa listen --json | jq -r 'select(.type == "final").text'

Press Ctrl-C once to stop: the last utterance is still transcribed. Press it twice to quit at once.

exit status:
  0    stopped by Ctrl-C, everything transcribed
  1    the microphone or the connection was lost, the server failed, or an output could not be written
  2    wrong usage, or the microphone cannot be opened
  3    the server refused the session: wrong key, no capacity, unknown language, …
  130  interrupted twice"""


@dataclass(frozen=True)
class ListenOptions:
    """Options of one run of ``theresa listen``."""

    session: SessionOptions
    """Its ``start`` does not declare the audio format: the microphone decides it."""
    device: str | None = None
    """Number or part of the name of the microphone; ``None`` is the default one."""
    rate_hz: int | None = None
    """``None`` uses the device's own rate."""
    save: Path | None = None
    list_devices: bool = False


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``theresa listen``."""
    session.add_server(parser, reconnect_s=RECONNECT_S)
    microphone = parser.add_argument_group("microphone")
    microphone.add_argument("--list-devices", action="store_true", help="list the microphones and exit")
    microphone.add_argument(
        "--device", metavar="DEVICE", help="number in the list, or part of the name (default: the system's default)"
    )
    microphone.add_argument("--rate", type=int, metavar="HZ", help="samples per second (default: the device's own)")
    session.add_recognition(parser)
    output = session.add_output(parser)
    output.add_argument("--save", type=Path, metavar="FILE.wav", help="record the audio; FILE.wav must not exist")


def read(found: argparse.Namespace) -> ListenOptions:
    """Convert parsed arguments into options.

    Raises:
        ValueError: if a value is invalid, or a file cannot be written.
    """
    if found.rate is not None:
        session.check_rate(found.rate)
    session.check_output(found.save)
    if found.save is not None and found.save.exists():
        raise ValueError(f"{found.save} already exists; choose another file for --save")
    options = session.read(found, AudioFormat())
    return ListenOptions(options, found.device, found.rate, found.save, found.list_devices)
