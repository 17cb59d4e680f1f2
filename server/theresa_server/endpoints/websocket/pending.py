"""A connection before it has a seat: its client has yet to begin."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from theresa_protocol.errors import ErrorCode, RemoteProtocolError
from theresa_server.sessions.resumable import GOING_AWAY

T = TypeVar("T")


class PendingConnection:
    """What every connection is at first: nothing was said, so that a server which stops has nothing to finish.

    Its client may say nothing for ``idle_s``.
    """

    def __init__(self, idle_s: float) -> None:
        self._idle_s = idle_s
        self._opening: asyncio.Timeout | None = None
        self._stopped = False

    def warn(self, deadline_ms: int) -> None:
        """Until the deadline the client may begin: then the seat is told."""

    async def stop(self) -> None:
        """Wait no longer for the client to begin."""
        self.abandon()

    def abandon(self) -> None:
        """Wait no longer for the client to begin."""
        self._stopped = True
        if self._opening is not None:
            self._opening.reschedule(0)

    async def _wait_for(self, receive: Callable[[], Awaitable[T]]) -> T:
        """What the client says. Raises ``RemoteProtocolError`` where that is waited for no longer."""
        if self._stopped:
            raise GOING_AWAY
        try:
            async with asyncio.timeout(self._idle_s) as self._opening:
                return await receive()
        except TimeoutError:
            raise (GOING_AWAY if self._stopped else self._idle()) from None
        finally:
            self._opening = None

    def _idle(self) -> RemoteProtocolError:
        return RemoteProtocolError(ErrorCode.IDLE, f"Nothing was received for {self._idle_s:.0f} s.")
