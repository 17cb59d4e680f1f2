"""One WebSocket as connections use it: whole frames in, text out, and no waiting for ever."""

import asyncio
import contextlib
from collections.abc import Awaitable

from starlette.websockets import WebSocket, WebSocketDisconnect

from theresa_protocol.errors import CloseCode

CLOSE_S = 5.0
"""How long a connection that is dismissed has to take its close."""


class Socket:
    """A WebSocket that was accepted. A peer that takes nothing for ``patience_s`` is taken for gone."""

    def __init__(self, websocket: WebSocket, patience_s: float) -> None:
        self._websocket = websocket
        self._patience_s = patience_s

    async def receive(self) -> str | bytes:
        """The next frame. Raises ``WebSocketDisconnect``."""
        frame = await self._websocket.receive()
        if frame["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(frame.get("code", CloseCode.INTERNAL))
        text = frame.get("text")
        return text if text is not None else frame.get("bytes") or b""

    async def send(self, text: str) -> None:
        """Send a frame; waits while the peer does not read. Raises ``WebSocketDisconnect``."""
        await self.within_limit(self._websocket.send_text(text))

    async def within_limit(self, waiting: Awaitable[object]) -> None:
        """Wait for something that depends on the peer. Raises ``WebSocketDisconnect`` when it takes too long."""
        try:
            async with asyncio.timeout(self._patience_s):
                await waiting
        except TimeoutError:
            raise WebSocketDisconnect(CloseCode.IDLE) from None  # it neither reads nor speaks, and its place is wanted

    async def close(self, code: CloseCode, reason: str = "") -> None:
        """Say goodbye."""
        await self._websocket.close(code, reason)

    async def dismiss(self, code: CloseCode, reason: str) -> None:
        """Close in the face of a peer that may not be there any more."""
        with contextlib.suppress(TimeoutError, RuntimeError, WebSocketDisconnect):
            async with asyncio.timeout(CLOSE_S):
                await self._websocket.close(code, reason)
