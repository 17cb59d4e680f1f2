"""Keeps audio libraries from writing to file descriptor 2, over the text on the screen."""

import contextlib
import os
import sys
from collections.abc import Iterator


@contextlib.contextmanager
def suppress_native_stderr() -> Iterator[None]:
    """Discard what native code writes to standard error inside the block; Python still writes to it.

    ALSA and PortAudio print from threads of their own, at any time. Their relevant errors are also returned as codes.
    """
    stderr = sys.stderr
    try:
        is_native = stderr.fileno() == 2
        screen = os.dup(2)
    except (AttributeError, OSError):  # closed, or replaced by an object that is not a file
        yield
        return
    with os.fdopen(screen, "w", buffering=1, encoding=stderr.encoding, errors=stderr.errors) as python_stderr:
        devnull = os.open(os.devnull, os.O_WRONLY)
        os.dup2(devnull, 2)
        os.close(devnull)
        if is_native:
            sys.stderr = python_stderr
        try:
            yield
        finally:
            sys.stderr = stderr
            os.dup2(screen, 2)
