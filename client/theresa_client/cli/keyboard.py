"""Single key presses at a terminal, without Enter."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable, Iterator

with contextlib.suppress(ImportError):  # not available on Windows, where keys do nothing
    import termios
    import tty


@contextlib.contextmanager
def key_presses(handle: Callable[[str], None]) -> Iterator[bool]:
    """Call ``handle`` with each character typed inside the block. Yields whether keys are available.

    Standard input is in cbreak mode inside the block (no Enter, no echo; Ctrl-C and Ctrl-Z work). The previous mode is
    always restored.
    """
    descriptor = _terminal()
    if descriptor is None:
        yield False
        return
    loop = asyncio.get_running_loop()
    before = termios.tcgetattr(descriptor)

    def set_mode() -> None:
        tty.setcbreak(descriptor, termios.TCSANOW)

    def read() -> None:
        try:
            characters = os.read(descriptor, 1024)
        except OSError:
            characters = b""
        if not characters:  # the terminal was closed
            loop.remove_reader(descriptor)
        for character in characters.decode(errors="ignore"):
            handle(character)

    set_mode()
    try:
        loop.add_signal_handler(signal.SIGCONT, set_mode)  # the shell restored its own mode on Ctrl-Z
        loop.add_reader(descriptor, read)
        yield True
    finally:
        loop.remove_reader(descriptor)
        loop.remove_signal_handler(signal.SIGCONT)
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


def _terminal() -> int | None:
    """Return standard input if it is a terminal with this program in the foreground; changing it would stop us else."""
    if "termios" not in globals() or sys.stdin is None or not sys.stdin.isatty():
        return None
    descriptor = sys.stdin.fileno()
    return descriptor if os.tcgetpgrp(descriptor) == os.getpgrp() else None
