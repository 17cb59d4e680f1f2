"""Ctrl-C: the first one stops the audio, the second one aborts."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager

from theresa_client.cli.display.output import Output


@contextmanager
def stop_on_interrupt(output: Output) -> Iterator[asyncio.Event]:
    """Yield an event that the first SIGINT or SIGTERM sets; the second one cancels the task of the block."""
    loop, stop, task = asyncio.get_running_loop(), asyncio.Event(), asyncio.current_task()

    def interrupt() -> None:
        if stop.is_set() and task is not None:
            task.cancel()
            return
        stop.set()
        output.show_notice("", "Stopping: waiting for the last finals. Press Ctrl-C again to quit at once.")

    signals = (signal.SIGINT, signal.SIGTERM)
    for number in signals:
        loop.add_signal_handler(number, interrupt)
    try:
        yield stop
    finally:
        for number in signals:
            loop.remove_signal_handler(number)
