"""The command ``theresa``, from its command line to its exit status."""

import asyncio
import contextlib
import io
import sys
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from rich.console import Console

from theresa_client.cli.arguments.listen import ListenOptions
from theresa_client.cli.arguments.parser import parse
from theresa_client.cli.arguments.replay import ReplayOptions
from theresa_client.cli.arguments.session import SessionOptions
from theresa_client.cli.display.footer import Footer
from theresa_client.cli.display.lines import JsonLines, PlainLines
from theresa_client.cli.display.microphone_footer import MicrophoneFooter
from theresa_client.cli.display.output import Output
from theresa_client.cli.display.progress_footer import ProgressFooter
from theresa_client.cli.display.terminal import Terminal
from theresa_client.cli.listen import list_devices, listen
from theresa_client.cli.replay import replay
from theresa_client.cli.report import ExitStatus, discard_unwritten, print_error, report, write_line
from theresa_client.errors import OutputError, SourceError

T = TypeVar("T")


def main(arguments: list[str] | None = None) -> int:
    """Run the command and return its exit status."""
    options = parse(arguments)
    if sys.stdout is None:
        print_error(OutputError("Standard output is closed."))
        return ExitStatus.FAILED
    _use_utf8(sys.stdout)
    _use_utf8(sys.stderr)
    start_s = time.monotonic()
    try:
        match options:
            case ListenOptions(list_devices=True):
                return _print_lines(list_devices())
            case ListenOptions():
                results = asyncio.run(listen(options, _output_factory(options.session, MicrophoneFooter)))
            case ReplayOptions():
                results = asyncio.run(replay(options, _output_factory(options.session, ProgressFooter)))
    except SourceError as error:
        print_error(error)
        return ExitStatus.USAGE
    except (KeyboardInterrupt, asyncio.CancelledError):
        write_line(sys.stderr, "theresa: Interrupted: text that was not final is lost.")
        return ExitStatus.INTERRUPTED
    return report(options.session, results, time.monotonic() - start_s)


def _output_factory(options: SessionOptions, footer: Callable[[Console, T], Footer]) -> Callable[[T], Output]:
    """Return a function that makes the output, once the state that its footer shows exists."""

    def make_output(state: T) -> Output:
        console = Console(highlight=False, markup=False)
        if not options.json and console.is_terminal and not console.is_dumb_terminal:
            return Terminal(console, footer(console, state))
        notices = Console(stderr=True, highlight=False, markup=False)
        animated = notices.is_terminal and not notices.is_dumb_terminal and not sys.stdout.isatty()
        below = footer(notices, state) if animated else None
        if options.json:
            return JsonLines(sys.stdout, sys.stderr, below)
        return PlainLines(sys.stdout, sys.stderr, below, partials=options.show_partials)

    return make_output


def _print_lines(lines: Sequence[str]) -> ExitStatus:
    with contextlib.suppress(BrokenPipeError):
        write_line(sys.stdout, "\n".join(lines))
    discard_unwritten(sys.stdout)
    return ExitStatus.OK


def _use_utf8(stream: object) -> None:
    """Write UTF-8 to a pipe whatever the locale, and question marks for what a terminal cannot display."""
    if isinstance(stream, io.TextIOWrapper):
        if stream.isatty():
            stream.reconfigure(errors="replace")
        else:
            stream.reconfigure(encoding="utf-8")
