"""The parser of the command line, which returns one validated value."""

import argparse
from importlib.metadata import version

from theresa_client.cli.arguments import listen, replay
from theresa_client.cli.arguments.listen import ListenOptions
from theresa_client.cli.arguments.replay import ReplayOptions

DESCRIPTION = """\
Transcribe speech with a Theresa server: live from a microphone, or from recordings."""
EPILOG = """\
examples:
  theresa listen                                     transcribe the default microphone, live
  theresa replay talk.m4a                            transcribe a recording at the speed of speech
  theresa replay talk.m4a --speed 0 --srt talk.srt   transcribe it as fast as possible, as subtitles

Both commands need a running server: start one with `theresa-server`. For the options of a command, run
`theresa COMMAND --help`."""


def parse(arguments: list[str] | None = None) -> ReplayOptions | ListenOptions:
    """Parse a command line (``None``: that of this process). Exits with status 2 on wrong usage."""
    parser = argparse.ArgumentParser(
        prog="theresa",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"theresa {version('theresa')}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name, summary, module in (
        ("listen", "transcribe a microphone, live", listen),
        ("replay", "transcribe recordings, or raw PCM from standard input", replay),
    ):
        command = commands.add_parser(
            name,
            help=summary,
            description=module.DESCRIPTION,
            epilog=module.EPILOG,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.add_arguments(command)
        command.set_defaults(read=module.read, fail=command.error)
    found = parser.parse_args(arguments)
    try:
        options: ReplayOptions | ListenOptions = found.read(found)
    except ValueError as error:
        found.fail(str(error))
    return options
