"""Request bodies with limits on their size and on the time that clients take to send them."""

import asyncio
from collections.abc import AsyncGenerator

from starlette.requests import Request

MIN_RATE_BYTES_PER_S = 8_000
"""Minimum upload rate in the long run. Any mobile connection is faster."""


class BodyTooLong(Exception):
    """The body exceeds the size limit."""


class BodyTooSlow(Exception):
    """The client stalls, or sends below the minimum rate. The message is fit for an error response."""


async def body_chunks(request: Request, max_bytes: int, max_stall_s: float) -> AsyncGenerator[bytes, None]:
    """Yield the body in chunks as they arrive.

    A stall budget enforces the minimum rate: waiting spends it, and every received byte restores some of it, up to its
    initial size. A client that trickles runs out of budget however much it has sent before. (Apache's mod_reqtimeout
    also has a minimum rate, but lets early data earn unlimited credit.)

    Args:
        request: The request.
        max_bytes: Size limit of the body.
        max_stall_s: Size of the stall budget: how long a client may send nothing.

    Raises:
        BodyTooLong: when the body exceeds ``max_bytes``.
        BodyTooSlow: when the stall budget is spent.
        ClientDisconnect: when the client disconnects.
    """
    clock = asyncio.get_running_loop().time
    received, budget_s = 0, max_stall_s
    body = request.stream()
    while True:
        waiting_since_s = clock()
        try:
            async with asyncio.timeout(budget_s):
                chunk = await anext(body, None)
        except TimeoutError:
            raise BodyTooSlow(f"Upload too slow: at least {MIN_RATE_BYTES_PER_S // 1000} kB/s is required.") from None
        if chunk is None:
            return
        received += len(chunk)
        waited_s = clock() - waiting_since_s
        budget_s = min(max_stall_s, budget_s - waited_s + len(chunk) / MIN_RATE_BYTES_PER_S)
        if received > max_bytes:
            raise BodyTooLong
        yield chunk
