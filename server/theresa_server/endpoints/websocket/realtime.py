"""Connections of OpenAI's Realtime transcription.

The first audio opens the session, as ``start`` does in the native protocol. From then on, one task reads for the
session and one writes its messages. Replies to a client event are sent by the reader, so that nothing more is read from
a client that does not read them. A session cannot be resumed, but what came before its connection was cut is
transcribed, and can be fetched for a while.
"""

import asyncio
import logging
import secrets
from collections import deque
from collections.abc import Sequence

from starlette.websockets import WebSocket, WebSocketDisconnect

from theresa_protocol.errors import CloseCode, ProtocolError, close_code
from theresa_protocol.messages import AnyServerMessage, End, Ended, ErrorMessage
from theresa_server.endpoints.websocket.connection import WebSocketConnection, address_of
from theresa_server.endpoints.websocket.finished import MAX_ITEMS, FinishedSessions
from theresa_server.endpoints.websocket.opening import SessionRequest, find_offer, open_session
from theresa_server.openai.aliases import served_name
from theresa_server.openai.realtime.server_events import ServerEvent, TranscriptCompletedEvent, encode_event
from theresa_server.openai.realtime.translator import TranslatedInput, Translator
from theresa_server.serving.service import Service
from theresa_server.sessions.resumable import ResumableSession
from theresa_server.sessions.settings import Offer

COMPLETE_S = 30
"""How long a session may take to transcribe what came before its connection was cut."""

logger = logging.getLogger("theresa.realtime")


class RealtimeConnection(WebSocketConnection):
    """A connection of OpenAI's Realtime API.

    Args:
        websocket: The WebSocket.
        service: The server's shared state.
        key: API key that the client presented.
        model: Name of the model for which the handshake was admitted.
        finished: Where the transcripts of a session go whose connection is cut.
        asked: Name of the model that the client asked for, which may be one of OpenAI's.
        beta: Whether events have the shape of OpenAI's beta.
    """

    may_be_silent = True

    def __init__(
        self,
        websocket: WebSocket,
        service: Service,
        key: str | None,
        model: str,
        *,
        finished: FinishedSessions,
        asked: str | None,
        beta: bool,
    ) -> None:
        super().__init__(websocket, service)
        self._id = _new_id("sess")
        self._request = SessionRequest(self, key, model, address=address_of(websocket))
        self._translator = Translator(self._id, _new_id, self._offer, model, asked=asked, beta=beta)
        self._finished = finished
        self._feed: Sequence[TranslatedInput] = ()
        """Input that was received before the session was open."""
        self._sending = asyncio.Lock()
        self._completed: deque[TranscriptCompletedEvent] = deque(maxlen=MAX_ITEMS)
        self._closed = False

    async def _open(self) -> ResumableSession:
        await self._send(self._translator.opening_events())
        while not self._feed:
            self._feed = await self._process(await self._receive_pending())
        session, _ = await open_session(self._service, self._request, self._translator.start_message(), lambda: None)
        if self._translator.settings.languages:  # ``start`` cannot say them
            self._feed = (self._translator.settings, *self._feed)
        return session

    async def _serve_session(self, session: ResumableSession) -> None:
        reason = "the client disconnected"
        try:
            async with asyncio.TaskGroup() as group:
                reading = group.create_task(self._read(session))
                reason = await self._write(session)
                reading.cancel()
        except* WebSocketDisconnect:
            await self._complete(session)
        finally:
            session.discard()
            logger.info("session %s closed: %s", session.id, reason)

    async def _fail(self, error: ProtocolError) -> None:
        await self._send(self._translator.closing_events(error), error.code)

    def _offer(self, model: str | None) -> Offer:
        return find_offer(self._service, served_name(model, self._service.models.names))

    async def _complete(self, session: ResumableSession) -> None:
        """Transcribe what came before the connection was cut, for a client that fetches it."""
        with self._finished.open(self._id, self._request.key) as record:
            record.add(self._completed)
            feeding = asyncio.create_task(session.feed(End()))
            try:
                async with asyncio.timeout(COMPLETE_S):
                    while not _is_last(message := await session.outbox.get()):
                        record.add(self._translator.translate_message(message))
            except TimeoutError:
                logger.warning("session %s was cut and could not be completed within %d s", session.id, COMPLETE_S)
            finally:
                feeding.cancel()
            record.add(self._translator.finishing_events())

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
        # Also what cannot be sent any more: the client may fetch it.
        self._completed += [event for event in events if isinstance(event, TranscriptCompletedEvent)]
        async with self._sending:
            if self._closed:
                return
            try:
                for event in events:
                    await self._socket.send(encode_event(event))
            except WebSocketDisconnect as disconnect:
                if disconnect.code == CloseCode.IDLE:  # the client is there, but does not read
                    raise
                self._closed = True  # the reader finds the end of what came
                return
            if fatal_code is not None:
                self._closed = True
                await self._socket.close(close_code(fatal_code), fatal_code)


def _is_last(message: AnyServerMessage) -> bool:
    return isinstance(message, Ended) or (isinstance(message, ErrorMessage) and message.fatal)


def _new_id(kind: str) -> str:
    return f"{kind}_{secrets.token_hex(12)}"
