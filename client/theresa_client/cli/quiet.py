"""Audio libraries write what they think onto descriptor 2, across whatever stands on the screen."""

import contextlib
import os
import sys
from collections.abc import Iterator


@contextlib.contextmanager
def quiet_libraries() -> Iterator[None]:
    """Let nobody but Python write to standard error while the block lasts.

    ALSA and PortAudio print from threads of their own, at any time; what matters of it comes back as error codes.
    """
    stderr = sys.stderr
    try:
        writes_there = stderr.fileno() == 2
        screen = os.dup(2)
    except (AttributeError, OSError):  # closed, or replaced by something that is no file
        yield
        return
    with os.fdopen(screen, "w", buffering=1, encoding=stderr.encoding, errors=stderr.errors) as ours:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 2)
        os.close(nowhere)
        if writes_there:
            sys.stderr = ours
        try:
            yield
        finally:
            sys.stderr = stderr
            os.dup2(screen, 2)
