"""What a command reports at its end: errors, a summary, and the exit status."""

import os
import sys
from collections.abc import Sequence
from enum import IntEnum
from typing import TextIO

from rich.console import Console

from theresa_client.cli.arguments.session import SessionOptions
from theresa_client.cli.display.entity_text import entity_summary
from theresa_client.cli.display.formatting import prefix
from theresa_client.cli.streaming import StreamResult
from theresa_client.errors import Refused, ServerError, SourceError, SourceLost
from theresa_protocol.text import printable


class ExitStatus(IntEnum):
    """Exit statuses of ``theresa``; the help of each command explains them."""

    OK = 0
    FAILED = 1
    USAGE = 2
    REFUSED = 3
    INTERRUPTED = 130


def report(options: SessionOptions, results: Sequence[StreamResult], elapsed_s: float) -> ExitStatus:
    """Print errors and a summary. Returns the exit status: that of the first stream that failed."""
    failures = [(result.label, result.error) for result in results if result.error is not None]
    for label, error in failures:
        if not isinstance(error, BrokenPipeError):  # the reader of the pipe has exited, as in `| head`
            print_error(error, label)
    discard_unwritten(sys.stdout)
    if not options.json and sys.stderr.isatty():
        _print_summary(results, elapsed_s, entities=options.start.entities is not None)
    return _status(failures[0][1]) if failures else ExitStatus.OK


def print_error(error: Exception, label: str = "") -> None:
    """Print an error as one line on standard error."""
    write_line(sys.stderr, f"theresa: {prefix(label)}{printable(str(error))}")


def write_line(stream: TextIO, line: str) -> None:
    """Write a line and flush it."""
    stream.write(f"{line}\n")
    stream.flush()


def discard_unwritten(stream: TextIO) -> None:
    """Keep the interpreter's last flush from failing on output that could not be written before."""
    try:
        stream.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _print_summary(results: Sequence[StreamResult], elapsed_s: float, *, entities: bool) -> None:
    audio_s = sum(result.audio_ms for result in results) / 1000
    segments = sum(result.segments for result in results)
    count = f"{segments} segment{'s' * (segments != 1)}"
    write_line(sys.stderr, f"{count} from {audio_s:.1f} s of audio in {elapsed_s:.1f} s.")
    found = [entity for result in results for entity in result.entities or ()]
    if found:
        Console(stderr=True, highlight=False, markup=False).print(entity_summary(found))
    elif entities and segments and any(result.entities is not None for result in results):
        write_line(sys.stderr, "No entities were found.")


def _status(error: Exception) -> ExitStatus:
    match error:
        case SourceLost():
            return ExitStatus.FAILED
        case SourceError():
            return ExitStatus.USAGE
        case Refused() | ServerError(in_session=False):
            return ExitStatus.REFUSED
        case _:
            return ExitStatus.FAILED
