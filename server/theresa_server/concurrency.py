"""Helpers for futures, and for blocking calls beside the event loop."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def settle(future: asyncio.Future[T], outcome: T | Exception) -> None:
    """Set the result of a future, or its exception. A future that is done already is left alone."""
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
    calling = asyncio.ensure_future(asyncio.to_thread(call))
    cancelled: asyncio.CancelledError | None = None
    while not calling.done():
        try:
            await asyncio.wait([calling])
        except asyncio.CancelledError as error:
            cancelled = error
    failed = calling.exception()
    if cancelled is not None:
        raise cancelled
    if failed is not None:
        raise failed
    return calling.result()
