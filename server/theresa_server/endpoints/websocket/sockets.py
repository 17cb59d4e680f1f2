"""One WebSocket as connections use it: whole frames in, text out, and no waiting for ever."""

import asyncio
import contextlib
from collections.abc import Awaitable

from starlette.websockets import WebSocket, WebSocketDisconnect

from theresa_protocol.errors import CloseCode

LONGEST_FRAME_BYTES = 1024 * 1024
"""What the WebSocket layer takes on any endpoint. Each endpoint may allow less."""

CLOSE_S = 5.0
"""How long a connection that is dismissed has to take its close."""


class Socket:
    """A WebSocket that was accepted. A peer that takes nothing for ``patience_s`` is taken for gone.

    One that sends a frame of more than ``max_frame_bytes`` is closed with 1009 at once, as the WebSocket layer does.
    """

    def __init__(self, websocket: WebSocket, patience_s: float, max_frame_bytes: int = LONGEST_FRAME_BYTES) -> None:
        self._websocket = websocket
        self._patience_s = patience_s
        self._max_frame_bytes = max_frame_bytes

    async def receive(self) -> str | bytes:
        """The next frame. Raises ``WebSocketDisconnect``."""
        frame = await self._websocket.receive()
        if frame["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(frame.get("code", CloseCode.INTERNAL))
        text, data = frame.get("text"), frame.get("bytes") or b""
        if max(len(text or ""), len(data)) > self._max_frame_bytes:
            await self.dismiss(CloseCode.FRAME_TOO_BIG, "a frame is too long")
            raise WebSocketDisconnect(CloseCode.FRAME_TOO_BIG)
        return text if text is not None else data

    async def send(self, text: str) -> None:
        """Send a frame; waits while the peer does not read. Raises ``WebSocketDisconnect``."""
        await self.within_limit(self._said(self._websocket.send_text(text)))

    async def within_limit(self, waiting: Awaitable[object]) -> None:
        """Wait for something that depends on the peer. Raises ``WebSocketDisconnect`` when it takes too long."""
        try:
            async with asyncio.timeout(self._patience_s):
                await waiting
        except TimeoutError:
            raise WebSocketDisconnect(CloseCode.IDLE) from None  # it neither reads nor speaks, and its place is wanted

    async def close(self, code: CloseCode, reason: str = "") -> None:
        """Say goodbye. Raises ``WebSocketDisconnect``."""
        await self._said(self._websocket.close(code, reason))

    async def dismiss(self, code: CloseCode, reason: str) -> None:
        """Close in the face of a peer that may not be there any more."""
        with contextlib.suppress(TimeoutError, WebSocketDisconnect):
            async with asyncio.timeout(CLOSE_S):
                await self.close(code, reason)

    async def _said(self, saying: Awaitable[None]) -> None:
        try:
            await saying
        except RuntimeError:  # it has been closed below us, for a frame that is too long or not UTF-8, or by a stop
            raise WebSocketDisconnect(CloseCode.INTERNAL) from None
