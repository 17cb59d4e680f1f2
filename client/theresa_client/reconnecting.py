"""Keeps a session open across connections: ``async with connect_resuming(url) as stream``."""

import asyncio
import random
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

from theresa_client.connection import connect
from theresa_client.errors import ConnectionLost, Refused, TheresaError
from theresa_client.handshake import validated_start, with_query
from theresa_client.resume_state import ResumeState, can_resume, can_retry
from theresa_client.resuming import ResumingStream
from theresa_client.stream import Stream
from theresa_protocol.messages import Start


def _ignore(_: object) -> None:
    """Do nothing."""


@dataclass(frozen=True)
class Reconnect:
    """How to reconnect after a connection is lost: with exponential backoff, for a limited time.

    Each wait is random between 0 and its maximum ("full jitter", Brooker, "Exponential Backoff And Jitter", 2015), so
    that the clients of a restarted server do not all return at once.
    """

    limit_s: float = 60.0
    """How long to try after a connection was lost."""
    first_s: float = 0.25
    """Maximum of the first wait; it doubles with each attempt."""
    most_s: float = 5.0
    """Maximum of all waits."""
    notify: Callable[[str], None] = _ignore
    """Called with a sentence for the user when the connection is lost, and when it is restored."""
    on_connection_change: Callable[[bool], None] = _ignore
    """Called with false when the connection is lost, and with true when it is restored."""

    def wait_s(self, attempt: int, draw: Callable[[], float] = random.random) -> float:
        """Return how long to wait before an attempt; attempts count from 0."""
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
    """Open a session like ``connect``, and resume it whenever its connection is lost.

    If the session cannot be opened at all, this raises what ``connect`` raises. If it cannot be resumed within
    ``reconnect.limit_s``, or must not be, the stream raises the error that ended it.
    """
    first_start = await asyncio.to_thread(validated_start, start or Start())  # reads the package's version from a file
    state = ResumeState(first_start)
    stream = ResumingStream(state)

    def open_connection() -> AbstractAsyncContextManager[Stream]:
        return connect(
            with_query(url, session=state.session_id),
            state.next_start(),
            api_key=api_key,
            open_timeout_s=open_timeout_s,
            ssl_context=ssl_context,
        )

    running = asyncio.create_task(_run(stream, open_connection, reconnect or Reconnect()), name="theresa session")
    try:
        await stream.wait_until_open()
        yield stream
        await stream.close_connection()
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def _run(
    stream: ResumingStream, open_connection: Callable[[], AbstractAsyncContextManager[Stream]], policy: Reconnect
) -> None:
    """Run the stream over one connection after another, until the session ends or cannot be resumed."""
    clock = asyncio.get_running_loop().time
    lost: TheresaError | None = None
    lost_at, committed, attempt = clock(), -1, 0
    while True:
        began = clock()
        try:
            async with open_connection() as connection:
                if lost is not None:
                    policy.on_connection_change(True)
                    policy.notify("Reconnected; the session continues.")
                lost = None
                await stream.run_connection(connection)
            return await stream.end_session(None)
        except TheresaError as error:
            stream.drop_connection()
            may_continue = can_retry if lost is not None else can_resume
            if not stream.was_opened or not may_continue(error):
                return await stream.end_session(error)
            if lost is None and stream.committed > committed:  # without progress, the time limit keeps running
                lost_at, committed = clock(), stream.committed
            attempt = 0 if clock() - began > policy.most_s else attempt
            wait_s = max(policy.wait_s(attempt), _retry_after_s(error))
            attempt += 1
            if clock() + wait_s - lost_at > policy.limit_s:
                return await stream.end_session(stream.with_totals(lost or error))
            if lost is None:
                lost = error
                policy.on_connection_change(False)
                policy.notify(f"{_cause(error)}; reconnecting.")
        await asyncio.sleep(wait_s)


def _cause(error: TheresaError) -> str:
    if isinstance(error, ConnectionLost):
        return f"The connection to the server was lost (close code {error.close_code}, {error.reason})"
    return str(error).rstrip(".")


def _retry_after_s(error: TheresaError) -> float:
    return (error.retry_after_s or 0.0) if isinstance(error, Refused) else 0.0
