"""Long work for one request, which nobody does any longer when the client hangs up."""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from starlette.requests import ClientDisconnect
from starlette.types import Receive

from theresa_protocol.errors import ErrorCode
from theresa_server.endpoints.http.errors import Rejected
from theresa_server.serving.admission import RETRY_AFTER_S, Refused
from theresa_server.serving.service import Service

T = TypeVar("T")

STOPPED = Refused(503, ErrorCode.GOING_AWAY, "The server is about to stop.", RETRY_AFTER_S)
"""What becomes of work that is given up."""


class CancellableRequest:
    """The work, as the drain sees it."""

    def __init__(self) -> None:
        self._working: asyncio.Future[Any] | None = None
        self._given_up = False

    async def run(self, receive: Receive, work: Coroutine[Any, Any, T]) -> T:
        """What the work gives. ``receive`` is that of a request whose body has been read.

        Raises ``ClientDisconnect`` when the client hangs up, ``Rejected`` when there is no time left before the server
        stops, and what the work raises.
        """
        if self._given_up:
            work.close()
            raise Rejected(STOPPED)
        self._working = working = asyncio.ensure_future(work)
        leaving = asyncio.ensure_future(receive())
        try:
            await asyncio.wait((working, leaving), return_when=asyncio.FIRST_COMPLETED)
            if not working.done():
                raise ClientDisconnect
            if self._given_up and working.cancelled():
                raise Rejected(STOPPED)
            return working.result()
        finally:
            for task in (working, leaving):
                task.cancel()
            await asyncio.wait((working, leaving))

    def warn(self, deadline_ms: int) -> None:
        """The server will stop: there is no way to tell the client."""

    async def stop(self) -> None:
        """Give up: the server stops."""
        self.abandon()

    def abandon(self) -> None:
        """Give up at once."""
        self._given_up = True
        if self._working is not None:
            self._working.cancel()


@contextmanager
def cancellable_request(service: Service) -> Iterator[CancellableRequest]:
    """Work that the server waits for before it stops, and gives up when there is no more time."""
    work = CancellableRequest()
    service.enter(work, live=False)
    try:
        yield work
    finally:
        service.leave(work)
