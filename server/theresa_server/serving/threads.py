"""Blocking calls that must not keep the process alive."""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import TypeVar

from theresa_server.concurrency import settle

T = TypeVar("T")

CANCEL_GRACE_S = 5.0
"""How long a cancelled caller waits for the call to return."""


async def on_daemon_thread(call: Callable[[], T]) -> T:
    """Run a slow blocking call on a daemon thread and return its result.

    Unlike a thread of ``asyncio.to_thread``, a daemon thread does not keep the process alive until the call returns. A
    cancelled caller still waits for up to ``CANCEL_GRACE_S``, because a process that exits while a model is being
    constructed is aborted.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def work() -> None:
        outcome: T | Exception
        try:
            outcome = call()
        except Exception as error:
            outcome = error
        with contextlib.suppress(RuntimeError):  # the loop is closed by now
            loop.call_soon_threadsafe(settle, future, outcome)

    threading.Thread(target=work, name="load", daemon=True).start()
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        done, _ = await asyncio.wait([future], timeout=CANCEL_GRACE_S)
        for finished in done:
            finished.exception()  # retrieve it, so that asyncio does not log it as lost
        raise
