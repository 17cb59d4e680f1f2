"""Connections of OpenAI's Realtime transcription.

The first audio opens the session, as ``start`` does in the native protocol; a session cannot be resumed. From then on,
one task reads for the session and one writes its messages. Replies to a client event are sent by the reader, so that
nothing more is read from a client that does not read them.
"""

import asyncio
import logging
import secrets
from collections.abc import Sequence

from starlette.websockets import WebSocket, WebSocketDisconnect

from theresa_protocol.errors import ProtocolError, close_code
from theresa_protocol.messages import ErrorMessage
from theresa_server.endpoints.websocket.connection import WebSocketConnection, address_of
from theresa_server.endpoints.websocket.opening import SessionRequest, find_offer, open_session
from theresa_server.openai.aliases import served_name
from theresa_server.openai.realtime.server_events import ServerEvent, encode_event
from theresa_server.openai.realtime.translator import TranslatedInput, Translator
from theresa_server.serving.service import Service
from theresa_server.sessions.resumable import ResumableSession
from theresa_server.sessions.settings import Offer

logger = logging.getLogger("theresa.realtime")


class RealtimeConnection(WebSocketConnection):
    """A connection of OpenAI's Realtime API.

    Args:
        websocket: The WebSocket.
        service: The server's shared state.
        key: API key that the client presented.
        model: Name of the model for which the handshake was admitted.
        beta: Whether events have the shape of OpenAI's beta.
    """

    def __init__(self, websocket: WebSocket, service: Service, key: str | None, model: str, *, beta: bool) -> None:
        super().__init__(websocket, service)
        self._request = SessionRequest(self, key, model, address=address_of(websocket))
        self._translator = Translator(_new_id("sess"), _new_id, self._offer, model, beta=beta)
        self._feed: Sequence[TranslatedInput] = ()
        """Input that was received before the session was open."""
        self._sending = asyncio.Lock()
        self._closed = False

    async def _open(self) -> ResumableSession:
        await self._send(self._translator.opening_events())
        while not self._feed:
            self._feed = await self._process(await self._receive_pending())
        session, _ = await open_session(self._service, self._request, self._translator.start_message(), lambda: None)
        return session

    async def _serve_session(self, session: ResumableSession) -> None:
        reason = "the client disconnected"
        try:
            async with asyncio.TaskGroup() as group:
                reading = group.create_task(self._read(session))
                reason = await self._write(session)
                reading.cancel()
        except* WebSocketDisconnect:
            pass
        finally:
            session.discard()
            logger.info("session %s closed: %s", session.id, reason)

    async def _fail(self, error: ProtocolError) -> None:
        await self._send(self._translator.closing_events(error), error.code)

    def _offer(self, model: str | None) -> Offer:
        return find_offer(self._service, served_name(model, self._service.models.names))

    # --- reading and writing ---------------------------------------------------------------------------------------

    async def _read(self, session: ResumableSession) -> None:
        feed = self._feed
        try:
            while True:
                for item in feed:
                    await session.feed(item)
                feed = await self._process(await self._receive(session))
        except ProtocolError as error:
            await session.feed(error)

    async def _process(self, frame: str | bytes) -> Sequence[TranslatedInput]:
        """Process a client event: send the replies and return the input for the session."""
        result = self._translator.translate_frame(frame)
        await self._send(result.events)
        return result.inputs

    async def _write(self, session: ResumableSession) -> str:
        """Send the messages of the session until a fatal error closes the connection; return its code."""
        while True:
            message = await session.outbox.get()
            fatal_code = message.code if isinstance(message, ErrorMessage) and message.fatal else None
            await self._send(self._translator.translate_message(message), fatal_code)
            if fatal_code is not None:
                return fatal_code

    async def _send(self, events: Sequence[ServerEvent], fatal_code: str | None = None) -> None:
        """Send events, then close the connection if they end with a fatal error.

        The reader and the writer both send. The lock is fair, so that events are sent in the order of their creation.
        """
        async with self._sending:
            if self._closed:
                return
            for event in events:
                await self._socket.send(encode_event(event))
            if fatal_code is not None:
                self._closed = True
                await self._socket.close(close_code(fatal_code), fatal_code)


def _new_id(kind: str) -> str:
    return f"{kind}_{secrets.token_hex(12)}"
