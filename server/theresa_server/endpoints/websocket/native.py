"""One WebSocket of the native protocol, from its acceptance to its close.

It takes a seat: a new one, or that of a session which was cut off. Then two tasks work: one does nothing but read for
the session, one writes what the session says. The reader never waits for anything but room in the inbox.
"""

import asyncio
import contextlib
import logging
from collections.abc import Iterator

from starlette.websockets import WebSocket, WebSocketDisconnect

from theresa_protocol.codec import decode_client, encode
from theresa_protocol.conversation import Conversation
from theresa_protocol.errors import CloseCode, ProtocolError, close_code
from theresa_protocol.messages import AnyClientMessage, AnyServerMessage, End, Ended, ErrorMessage, Start
from theresa_server.endpoints.websocket.opening import Caller, open_session
from theresa_server.endpoints.websocket.pending import PendingConnection
from theresa_server.endpoints.websocket.sockets import Socket
from theresa_server.serving.service import Service
from theresa_server.sessions.rendering import fatal_message
from theresa_server.sessions.resumable import ResumableSession

logger = logging.getLogger("theresa.stream")


class _Dismissed(Exception):
    """Another connection has taken the seat."""


class NativeConnection(PendingConnection):
    """One WebSocket from its acceptance to its close, of a client that showed ``key`` and was let in for ``model``.

    ``resumes``: it was let in to go on with a session.
    """

    def __init__(self, websocket: WebSocket, service: Service, key: str | None, model: str, *, resumes: bool) -> None:
        super().__init__(service.config.limits.idle_timeout_ms / 1000)
        self._service = service
        self._caller = Caller(self, key, model, resumes)
        self._conversation = Conversation("server")
        self._socket = Socket(websocket, self._idle_s, service.config.limits.max_frame_bytes)
        self._dismissed = asyncio.Event()
        self._heard_end = asyncio.Event()

    async def serve(self) -> None:
        """Serve until the goodbye, until the client is gone, or until it comes over another connection."""
        try:
            start = await self._begin()
            seat, first = await open_session(self._service, self._caller, start, self._dismissed.set)
        except ProtocolError as error:
            with contextlib.suppress(WebSocketDisconnect):
                await self._send(fatal_message(error))
            return
        except WebSocketDisconnect:
            return
        finally:
            self._service.leave(self)
        try:
            await self._serve(seat, first)
        except BaseException:  # nothing may keep a place for ever
            seat.discard()
            raise

    async def _serve(self, seat: ResumableSession, first: list[AnyServerMessage]) -> None:
        goodbye: AnyServerMessage | None = None
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._read(seat)), group.create_task(self._be_dismissed())]
                goodbye = await self._write(seat, first)
                for task in tasks:
                    task.cancel()
        except* _Dismissed:
            seat.disconnect()
            logger.info("session %s goes on over another connection", seat.id)
            await self._socket.dismiss(CloseCode.TAKEN_OVER, "taken_over")
        except* WebSocketDisconnect as gone:
            if any(code == CloseCode.DONE for code in _codes(gone)):
                seat.discard()
                logger.info("session %s closed: the client has left", seat.id)
            else:
                logger.info("session %s was cut off", seat.id)
                seat.disconnect()
        else:
            logger.info("session %s closed: %s", seat.id, _describe(goodbye))
            if isinstance(goodbye, Ended):
                seat.mark_ended()
                seat.disconnect()
            else:
                seat.discard()

    # --- reading and writing ---------------------------------------------------------------------------------------

    async def _begin(self) -> Start:
        message = await self._wait_for(self._receive)
        assert isinstance(message, Start)  # noqa: S101 - the conversation lets nothing else come first
        return message

    async def _be_dismissed(self) -> None:
        await self._dismissed.wait()
        raise _Dismissed

    async def _receive(self) -> AnyClientMessage | bytes:
        """The next message. Raises ``WebSocketDisconnect`` and ``RemoteProtocolError``."""
        frame = await self._socket.receive()
        message = decode_client(frame) if isinstance(frame, str) else frame
        self._conversation.received(message)
        return message

    async def _read(self, seat: ResumableSession) -> None:
        while True:
            try:
                async with asyncio.timeout(self._idle_s):
                    message = await self._receive()
                assert not isinstance(message, Start)  # noqa: S101 - the conversation lets none come twice
                if isinstance(message, End):
                    self._heard_end.set()
                if message != b"":
                    await seat.feed(message)
            except ProtocolError as error:
                return await seat.feed(error)
            except TimeoutError:
                if not seat.busy:
                    return await seat.feed(self._idle())

    async def _write(self, seat: ResumableSession, first: list[AnyServerMessage]) -> AnyServerMessage:
        """Send what is to be said first, then what the session says; closes behind the goodbye, which it returns."""
        for message in first:
            if await self._say(seat.outbox.number(message)):
                return message
        while True:
            message = await seat.outbox.get()
            seat.replay.record(message)
            if await self._say(message):
                return message

    async def _say(self, message: AnyServerMessage) -> bool:
        """Send a message; True, and the connection closes, where it was the goodbye."""
        if isinstance(message, Ended):
            await self._socket.within_limit(
                self._heard_end.wait()
            )  # said over another connection, it is said again here
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


def _describe(goodbye: AnyServerMessage | None) -> str:
    match goodbye:
        case Ended():
            return f"{goodbye.audio_ms / 1000:.1f} s of audio, {goodbye.segments} segments"
        case ErrorMessage():
            return goodbye.code
        case _:
            return "the client is gone"
