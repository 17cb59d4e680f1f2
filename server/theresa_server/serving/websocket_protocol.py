"""WebSockets as uvicorn serves them, with limits on small frames and on what a client does not read."""

import asyncio
from typing import Any

from uvicorn.server import ServerState
from websockets.frames import CTRL_OPCODES, Frame, Opcode
from websockets.http11 import Request

from theresa_protocol.errors import CloseCode
from theresa_server.serving.edge import FrameBudget
from theresa_server.serving.http_protocol import EdgeConfig
from theresa_server.serving.pings import PingingProtocol
from theresa_server.serving.transports import LingeringClose, peer_address, unsent_bytes

PIECE_BYTES = 8192
MAX_PIECE_BYTES = 32 * 1024
"""Input is parsed in pieces: small ones while frames are small, and larger ones in the middle of a large frame."""

TURN_FRAMES = 64
"""After this many frames in one turn of the event loop, other connections get theirs."""

EARLY_BYTES = 64 * 1024
"""Maximum size of input that arrives before the response to the handshake."""

BAD_HANDSHAKE = (
    b"HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain; charset=utf-8\r\nx-content-type-options: nosniff\r\n"
    b"content-length: 38\r\nconnection: close\r\n\r\nThe WebSocket handshake is not valid.\n"
)


