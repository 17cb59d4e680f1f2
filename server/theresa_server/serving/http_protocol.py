"""HTTP as uvicorn serves it, with limits on request heads, on the framing of bodies, and on the time that both take."""

import asyncio
from http import HTTPStatus
from typing import Any

import httptools
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from theresa_server.serving.edge import Connections, EdgeLimits
from theresa_server.serving.transports import LingeringClose, peer_address, unsent_bytes

SINGLE = frozenset((b"authorization", b"content-type", b"host", b"origin"))
"""Headers that a request can have once: of two, different programs would read different ones."""

BODY_PER_FRAMING = 8
"""Beyond ``max_head_bytes`` of framing, a chunked body needs this many bytes of content for each byte of framing."""

MAX_HANDSHAKE_LINE_BYTES = 8_000
"""The WebSocket library reads lines of 8 KiB."""


class EdgeConfig(Config):
    """The configuration of uvicorn, with that of the protocols in this package."""

    edge: EdgeLimits
    open_connections: Connections


class _Refused(Exception):
    """The request is refused while it is being parsed."""

    def __init__(self, status: HTTPStatus, message: str, *headers: bytes) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = headers


class HttpProtocol(HttpToolsProtocol):
    """A connection that serves HTTP requests until it becomes a WebSocket."""

    def __init__(
        self,
        config: EdgeConfig,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._edge = config.edge
        self._open = config.open_connections
        self.address = ""
        self.waiting_since_s: float | None = self.loop.time()
        """When the server started to wait for a request head; ``None`` while it serves a request."""
        self._in_head = False
        self._in_body = False
        self._heads = 0
        """How many heads have been parsed."""
        self._parsed_bytes = 0
        """Size of the URL and the headers that the parser has passed on."""
        self._unparsed_bytes = 0
        """Size of input that did not complete the head, or the body: the parser may hold a part of a header."""
        self._body_bytes = 0
        self._serving: RequestResponseCycle | None = None
        """The latest request whose processing has started. ``cycle`` is the latest that was received."""
        self._refusal: _Refused | None = None
        self._closing: LingeringClose | None = None

    # --- the connection ----------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Register the connection, or refuse it when too many are open."""
        super().connection_made(transport)
        self.address = peer_address(transport)
        if not self._open.admit(self, self.loop.time()):
            message = "Too many connections are open. Retry later."
            self._refuse(_Refused(HTTPStatus.SERVICE_UNAVAILABLE, message, b"retry-after: 5"))

    def connection_lost(self, exc: Exception | None) -> None:
        """Unregister the connection."""
        self._open.remove(self)
        self._disconnect()  # uvicorn tells only the request that was received last
        if self._closing is not None:
            self._closing.finish()
        super().connection_lost(exc)

    def overdue(self, now_s: float) -> bool:
        """Return whether a request head has been due for too long, or the rest of a body that has its response."""
        limit_s = self._edge.linger_s if self._in_body else self._edge.head_s
        return self.waiting_since_s is not None and now_s - self.waiting_since_s > limit_s

    def unsent_bytes(self) -> int:
        """Return how much of what was sent has not been received."""
        return unsent_bytes(self.transport)

    def abort(self) -> None:
        """Close the connection at once."""
        self.transport.abort()

    # --- input -------------------------------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """Parse input, and refuse the request when it exceeds a limit."""
        if self._closing is not None:
            self._closing.discard(data)
            return
        if self.transport.is_closing():
            return
        self._unset_keepalive_if_required()
        in_body, heads = self._in_body, self._heads
        try:
            self.parser.feed_data(data)
            if heads == self._heads and ((self._in_head and not in_body) or (self._in_body and in_body)):
                self._count_unparsed(len(data))
        except httptools.HttpParserUpgrade as upgrade:
            self._upgrade(data[upgrade.args[0] :])
        except httptools.HttpParserError:
            self._refuse(self._refusal or _Refused(HTTPStatus.BAD_REQUEST, "The request is not valid HTTP."))
        except _Refused as refusal:
            self._refuse(refusal)

    def _count_unparsed(self, received: int) -> None:
        """Count input that belongs to one head or one body as a whole, and did not complete it."""
        self._unparsed_bytes += received
        if self._in_head:
            self._check_head(self._unparsed_bytes)
        elif self._unparsed_bytes - self._body_bytes > self._edge.max_head_bytes + self._body_bytes / BODY_PER_FRAMING:
            raise _Refused(HTTPStatus.BAD_REQUEST, "The chunks of the body are too small, or its trailers too large.")

    def _check_head(self, size: int) -> None:
        limits = self._edge
        if size <= limits.max_head_bytes and len(self.headers) <= limits.max_headers:
            return
        if not self.headers:
            message = f"The URL is too long: a request can have {limits.max_head_bytes // 1024} KiB before its body."
            raise self._refused(HTTPStatus.REQUEST_URI_TOO_LONG, message)
        message = (
            f"The headers are too large: a request can have {limits.max_headers} headers and "
            f"{limits.max_head_bytes // 1024} KiB before its body."
        )
        raise self._refused(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, message)

    def _check_handshake(self) -> None:
        """Check what the WebSocket library would not answer: it closes the connection instead."""
        sizes = [len(name) + len(value) for name, value in self.headers]
        has_body = any(
            name == b"transfer-encoding" or (name == b"content-length" and value != b"0")
            for name, value in self.headers
        )
        if self.parser.get_method() != b"GET":
            message = "A WebSocket handshake is a GET request."
            raise self._refused(HTTPStatus.METHOD_NOT_ALLOWED, message, b"allow: GET")
        if has_body:
            raise self._refused(HTTPStatus.BAD_REQUEST, "A WebSocket handshake has no body.")
        if len(self.url) > MAX_HANDSHAKE_LINE_BYTES:
            message = f"The URL is too long: a handshake can have {MAX_HANDSHAKE_LINE_BYTES} bytes."
            raise self._refused(HTTPStatus.REQUEST_URI_TOO_LONG, message)
        if max(sizes, default=0) > MAX_HANDSHAKE_LINE_BYTES:
            message = f"A header is too long: a handshake can have {MAX_HANDSHAKE_LINE_BYTES} bytes in each."
            raise self._refused(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, message)

    def _refused(self, status: HTTPStatus, message: str, *headers: bytes) -> _Refused:
        """Return a refusal and keep it: the parser replaces the exceptions of its callbacks."""
        self._refusal = _Refused(status, message, *headers)
        return self._refusal

    def _refuse(self, refusal: _Refused) -> None:
        """Send an error response and close the connection."""
        self._disconnect()
        body = refusal.message.encode() + b"\n"
        head = [
            f"HTTP/1.1 {refusal.status.value} {refusal.status.phrase}".encode(),
            *(name + b": " + value for name, value in self.server_state.default_headers),
            *refusal.headers,
            b"content-type: text/plain; charset=utf-8",
            b"content-length: %d" % len(body),
            b"connection: close",
        ]
        self.transport.write(b"\r\n".join(head) + b"\r\n\r\n" + body)
        self._closing = LingeringClose(self.transport)

    def _disconnect(self) -> None:
        """Tell the request that is being served that its client is gone, and drop those that wait."""
        self.pipeline.clear()
        if self._serving is not None and not self._serving.response_complete:
            self._serving.disconnected = True
            self._serving.waiting_for_100_continue = False
            self._serving.message_event.set()

    def _upgrade(self, rest: bytes) -> None:
        """Change the protocol after the head of a handshake; ``rest`` is the input that follows it."""
        if self._should_upgrade():
            self._open.remove(self)
            self.handle_websocket_upgrade()
            protocol = self.transport.get_protocol()
            if rest and isinstance(protocol, asyncio.Protocol):
                protocol.data_received(rest)
        elif self.cycle is not None:  # the request is served without the upgrade, which ends the parser
            self.cycle.keep_alive = False

    # --- callbacks of the parser -------------------------------------------------------------------------------------

    def on_message_begin(self) -> None:
        """Start to count a request."""
        if len(self.pipeline) >= self._edge.max_pipelined:
            raise self._refused(HTTPStatus.TOO_MANY_REQUESTS, "Too many requests wait on this connection.")
        super().on_message_begin()
        self._in_head = True
        self._parsed_bytes = self._unparsed_bytes = self._body_bytes = 0

    def on_url(self, url: bytes) -> None:
        """Count a part of the URL."""
        super().on_url(url)
        self._parsed_bytes += len(url)
        self._check_head(self._parsed_bytes)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Count a header. Trailers are ignored: no endpoint expects any."""
        if self._in_head:
            super().on_header(name, value)
            self._parsed_bytes += len(name) + len(b": ") + len(value) + len(b"\r\n")
            self._check_head(self._parsed_bytes)

    def on_headers_complete(self) -> None:
        """Check the head, then serve the request."""
        names = [name for name, _ in self.headers if name in SINGLE]
        if len(names) > len(set(names)):
            raise self._refused(HTTPStatus.BAD_REQUEST, "A header that can occur once is repeated.")
        upgrades = self.parser.should_upgrade() and self._should_upgrade()
        if upgrades:
            self._check_handshake()
        self._in_head, self._in_body = False, True
        self._heads += 1
        self._unparsed_bytes = 0
        if not upgrades:
            self.waiting_since_s = None
        super().on_headers_complete()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._serving = cycle
        super()._start_asgi_task(cycle, app)

    def on_body(self, body: bytes) -> None:
        """Count a part of the body, and pass it on."""
        self._body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Note the end of a request."""
        self._in_body = False
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Wait for the next request, unless one waits already."""
        if not self.pipeline:
            self.waiting_since_s = self.loop.time()
        super().on_response_complete()
