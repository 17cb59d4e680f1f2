"""One WebSocket of OpenAI's Realtime transcription, from its acceptance to its close.

The first audio takes a seat, as ``start`` does in the native protocol; nobody can come back to it. From then on one
task reads for the session, and one writes what the session says. What a client's event is answered by is sent by the
reader: while the client does not take it, nothing more is read.
"""

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Sequence

from starlette.websockets import WebSocket, WebSocketDisconnect

from theresa_protocol.errors import ProtocolError, close_code
from theresa_protocol.messages import ErrorMessage
from theresa_server.endpoints.websocket.opening import Caller, offer_of, open_session
from theresa_server.endpoints.websocket.pending import PendingConnection
from theresa_server.endpoints.websocket.sockets import Socket
from theresa_server.openai.aliases import served_name
from theresa_server.openai.realtime.server_events import ServerEvent, encode
from theresa_server.openai.realtime.translator import SessionFeed, Translator
from theresa_server.serving.service import Service
from theresa_server.sessions.resumable import ResumableSession
from theresa_server.sessions.settings import Offer

logger = logging.getLogger("theresa.realtime")


class RealtimeConnection(PendingConnection):
    """One connection of a client that showed ``key`` and was let in for ``model``; ``beta`` is the shape of events."""

    def __init__(self, websocket: WebSocket, service: Service, key: str | None, model: str, *, beta: bool) -> None:
        super().__init__(service.config.limits.idle_timeout_ms / 1000)
        self._service = service
        self._caller = Caller(self, key, model)
        self._socket = Socket(websocket, self._idle_s)
        self._translator = Translator(_new_id("sess"), _new_id, self._offer, model, beta=beta)
        self._telling = asyncio.Lock()
        self._closed = False

    async def serve(self) -> None:
        """Serve until the client is gone or cannot be served any longer."""
        try:
            await self._tell(self._translator.greet())
            feed = await self._begin()
            seat, _ = await open_session(self._service, self._caller, self._translator.start, lambda: None)
        except ProtocolError as error:
            with contextlib.suppress(WebSocketDisconnect):
                await self._tell(self._translator.fail(error), goodbye=error.code)
            return
        except WebSocketDisconnect:
            return
        finally:
            self._service.leave(self)
        await self._serve(seat, feed)

    async def _serve(self, seat: ResumableSession, feed: Sequence[SessionFeed]) -> None:
        reason = "the client has left"
        try:
            async with asyncio.TaskGroup() as group:
                reading = group.create_task(self._read(seat, feed))
                reason = await self._write(seat)
                reading.cancel()
        except* WebSocketDisconnect:
            pass
        finally:
            seat.discard()
            logger.info("session %s closed: %s", seat.id, reason)

    def _offer(self, model: str | None) -> Offer:
        return offer_of(self._service, served_name(model, self._service.models.names))

    # --- reading and writing ---------------------------------------------------------------------------------------

    async def _begin(self) -> Sequence[SessionFeed]:
        """Answer events until there is audio. Raises ``ProtocolError`` and ``WebSocketDisconnect``."""
        while True:
            frame = await self._wait_for(self._socket.receive)
            if feed := await self._hear(frame):
                return feed

    async def _read(self, seat: ResumableSession, feed: Sequence[SessionFeed]) -> None:
        while True:
            for item in feed:
                await seat.feed(item)
            feed = ()
            try:
                async with asyncio.timeout(self._idle_s):
                    frame = await self._socket.receive()
            except TimeoutError:
                if not seat.busy:
                    return await seat.feed(self._idle())
                continue
            feed = await self._hear(frame)

    async def _hear(self, frame: str | bytes) -> Sequence[SessionFeed]:
        heard = self._translator.hear(frame)
        await self._tell(heard.events)
        return heard.feed

    async def _write(self, seat: ResumableSession) -> str:
        """Tell what the session says until it has failed, and close. Returns why."""
        while True:
            message = await seat.outbox.get()
            goodbye = message.code if isinstance(message, ErrorMessage) and message.fatal else None
            await self._tell(self._translator.tell(message), goodbye)
            if goodbye is not None:
                return goodbye

    async def _tell(self, events: Sequence[ServerEvent], goodbye: str | None = None) -> None:
        """Send events, and close where they end in an error with the code ``goodbye``.

        The lock lets tasks in as they come, so that events leave in the order of their making.
        """
        async with self._telling:
            if self._closed:
                return
            for event in events:
                await self._socket.send(encode(event))
            if goodbye is not None:
                self._closed = True
                await self._socket.close(close_code(goodbye), goodbye)


def _new_id(kind: str) -> str:
    return f"{kind}_{secrets.token_hex(12)}"
