"""Pings that an endpoint can send itself, to find out whether a silent peer is still there."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame
from websockets.http11 import Request
from websockets.protocol import State

PING = "theresa.ping"
"""Key of the function in the scope of a WebSocket that sends a ping and waits for its pong."""

Ping = Callable[[], Awaitable[None]]


class PingingProtocol(WebSocketsSansIOProtocol):
    """uvicorn's WebSocket protocol, whose keepalive does not tell the application what is answered."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._pongs: dict[bytes, asyncio.Future[None]] = {}

    def handle_connect(self, event: Request) -> None:
        """Offer pings to the application, which starts after this."""
        super().handle_connect(event)
        scope: dict[str, Any] = getattr(self, "scope", {})
        scope[PING] = self._ping

    def handle_pong(self, event: Frame) -> None:
        """Resolve the ping that a pong answers. The pongs of uvicorn's own pings are none of them."""
        pong = self._pongs.get(bytes(event.data))
        if pong is not None and not pong.done():
            pong.set_result(None)
        super().handle_pong(event)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wake up whoever waits for a pong, to receive the disconnect."""
        super().connection_lost(exc)
        for pong in self._pongs.values():
            if not pong.done():
                pong.set_result(None)

    async def _ping(self) -> None:
        payload = secrets.token_bytes(8)
        pong = self._pongs[payload] = self.loop.create_future()
        try:
            if self.conn.state is State.OPEN:
                self.conn.send_ping(payload)
                self.transport.write(b"".join(self.conn.data_to_send()))
            await pong
        finally:
            del self._pongs[payload]