class WebSocketProtocol(PingingProtocol):
    """A connection that serves one WebSocket.

    The messages of at most one piece of input wait for the application. Until it has taken them, the rest of the input
    is not parsed, and no more is read.
    """

    def __init__(
        self,
        config: EdgeConfig,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.conn.debug = False  # it would log headers with their keys, and audio
        self._open = config.open_connections
        self._budget = FrameBudget(config.edge, self.loop.time())
        self._unparsed = bytearray()
        self._scheduled = False
        self._frames_in_turn = 0
        self._closing: LingeringClose | None = None
        self.address = ""

    # --- the connection ----------------------------------------------------------------------------------------------

    waiting_since_s = None
    """A WebSocket is one request that lasts."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Register the connection, which was admitted when it opened."""
        super().connection_made(transport)
        self.address = peer_address(self.transport)
        self._open.add(self, self.loop.time())

    def connection_lost(self, exc: Exception | None) -> None:
        """Unregister the connection."""
        self._open.remove(self)
        self._unparsed.clear()
        super().connection_lost(exc)

    def overdue(self, _now_s: float) -> bool:
        """Return ``False``: the endpoints have an idle timeout."""
        return False

    def unsent_bytes(self) -> int:
        """Return how much of what was sent has not been received."""
        return unsent_bytes(self.transport)

    def abort(self) -> None:
        """Close the connection at once."""
        self.transport.abort()

    def shutdown(self) -> None:
        """Close the connection for the shutdown of the server."""
        if self.handshake_initiated:
            super().shutdown()
        else:
            self.transport.close()

    # --- input -------------------------------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """Parse input, or keep it until it is its turn."""
        if self._closing is not None:
            self._closing.discard(data)
        elif not self.handshake_initiated:
            self._receive_handshake(data)
        elif self._unparsed or not self.handshake_complete:
            self._unparsed += data
            if len(self._unparsed) > EARLY_BYTES:
                self.transport.pause_reading()
        else:
            self._parse(data)

    def _receive_handshake(self, data: bytes) -> None:
        """Parse the head of the handshake, which is complete."""
        super().data_received(data)
        if not self.handshake_initiated:
            self.transport.write(BAD_HANDSHAKE)
            self.handshake_complete = self.close_sent = True
            self._linger()

    def _parse(self, data: bytes) -> None:
        """Parse input until a message is complete, or many frames are."""
        if len(data) <= PIECE_BYTES:
            super().data_received(data)
            return
        self._frames_in_turn = 0
        at, size = 0, PIECE_BYTES
        while at < len(data) and self._frames_in_turn < TURN_FRAMES:
            frames = self._frames_in_turn
            super().data_received(data[at : at + size])
            at += size
            size = PIECE_BYTES if self._frames_in_turn > frames else min(2 * size, MAX_PIECE_BYTES)
            if self._closing is not None or self.transport.is_closing():
                return
            if self.read_paused:
                break
        if at < len(data):
            self._unparsed = bytearray(data[at:])
            self.transport.pause_reading()
            self._parse_later()

    def _parse_later(self) -> None:
        """Parse the rest in a later turn of the event loop, once the application has taken what it has."""
        if self._unparsed and not self.read_paused and not self._scheduled:
            self._scheduled = True
            self.loop.call_soon(self._parse_rest)

    def _parse_rest(self) -> None:
        self._scheduled = False
        if self.read_paused or self._closing is not None or self.transport.is_closing():
            return
        rest, self._unparsed = bytes(self._unparsed), bytearray()
        self._parse(rest)
        if not self._unparsed and not self.read_paused and self._closing is None:
            self.transport.resume_reading()

    def handle_events(self) -> None:
        """Handle the frames that the last piece completed, as far as the budget for small ones goes."""
        for event in self.conn.events_received():
            if self._closing is not None:
                return
            if isinstance(event, Request):
                self.handle_connect(event)
            elif isinstance(event, Frame) and self._affordable(event):
                self._frames_in_turn += 1
                self._handle_frame(event)
            else:
                self.conn.fail(CloseCode.POLICY, "too many small frames")
                self.handle_parser_exception()

    def _affordable(self, frame: Frame) -> bool:
        """Pay for a frame."""
        is_control = frame.opcode in CTRL_OPCODES
        size = 0 if is_control else len(frame.data)
        return size >= FrameBudget.FREE_BYTES or self._budget.spend(size, self.loop.time())

    def _handle_frame(self, frame: Frame) -> None:
        match frame.opcode:
            case Opcode.BINARY:
                self.handle_bytes(frame)
            case Opcode.TEXT:
                self.handle_text(frame)
            case Opcode.CONT:
                self.handle_cont(frame)
            case Opcode.PING:
                self.handle_ping()
            case Opcode.PONG:
                self.handle_pong(frame)
            case Opcode.CLOSE:
                self.handle_close(frame)

    def send_receive_event_to_app(self) -> None:
        """Pass a complete message on, unless it is text that is not UTF-8."""
        if self.curr_msg_data_type == "text" and not self.close_sent:
            self.frames = [b"".join(self.frames)]
            try:
                self.frames[0].decode()
            except UnicodeDecodeError:
                self.conn.fail(CloseCode.NOT_UTF8, "text that is not UTF-8")
                self.handle_parser_exception()
                return
        super().send_receive_event_to_app()

    def handle_ping(self) -> None:
        """Send the pong, unless the client does not read: then the protocol allows to answer later pings only."""
        if self.writable.is_set():
            super().handle_ping()
        else:
            self.conn.data_to_send()

    def handle_parser_exception(self) -> None:
        """Close the connection after a violation of the protocol, such that the client can read why."""
        close = self.conn.close_sent
        if close is not None:
            self.queue.put_nowait({"type": "websocket.disconnect", "code": close.code, "reason": close.reason})
        self._unparsed.clear()
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.frames = []
        self._linger()

    def _linger(self) -> None:
        if self.close_timer is not None:
            self.close_timer.cancel()
        self._closing = LingeringClose(self.transport)
        self.close_timer = self._closing.timer  # uvicorn leaves the transport open while this timer runs

    # --- the application ---------------------------------------------------------------------------------------------

    async def receive(self) -> Any:
        """Return the next message."""
        message = await self.queue.get()
        if self.read_paused and self.queue.empty():
            self.read_paused = False
            self._go_on()
        return message

    async def send(self, message: Any) -> None:
        """Send a message; parse what arrived before the response to the handshake, or before a close."""
        if message["type"] == "websocket.http.response.start":
            message = {**message, "headers": [*self.default_headers, *message["headers"]]}
        await super().send(message)
        if message["type"] == "websocket.http.response.body" and not message.get("more_body", False):
            self.handshake_complete = True  # otherwise, uvicorn logs a refusal as an error of the application
        if message["type"] in ("websocket.accept", "websocket.close"):
            self._go_on()

    def _go_on(self) -> None:
        if self._unparsed:
            self._parse_later()
        elif self._closing is None and not self.read_paused:
            self.transport.resume_reading()
