"""Helpers for futures, and for blocking calls outside the event loop."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def settle(future: asyncio.Future[T], outcome: T | Exception) -> None:
    """Set the result of a future, or its exception, unless the future is already done."""
    if future.done():
        return
    if isinstance(outcome, Exception):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)


async def off_loop(call: Callable[[], T]) -> T:
    """Run a blocking call on a thread and return its result.

    Unlike ``asyncio.to_thread``, a cancelled caller still waits until the call has finished, so that it can safely
    release what the call uses.
    """
    thread = asyncio.ensure_future(asyncio.to_thread(call))
    cancelled: asyncio.CancelledError | None = None
    while not thread.done():
        try:
            await asyncio.wait([thread])
        except asyncio.CancelledError as cancellation:
            cancelled = cancellation
    error = thread.exception()
    if cancelled is not None:
        raise cancelled
    if error is not None:
        raise error
    return thread.result()
