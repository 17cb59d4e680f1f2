"""Connecting again and again: ``async with connect_resuming(url) as stream``."""

import asyncio
import random
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

from theresa_client.connection import connect
from theresa_client.errors import ConnectionLost, Refused, TheresaError
from theresa_client.handshake import address, checked
from theresa_client.recovery import Recovery, can_resume, can_try_again
from theresa_client.resuming import ResumingStream
from theresa_client.stream import Stream
from theresa_protocol.messages import Start


def _silent(_: object) -> None:
    """Say nothing."""


@dataclass(frozen=True)
class Reconnect:
    """How a session comes back: for ``limit_s`` after a cut, after waits that double from ``first_s`` to ``most_s``.

    Each wait is drawn at random from 0 to its length ("full jitter", Brooker, "Exponential Backoff And Jitter", 2015),
    so that the clients of a server that was started anew do not all come at once. ``tell`` takes a sentence when the
    connection is lost, and one when it is back; ``watch`` takes whether it is there.
    """

    limit_s: float = 60.0
    first_s: float = 0.25
    most_s: float = 5.0
    tell: Callable[[str], None] = _silent
    watch: Callable[[bool], None] = _silent

    def wait_s(self, attempt: int, draw: Callable[[], float] = random.random) -> float:
        """How long to wait before an attempt, the first of which is 0."""
        return draw() * min(self.most_s, self.first_s * 2.0 ** min(attempt, 30))


@asynccontextmanager
async def connect_resuming(
    url: str,
    start: Start | None = None,
    *,
    reconnect: Reconnect | None = None,
    api_key: str | None = None,
    open_timeout_s: float = 10.0,
    ssl_context: ssl.SSLContext | None = None,
) -> AsyncIterator[ResumingStream]:
    """Open a session as ``connect`` does, and open it again whenever its connection breaks.

    Raises what ``connect`` raises where the session cannot be opened at all. Later, where it could not come back within
    ``reconnect.limit_s``, or where trying again makes no sense, what has ended it is raised by the stream.
    """
    begin = await asyncio.to_thread(checked, start or Start())  # once: the package's version is read from a file
    recovery = Recovery(begin)
    stream = ResumingStream(recovery)

    def open_again() -> AbstractAsyncContextManager[Stream]:
        place = address(url, session=recovery.session_id)
        return connect(place, recovery.start(), api_key=api_key, open_timeout_s=open_timeout_s, ssl_context=ssl_context)

    keeping = asyncio.create_task(_keep(stream, open_again, reconnect or Reconnect()), name="theresa session")
    try:
        await stream.opened()
        yield stream
        await stream.leave()
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)


async def _keep(
    stream: ResumingStream, open_: Callable[[], AbstractAsyncContextManager[Stream]], policy: Reconnect
) -> None:
    """Serve the stream over one connection after the other, until the goodbye or until there is no hope."""
    clock = asyncio.get_running_loop().time
    lost: TheresaError | None = None
    lost_at, settled, attempt = clock(), -1, 0
    while True:
        began = clock()
        try:
            async with open_() as connection:
                if lost is not None:
                    policy.watch(True)
                    policy.tell("The connection is back: going on.")
                lost = None
                await stream.serve(connection)
            return await stream.end(None)
        except TheresaError as error:
            stream.lose()
            again = can_try_again if lost is not None else can_resume
            if not stream.begun or not again(error):
                return await stream.end(error)
            if lost is None and stream.committed > settled:  # a cut after which nothing was settled is the same cut
                lost_at, settled = clock(), stream.committed
            attempt = 0 if clock() - began > policy.most_s else attempt
            wait_s = max(policy.wait_s(attempt), _asked_to_wait_s(error))
            attempt += 1
            if clock() + wait_s - lost_at > policy.limit_s:
                return await stream.end(stream.give_up(lost or error))
            if lost is None:
                lost = error
                policy.watch(False)
                policy.tell(f"{_cause(error)}: connecting again.")
        await asyncio.sleep(wait_s)


def _cause(error: TheresaError) -> str:
    if isinstance(error, ConnectionLost):
        return f"The connection to the server was lost (close code {error.close_code}, {error.reason})"
    return str(error).rstrip(".")


def _asked_to_wait_s(error: TheresaError) -> float:
    return (error.retry_after_s or 0.0) if isinstance(error, Refused) else 0.0
