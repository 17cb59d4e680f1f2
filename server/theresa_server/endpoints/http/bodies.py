"""The body of a request, no longer than is allowed, from a client that goes on sending."""

import asyncio
from collections.abc import AsyncGenerator

from starlette.requests import Request

LEAST_RATE = 8_000
"""Bytes a second that a client has to send in the long run: any mobile connection manages more."""


class BodyTooLong(Exception):
    """The body is longer than is allowed."""


class BodyLate(Exception):
    """The client has stopped sending, or sends too slowly; the message is one clear sentence."""


async def pieces(request: Request, max_bytes: int, patience_s: float) -> AsyncGenerator[bytes, None]:
    """The body as it comes. ``patience_s`` is how long a client may send too little.

    To wait for it uses its patience up, and every byte restores some: a client that trickles runs out of it, however
    much it had sent before. (Apache's mod_reqtimeout has a least rate, too; there, what came early is saved up.)

    Raises ``BodyTooLong``, ``BodyLate`` and ``ClientDisconnect``.
    """
    clock = asyncio.get_running_loop().time
    received, left_s = 0, patience_s
    body = request.stream()
    while True:
        since_s = clock()
        try:
            async with asyncio.timeout(left_s):
                chunk = await anext(body, None)
        except TimeoutError:
            raise BodyLate(f"Too little came for too long: send at least {LEAST_RATE // 1000} kB a second.") from None
        if chunk is None:
            return
        received += len(chunk)
        left_s = min(patience_s, left_s - (clock() - since_s) + len(chunk) / LEAST_RATE)
        if received > max_bytes:
            raise BodyTooLong
        yield chunk
