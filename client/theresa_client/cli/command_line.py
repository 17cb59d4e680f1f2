"""The command line of ``theresa`` as one checked value."""

import argparse
from importlib.metadata import version

from theresa_client.cli import listen_options, replay_options
from theresa_client.cli.listen_options import ListenOptions
from theresa_client.cli.replay_options import ReplayOptions

DESCRIPTION = "Talk to a Theresa speech server from the command line."


def parse(arguments: list[str] | None = None) -> ReplayOptions | ListenOptions:
    """The options on the command line (``None``: this process's). Ends the process on wrong usage, with status 2."""
    parser = argparse.ArgumentParser(prog="theresa", description=DESCRIPTION)
    parser.add_argument("--version", action="version", version=f"theresa {version('theresa')}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name, about, module in (
        ("listen", "stream a microphone, live", listen_options),
        ("replay", "stream recordings, or raw PCM from standard input", replay_options),
    ):
        command = commands.add_parser(
            name,
            help=about,
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
