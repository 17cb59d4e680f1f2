"""Long work for one request, which nobody does any longer when the client hangs up."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from starlette.requests import ClientDisconnect
from starlette.types import Receive

T = TypeVar("T")


class Stopped(Exception):
    """The server ends before the work is done."""


class Errand:
    """The work. It can be counted in as what a server waits for before it stops, and is given up then."""

    def __init__(self) -> None:
        self._working: asyncio.Future[Any] | None = None
        self._given_up = False

    async def run(self, receive: Receive, work: Coroutine[Any, Any, T]) -> T:
        """What the work gives. ``receive`` is that of a request whose body has been read.

        Raises ``ClientDisconnect`` when the client hangs up, ``Stopped``, and what the work raises.
        """
        if self._given_up:
            work.close()
            raise Stopped
        self._working = working = asyncio.ensure_future(work)
        leaving = asyncio.ensure_future(receive())
        try:
            await asyncio.wait((working, leaving), return_when=asyncio.FIRST_COMPLETED)
            if not working.done():
                raise ClientDisconnect
            if self._given_up and working.cancelled():
                raise Stopped
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
