"""Blocking calls beside the event loop."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


async def off_loop(call: Callable[[], T]) -> T:
    """What a call returns that was made on a thread. Unlike ``asyncio.to_thread`` it ends only when the call has.

    So whoever is cancelled can take away what the call works on.
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
