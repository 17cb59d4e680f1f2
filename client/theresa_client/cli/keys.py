"""Keys that act at once, at a terminal."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable, Iterator

with contextlib.suppress(ImportError):  # Windows has no such terminals: there are no keys
    import termios
    import tty


@contextlib.contextmanager
def keys(pressed: Callable[[str], None]) -> Iterator[bool]:
    """Call ``pressed`` with each character while the block lasts; yields whether there are keys at all.

    Standard input is put into cbreak mode (no Enter, no echo; Ctrl-C and Ctrl-Z work) and back into the mode it had,
    however the block ends.
    """
    descriptor = _terminal()
    if descriptor is None:
        yield False
        return
    loop = asyncio.get_running_loop()
    before = termios.tcgetattr(descriptor)

    def begin() -> None:
        tty.setcbreak(descriptor, termios.TCSANOW)

    def read() -> None:
        try:
            characters = os.read(descriptor, 1024)
        except OSError:
            characters = b""
        if not characters:  # the terminal is gone
            loop.remove_reader(descriptor)
        for character in characters.decode(errors="ignore"):
            pressed(character)

    begin()
    try:
        loop.add_signal_handler(signal.SIGCONT, begin)  # the shell has taken its own mode meanwhile
        loop.add_reader(descriptor, read)
        yield True
    finally:
        loop.remove_reader(descriptor)
        loop.remove_signal_handler(signal.SIGCONT)
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


def _terminal() -> int | None:
    """Standard input where it is a terminal and this program is in its foreground: else changing it would stop us."""
    if "termios" not in globals() or sys.stdin is None or not sys.stdin.isatty():
        return None
    descriptor = sys.stdin.fileno()
    return descriptor if os.tcgetpgrp(descriptor) == os.getpgrp() else None
