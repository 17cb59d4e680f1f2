"""What ``theresa listen`` is asked to do."""

import argparse
from dataclasses import dataclass
from pathlib import Path

from theresa_client.cli import options
from theresa_client.cli.options import SessionOptions
from theresa_protocol.audio import AudioFormat

RECONNECT_S = 600.0
"""Longer than a replay tries: a recording can be sent again another day, what is said now is said once."""

DESCRIPTION = """\
Stream a microphone to a Theresa server and show what it hears, while it hears it.

At a terminal, text that will not change any more is solid and text that still may is dim; below it are the
level of the microphone and the state of the connection, and m or the space bar mutes. Into a pipe goes one
line for each utterance that is final."""
EPILOG = """\
examples:
  theresa listen                                       the default microphone
  theresa listen --list-devices                        which microphones there are
  theresa listen --device headset                      the one with "headset" in its name
  theresa listen --device 2 --language zh              number 2 of the list, Mandarin
  theresa listen --entities --term 南海集团=ORGANIZATION
  theresa listen --save talk.wav --srt talk.srt        keep the sound, and the text as subtitles
  theresa listen > notes.txt                           the level on the screen, the text into a file
  theresa listen --json | jq -r 'select(.type == "final").text'

Ctrl-C once ends the audio and waits for the last words; twice gives up at once.

exit status:
  0    stopped by one Ctrl-C, and all done
  1    the microphone was lost; the server could not be reached, failed, or was lost; or an output could not
       be written
  2    wrong usage, or a microphone that cannot be opened
  3    the server refused the session: wrong key, no capacity, unknown language, no entities, …
  130  interrupted twice"""


@dataclass(frozen=True)
class ListenOptions:
    """One run of ``theresa listen``. ``session.start`` says nothing of the audio: the microphone does.

    ``device`` is its number or a part of its name, ``None`` the default one; ``rate_hz`` is ``None`` where the
    device's own is right.
    """

    session: SessionOptions
    device: str | None = None
    rate_hz: int | None = None
    save: Path | None = None
    list_devices: bool = False


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add all that ``theresa listen`` takes."""
    options.add_server(parser, reconnect_s=RECONNECT_S)
    microphone = parser.add_argument_group("microphone")
    microphone.add_argument("--list-devices", action="store_true", help="list the microphones, and end")
    microphone.add_argument("--device", metavar="DEVICE", help="its number in the list, or a part of its name")
    microphone.add_argument("--rate", type=int, metavar="HZ", help="samples per second (default: the device's own)")
    options.add_recognition(parser)
    output = options.add_output(parser)
    output.add_argument("--save", type=Path, metavar="FILE.wav", help="record what is sent; FILE must not exist yet")


def read(found: argparse.Namespace) -> ListenOptions:
    """The arguments as one checked value. Raises ``ValueError``."""
    if found.rate is not None:
        options.check_rate(found.rate)
    options.check_output(found.save)
    if found.save is not None and found.save.exists():
        raise ValueError(f"{found.save} exists: name another file to record into")
    session = options.read(found, AudioFormat())
    return ListenOptions(session, found.device, found.rate, found.save, found.list_devices)
