"""The worker process: ``python -m theresa_server.entities.hanlp.worker DIRECTORY``.

It reads requests from standard input, writes responses to standard output, and exits when its input closes, so that it
never outlives the server.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO

from theresa_server.entities.hanlp.model import HanlpRecogniser
from theresa_server.entities.hanlp.wire import (
    LENGTH_BYTES,
    AnnotateResponse,
    WorkerFailed,
    WorkerMessage,
    WorkerReady,
    decode_request,
    encode_message,
    message_length,
)
from theresa_server.entities.ports import Annotation, EntityError, EntityRecogniser
from theresa_server.speech.recognition import ModelError

PR_SET_PDEATHSIG = 1
"""From ``linux/prctl.h``."""

NICENESS = 5
"""Transcription takes precedence if there are few cores."""


def main(arguments: Sequence[str]) -> int:
    """Serve the model in a directory until the input closes. Returns the exit status."""
    return serve(lambda: HanlpRecogniser.load(Path(arguments[0])))


def serve(load: Callable[[], EntityRecogniser]) -> int:
    """Load a recogniser and serve requests on standard input and output. Returns the exit status."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the server handles Ctrl-C and then closes the pipe
    _die_with_parent()
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    source, sink = _take_over_streams()
    try:
        recogniser = load()
        recogniser.annotate(["Alice 住在 London。"])  # triggers lazy initialization
    except (ModelError, EntityError) as error:
        _send(sink, WorkerFailed(str(error)))
        return 1
    _send(sink, WorkerReady(recogniser.info))
    while prefix := source.read(LENGTH_BYTES):
        request = decode_request(source.read(message_length(prefix)))
        outcomes = annotate_each(recogniser, request.texts, relations=request.relations)
        _send(sink, AnnotateResponse(tuple(outcomes)))
    return 0


def annotate_each(recogniser: EntityRecogniser, texts: Sequence[str], *, relations: bool) -> list[Annotation | str]:
    """Return an annotation or an error message for each text.

    If a batch fails, each text is annotated separately, so that only the text at fault fails.
    """
    try:
        return list(recogniser.annotate(texts, relations=relations))
    except EntityError as error:
        if len(texts) == 1:
            return [str(error)]
        return [outcome for text in texts for outcome in annotate_each(recogniser, [text], relations=relations)]


def _die_with_parent() -> None:
    """Have the kernel kill this process with the server, even if it hangs and never reads its input."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _take_over_streams() -> tuple[BinaryIO, BinaryIO]:
    """Return the pipes to the server. Whatever libraries print goes to standard error from now on."""
    source, sink = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return source, sink


def _send(sink: BinaryIO, message: WorkerMessage) -> None:
    try:
        sink.write(encode_message(message))
        sink.flush()
    except BrokenPipeError:
        os._exit(0)  # the server has exited


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
