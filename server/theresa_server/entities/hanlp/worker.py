"""The worker process: ``python -m theresa_server.entities.hanlp.worker DIRECTORY``.

It reads questions, writes answers, and ends with its input, so that it never outlives its server.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO

from theresa_server.entities.hanlp import wire
from theresa_server.entities.hanlp.model import HanlpRecogniser
from theresa_server.entities.ports import Annotation, EntityError, Recogniser
from theresa_server.speech.recognition import ModelError

PR_SET_PDEATHSIG = 1
"""From ``linux/prctl.h``."""

NICENESS = 5
"""Where cores are short, transcripts come first."""


def main(arguments: Sequence[str]) -> int:
    """Serve the model in a directory until the input ends."""
    return serve(lambda: HanlpRecogniser.load(Path(arguments[0])))


def serve(load: Callable[[], Recogniser]) -> int:
    """Load a recogniser and answer questions on standard input and output. Returns the exit status."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which then closes the pipe
    _die_with_parent()
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    source, sink = _take_over_streams()
    try:
        recogniser = load()
        recogniser.annotate(["Alice 住在 London。"])  # what is set up lazily is set up now
    except (ModelError, EntityError) as error:
        _write(sink, wire.Failed(str(error)))
        return 1
    _write(sink, wire.Hello(recogniser.info))
    while head := source.read(wire.LENGTH_BYTES):
        ask = wire.from_server(source.read(wire.length(head)))
        _write(sink, wire.Told(tuple(answers(recogniser, ask.texts, relations=ask.relations))))
    return 0


def answers(recogniser: Recogniser, texts: Sequence[str], *, relations: bool) -> list[Annotation | str]:
    """An outcome for each text; one that breaks its batch is found and fails alone."""
    try:
        return list(recogniser.annotate(texts, relations=relations))
    except EntityError as error:
        if len(texts) == 1:
            return [str(error)]
        return [outcome for text in texts for outcome in answers(recogniser, [text], relations=relations)]


def _die_with_parent() -> None:
    """Have the kernel end this process when the server is killed, even where it hangs and never reads its input."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _take_over_streams() -> tuple[BinaryIO, BinaryIO]:
    """The pipes to the server; what libraries print goes to standard error from now on."""
    source, sink = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return source, sink


def _write(sink: BinaryIO, message: wire.Hello | wire.Failed | wire.Told) -> None:
    try:
        sink.write(wire.frame(message))
        sink.flush()
    except BrokenPipeError:
        os._exit(0)  # the server is gone


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
