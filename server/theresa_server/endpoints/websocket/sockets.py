"""A WebSocket with bounded waits and frames."""

import asyncio
import contextlib
from collections.abc import Awaitable

from starlette.websockets import WebSocket, WebSocketDisconnect

from theresa_protocol.errors import CloseCode
from theresa_server.serving.pings import PING

WEBSOCKET_FRAME_LIMIT_BYTES = 1024 * 1024
"""Frame limit of the WebSocket layer, for all endpoints. An endpoint may have a lower limit."""

CLOSE_TIMEOUT_S = 5.0
"""How long ``close_now`` waits for the peer."""


class Socket:
    """An accepted WebSocket.

    A peer that does not read for ``timeout_s`` counts as disconnected. A frame of more than ``max_frame_bytes`` closes
    the connection with code 1009, as in the WebSocket layer.
    """

    def __init__(
        self, websocket: WebSocket, timeout_s: float, max_frame_bytes: int = WEBSOCKET_FRAME_LIMIT_BYTES
    ) -> None:
        self._websocket = websocket
        self._timeout_s = timeout_s
        self._max_frame_bytes = max_frame_bytes

    async def receive(self) -> str | bytes:
        """Receive the next frame.

        Raises:
            WebSocketDisconnect: when the peer disconnects, or sends a frame that is too long.
        """
        frame = await self._websocket.receive()
        if frame["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(frame.get("code", CloseCode.INTERNAL))
        text, data = frame.get("text"), frame.get("bytes") or b""
        if max(len(text or ""), len(data)) > self._max_frame_bytes:
            await self.close_now(CloseCode.FRAME_TOO_BIG, "a frame is too long")
            raise WebSocketDisconnect(CloseCode.FRAME_TOO_BIG)
        return text if text is not None else data

    async def send(self, text: str) -> None:
        """Send a text frame; waits while the peer does not read.

        Raises:
            WebSocketDisconnect: when the peer disconnects, or does not read for ``timeout_s``.
        """
        await self.within_timeout(self._until_closed(self._websocket.send_text(text)))

    async def answers(self) -> None:
        """Wait until the peer answers a ping.

        Raises:
            TimeoutError: when it does not within ``timeout_s``, or where pings cannot be sent.
        """
        ping = self._websocket.scope.get(PING)
        if ping is None:
            raise TimeoutError
        async with asyncio.timeout(self._timeout_s):
            await ping()

    async def within_timeout(self, waiting: Awaitable[object]) -> None:
        """Wait for something that depends on the peer.

        Raises:
            WebSocketDisconnect: on timeout.
        """
        try:
            async with asyncio.timeout(self._timeout_s):
                await waiting
        except TimeoutError:
            raise WebSocketDisconnect(CloseCode.IDLE) from None

    async def close(self, code: CloseCode, reason: str = "") -> None:
        """Close the connection.

        Raises:
            WebSocketDisconnect: when it is closed already.
        """
        await self._until_closed(self._websocket.close(code, reason))

    async def close_now(self, code: CloseCode, reason: str) -> None:
        """Close the connection to a peer that may not respond."""
        with contextlib.suppress(TimeoutError, WebSocketDisconnect):
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await self.close(code, reason)

    async def _until_closed(self, sending: Awaitable[None]) -> None:
        try:
            await sending
        except RuntimeError:  # closed by the WebSocket layer (invalid frame) or by a shutdown
            raise WebSocketDisconnect(CloseCode.INTERNAL) from None
