"""Connections of the native protocol.

A connection opens a new session or resumes a disconnected one. From then on, one task reads for the session and one
writes its messages. The reader waits for nothing but room in the inbox.
"""

import asyncio
import logging
from collections.abc import Iterator

from starlette.websockets import WebSocket, WebSocketDisconnect

from theresa_protocol.codec import decode_client, encode
from theresa_protocol.conversation import Conversation
from theresa_protocol.errors import CloseCode, ProtocolError, close_code
from theresa_protocol.messages import AnyClientMessage, AnyServerMessage, End, Ended, ErrorMessage, Start
from theresa_server.endpoints.websocket.connection import WebSocketConnection, address_of
from theresa_server.endpoints.websocket.opening import SessionRequest, open_session
from theresa_server.serving.service import Service
from theresa_server.sessions.rendering import fatal_message
from theresa_server.sessions.resumable import ResumableSession

logger = logging.getLogger("theresa.stream")


class _TakenOver(Exception):
    """Another connection has resumed the session."""


class NativeConnection(WebSocketConnection):
    """A connection of the native protocol.

    Args:
        websocket: The WebSocket.
        service: The server's shared state.
        key: API key that the client presented.
        model: Name of the model for which the handshake was admitted.
        resumes: Whether the handshake was admitted to resume a session.
    """

    def __init__(self, websocket: WebSocket, service: Service, key: str | None, model: str, *, resumes: bool) -> None:
        super().__init__(websocket, service, service.config.limits.max_frame_bytes)
        self._request = SessionRequest(self, key, model, resumes, address_of(websocket))
        self._conversation = Conversation("server")
        self._taken_over = asyncio.Event()
        self._end_received = asyncio.Event()
        self._first_messages: list[AnyServerMessage] = []
        """Sent before those of the outbox."""

    async def _open(self) -> ResumableSession:
        start = self._decode(await self._receive_pending())
        assert isinstance(start, Start)  # noqa: S101 - the conversation rejects anything else
        session, self._first_messages = await open_session(self._service, self._request, start, self._taken_over.set)
        return session

    async def _serve_session(self, session: ResumableSession) -> None:
        last: AnyServerMessage | None = None
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._read(session)), group.create_task(self._wait_for_takeover())]
                last = await self._write(session)
                for task in tasks:
                    task.cancel()
        except* _TakenOver:
            session.disconnect()
            logger.info("session %s continues on another connection", session.id)
            await self._socket.close_now(CloseCode.TAKEN_OVER, "taken_over")
        except* WebSocketDisconnect as disconnect:
            if any(code == CloseCode.DONE for code in _codes(disconnect)):
                session.discard()
                logger.info("session %s closed by the client", session.id)
            else:
                logger.info("session %s disconnected", session.id)
                session.disconnect()
        else:
            logger.info("session %s closed: %s", session.id, _summary(last))
            if isinstance(last, Ended):
                session.mark_ended()
                session.disconnect()
            else:
                session.discard()

    async def _fail(self, error: ProtocolError) -> None:
        await self._send(fatal_message(error))

    async def _wait_for_takeover(self) -> None:
        await self._taken_over.wait()
        raise _TakenOver

    # --- reading ---------------------------------------------------------------------------------------------------

    async def _read(self, session: ResumableSession) -> None:
        try:
            while True:
                message = self._decode(await self._receive(session))
                assert not isinstance(message, Start)  # noqa: S101 - the conversation rejects a second one
                if isinstance(message, End):
                    self._end_received.set()
                if message != b"":
                    await session.feed(message)
        except ProtocolError as error:
            await session.feed(error)

    def _decode(self, frame: str | bytes) -> AnyClientMessage | bytes:
        message = decode_client(frame) if isinstance(frame, str) else frame
        self._conversation.received(message)
        return message

    # --- writing ---------------------------------------------------------------------------------------------------

    async def _write(self, session: ResumableSession) -> AnyServerMessage:
        """Send the first messages and those of the outbox until one closes the connection; return that one."""
        for message in self._first_messages:
            if await self._send_in_order(session.outbox.number(message)):
                return message
        while True:
            message = await session.outbox.get()
            session.replay.record(message)
            if await self._send_in_order(message):
                return message

    async def _send_in_order(self, message: AnyServerMessage) -> bool:
        """Send a message of the session; return whether it closed the connection.

        A resumed session may have ended on an earlier connection. Its ``ended`` is sent again, but only after the
        client has sent ``end`` on this connection.
        """
        if isinstance(message, Ended):
            await self._socket.within_timeout(self._end_received.wait())
        return await self._send(message)

    async def _send(self, message: AnyServerMessage) -> bool:
        self._conversation.sent(message)
        await self._socket.send(encode(message))
        if isinstance(message, Ended):
            await self._socket.close(CloseCode.DONE)
            return True
        if isinstance(message, ErrorMessage) and message.fatal:
            await self._socket.close(close_code(message.code), message.code)
            return True
        return False


def _codes(group: BaseExceptionGroup[WebSocketDisconnect]) -> Iterator[int]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _codes(error)
        else:
            yield error.code


def _summary(last: AnyServerMessage | None) -> str:
    match last:
        case Ended():
            return f"{last.audio_ms / 1000:.1f} s of audio, {last.segments} segments"
        case ErrorMessage():
            return last.code
        case _:
            return "the client disconnected"
