"""Requests whose processing is cancelled when the client disconnects or the server shuts down."""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from starlette.requests import ClientDisconnect
from starlette.types import Receive

from theresa_protocol.errors import ErrorCode
from theresa_server.endpoints.http.errors import RequestRefused
from theresa_server.serving.admission import RETRY_AFTER_S, SHUTTING_DOWN, Refusal
from theresa_server.serving.service import Service

T = TypeVar("T")

_CANCELLED = Refusal(503, ErrorCode.GOING_AWAY, SHUTTING_DOWN, RETRY_AFTER_S)


class CancellableRequest:
    """A request, as the registry of open sessions drains it."""

    def __init__(self) -> None:
        self._processing: asyncio.Future[Any] | None = None
        self._receiving: asyncio.Timeout | None = None
        self._abandoned = False

    async def receive(self, body: Coroutine[Any, Any, T]) -> T:
        """Return the body of the request, unless the request is cancelled first.

        Raises:
            RequestRefused: when the server shuts down first.
        """
        if self._abandoned:
            body.close()
            raise RequestRefused(_CANCELLED)
        try:
            async with asyncio.timeout(None) as self._receiving:
                return await body
        except TimeoutError:
            if not self._abandoned:
                raise
            raise RequestRefused(_CANCELLED) from None
        finally:
            self._receiving = None

    async def run(self, receive: Receive, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine and return its result, unless the request is cancelled first.

        Args:
            receive: The ASGI channel of the request, whose body must have been read.
            work: The coroutine that processes the request.

        Raises:
            ClientDisconnect: when the client disconnects.
            RequestRefused: when the server shuts down first.
        """
        if self._abandoned:
            work.close()
            raise RequestRefused(_CANCELLED)
        self._processing = processing = asyncio.ensure_future(work)
        disconnect = asyncio.ensure_future(receive())
        try:
            await asyncio.wait((processing, disconnect), return_when=asyncio.FIRST_COMPLETED)
            if not processing.done():
                raise ClientDisconnect
            if self._abandoned and processing.cancelled():
                raise RequestRefused(_CANCELLED)
            return processing.result()
        finally:
            for task in (processing, disconnect):
                task.cancel()
            await asyncio.wait((processing, disconnect))

    def warn(self, deadline_ms: int) -> None:
        """Do nothing: HTTP has no way to announce a shutdown in the middle of a request."""

    async def stop(self) -> None:
        """Cancel the request."""
        self.abandon()

    def abandon(self) -> None:
        """Cancel the request."""
        self._abandoned = True
        if self._receiving is not None:
            self._receiving.reschedule(0)
        if self._processing is not None:
            self._processing.cancel()


@contextmanager
def cancellable_request(service: Service) -> Iterator[CancellableRequest]:
    """Register a request for the duration of the context, so that the server drains it before it shuts down."""
    request = CancellableRequest()
    service.sessions.add(request, service.models.default.name, live=False)
    try:
        yield request
    finally:
        service.sessions.remove(request)
