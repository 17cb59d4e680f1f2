"""The body of a request, no longer than is allowed, from a client that goes on sending."""

import asyncio
from collections.abc import AsyncGenerator

from starlette.requests import Request


class BodyTooLong(Exception):
    """The body is longer than is allowed."""


class BodyLate(Exception):
    """The client has stopped sending; the message is one clear sentence."""


async def pieces(request: Request, max_bytes: int, patience_s: float) -> AsyncGenerator[bytes, None]:
    """The body as it comes. ``patience_s`` is how long a client may send nothing.

    Raises ``BodyTooLong``, ``BodyLate`` and ``ClientDisconnect``.
    """
    received = 0
    body = request.stream()
    while True:
        try:
            async with asyncio.timeout(patience_s):
                chunk = await anext(body, None)
        except TimeoutError:
            raise BodyLate(f"Nothing came for {patience_s:.0f} s.") from None
        if chunk is None:
            return
        received += len(chunk)
        if received > max_bytes:
            raise BodyTooLong
        yield chunk
