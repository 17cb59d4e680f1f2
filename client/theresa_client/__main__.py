"""The command ``theresa``."""

import asyncio
import contextlib
import io
import os
import sys
import time
from collections.abc import Callable, Sequence
from typing import TextIO, TypeVar

from rich.console import Console

from theresa_client.cli.command_line import parse
from theresa_client.cli.footer import Footer
from theresa_client.cli.highlights import summary
from theresa_client.cli.level_line import LevelLine
from theresa_client.cli.listen import list_devices, listen
from theresa_client.cli.listen_options import ListenOptions
from theresa_client.cli.options import SessionOptions
from theresa_client.cli.outputs import JsonLines, Output, PlainLines, prefix
from theresa_client.cli.progress import Bar
from theresa_client.cli.replay import replay
from theresa_client.cli.replay_options import ReplayOptions
from theresa_client.cli.running import Outcome
from theresa_client.cli.terminal import Terminal
from theresa_client.errors import OutputError, Refused, ServerError, SourceError, SourceLost
from theresa_protocol.text import printable

EXIT_OK = 0
EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_REFUSED = 3
EXIT_ABORTED = 130

T = TypeVar("T")


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit status (``theresa COMMAND --help`` lists them)."""
    options = parse(arguments)
    if sys.stdout is None:
        _complain("", OutputError("Standard output is closed."))
        return EXIT_FAILED
    _use_utf8(sys.stdout)
    _use_utf8(sys.stderr)
    begun_s = time.monotonic()
    try:
        match options:
            case ListenOptions(list_devices=True):
                return _list(list_devices())
            case ListenOptions():
                outcomes = asyncio.run(listen(options, _output(options.session, LevelLine)))
            case ReplayOptions():
                outcomes = asyncio.run(replay(options, _output(options.session, Bar)))
    except SourceError as error:
        _complain("", error)
        return EXIT_USAGE
    except (KeyboardInterrupt, asyncio.CancelledError):
        _write(sys.stderr, "theresa: given up: what was not final yet is lost.")
        return EXIT_ABORTED
    return _conclude(options.session, outcomes, time.monotonic() - begun_s)


def _output(options: SessionOptions, footer: Callable[[Console, T], Footer]) -> Callable[[T], Output]:
    """What makes the output, once there is what its footer shows."""

    def show(state: T) -> Output:
        console = Console(highlight=False, markup=False)
        if not options.json and console.is_terminal and not console.is_dumb_terminal:
            return Terminal(console, footer(console, state))
        notices = Console(stderr=True, highlight=False, markup=False)
        animated = notices.is_terminal and not notices.is_dumb_terminal and not sys.stdout.isatty()
        below = footer(notices, state) if animated else None
        if options.json:
            return JsonLines(sys.stdout, sys.stderr, below)
        return PlainLines(sys.stdout, sys.stderr, below, partials=options.show_partials)

    return show


def _list(lines: Sequence[str]) -> int:
    with contextlib.suppress(BrokenPipeError):
        _write(sys.stdout, "\n".join(lines))
    _drop_unwritten(sys.stdout)
    return EXIT_OK


def _conclude(options: SessionOptions, outcomes: Sequence[Outcome], elapsed_s: float) -> int:
    """Say what went wrong, and how much went right. Returns the exit status: that of the first stream that failed."""
    failures = [(outcome.label, outcome.error) for outcome in outcomes if outcome.error is not None]
    for label, error in failures:
        if not isinstance(error, BrokenPipeError):  # whoever read our output is gone, as with `| head`
            _complain(label, error)
    _drop_unwritten(sys.stdout)
    if not options.json and sys.stderr.isatty():
        _summarise(outcomes, elapsed_s, entities=options.start.entities is not None)
    return _status(failures[0][1]) if failures else EXIT_OK


def _summarise(outcomes: Sequence[Outcome], elapsed_s: float, *, entities: bool) -> None:
    audio_s = sum(outcome.audio_ms for outcome in outcomes) / 1000
    segments = sum(outcome.segments for outcome in outcomes)
    _write(sys.stderr, f"{audio_s:.1f} s of audio in {elapsed_s:.1f} s: {segments} segment{'s' * (segments != 1)}.")
    found = [entity for outcome in outcomes for entity in outcome.entities]
    if found:
        Console(stderr=True, highlight=False, markup=False).print(summary(found))
    elif entities and segments:
        _write(sys.stderr, "No entities were found.")


def _drop_unwritten(stream: TextIO) -> None:
    """The interpreter's last flush must not fail on what could not be written before."""
    try:
        stream.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _status(error: Exception) -> int:
    match error:
        case SourceLost():
            return EXIT_FAILED
        case SourceError():
            return EXIT_USAGE
        case Refused() | ServerError(in_session=False):
            return EXIT_REFUSED
        case _:
            return EXIT_FAILED


def _complain(label: str, error: Exception) -> None:
    _write(sys.stderr, f"theresa: {prefix(label)}{printable(str(error))}")


def _write(stream: TextIO, line: str) -> None:
    stream.write(f"{line}\n")
    stream.flush()


def _use_utf8(stream: object) -> None:
    """Transcripts are Unicode: a pipe gets UTF-8 whatever the locale, a poor terminal gets question marks."""
    if isinstance(stream, io.TextIOWrapper):
        if stream.isatty():
            stream.reconfigure(errors="replace")
        else:
            stream.reconfigure(encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
