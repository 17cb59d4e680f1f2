"""The common base of WebSocket connections, from acceptance to close."""

import asyncio
import contextlib
from abc import ABC, abstractmethod

from starlette.requests import HTTPConnection
from starlette.websockets import WebSocket, WebSocketDisconnect

from theresa_protocol.errors import ErrorCode, ProtocolError, RemoteProtocolError
from theresa_server.endpoints.websocket.sockets import WEBSOCKET_FRAME_LIMIT_BYTES, Socket
from theresa_server.serving.service import Service
from theresa_server.sessions.resumable import GOING_AWAY, ResumableSession


def address_of(connection: HTTPConnection) -> str:
    """Return the IP address of a client, as a proxy on this machine forwards it; empty if unknown."""
    return connection.client.host if connection.client else ""


class WebSocketConnection(ABC):
    """A WebSocket connection that opens a session and then serves it.

    Until its session is open, the connection itself is registered as an open session. A drain lets the client send its
    first message until the deadline; after that, nothing is lost when the connection closes.
    """

    may_be_silent = False
    """Whether a peer that answers pings may send nothing for longer than the idle timeout."""

    def __init__(
        self, websocket: WebSocket, service: Service, max_frame_bytes: int = WEBSOCKET_FRAME_LIMIT_BYTES
    ) -> None:
        self._service = service
        self._idle_s = service.config.limits.idle_timeout_ms / 1000
        self._socket = Socket(websocket, self._idle_s, max_frame_bytes)
        self._pending: asyncio.Timeout | None = None
        self._abandoned = False

    async def serve(self) -> None:
        """Serve the connection until it is closed."""
        try:
            session = await self._open()
        except ProtocolError as error:
            with contextlib.suppress(WebSocketDisconnect):
                await self._fail(error)
            return
        except WebSocketDisconnect:
            return
        finally:
            self._service.sessions.remove(self)
        try:
            await self._serve_session(session)
        except BaseException:  # a session must not outlive a failed connection
            session.discard()
            raise

    @abstractmethod
    async def _open(self) -> ResumableSession:
        """Receive the first messages and open the session.

        Raises:
            ProtocolError: when no session can be opened.
            WebSocketDisconnect: when the client disconnects.
        """

    @abstractmethod
    async def _serve_session(self, session: ResumableSession) -> None:
        """Pass input to the session and send its output until either side closes."""

    @abstractmethod
    async def _fail(self, error: ProtocolError) -> None:
        """Send a fatal error and close."""

    # --- receiving -------------------------------------------------------------------------------------------------

    async def _receive_pending(self) -> str | bytes:
        """Receive a frame before the session is open.

        Raises:
            RemoteProtocolError: on idle timeout, and when the server shuts down.
            WebSocketDisconnect: when the client disconnects.
        """
        while not self._abandoned:
            try:
                async with asyncio.timeout(self._idle_s) as self._pending:
                    return await self._socket.receive()
            except TimeoutError:
                if not self._abandoned:
                    await self._check_alive()
            finally:
                self._pending = None
        raise GOING_AWAY

    async def _receive(self, session: ResumableSession) -> str | bytes:
        """Receive a frame for an open session. A client that waits for the session may be idle.

        Raises:
            RemoteProtocolError: on idle timeout.
            WebSocketDisconnect: when the client disconnects.
        """
        while True:
            try:
                async with asyncio.timeout(self._idle_s):
                    return await self._socket.receive()
            except TimeoutError:
                if not session.busy:
                    await self._check_alive()

    async def _check_alive(self) -> None:
        """Check that a silent peer is there, if it may be silent.

        Raises:
            RemoteProtocolError: when it may not be silent, or answers no ping.
        """
        if not self.may_be_silent:
            raise self._idle_error()
        try:
            async with asyncio.timeout(None) as self._pending:  # a drain does not wait for the pong
                await self._socket.answers()
        except TimeoutError:
            if not self._abandoned:
                raise self._idle_error() from None
        finally:
            self._pending = None

    def _idle_error(self) -> RemoteProtocolError:
        unanswered = ", not even an answer to a ping" if self.may_be_silent else ""
        return RemoteProtocolError(ErrorCode.IDLE, f"Nothing was received for {self._idle_s:.0f} s{unanswered}.")

    # --- the drain, while the session is not open yet --------------------------------------------------------------

    def warn(self, deadline_ms: int) -> None:  # noqa: B027 - complete as it is
        """Do nothing: the session announces the shutdown once it is open."""

    async def stop(self) -> None:
        """Stop waiting for the client's first message."""
        self.abandon()

    def abandon(self) -> None:
        """Stop waiting for the client's first message."""
        self._abandoned = True
        if self._pending is not None:
            self._pending.reschedule(0)
