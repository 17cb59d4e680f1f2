"""``/v1/stream``: the native protocol over one WebSocket.

Three tasks: one does nothing but read into the inbox, one runs the session, one writes what the session says. The
reader never waits for anything but room in the inbox.
"""

import asyncio
import logging
import secrets

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from theresa_protocol.codec import decode_client, encode
from theresa_protocol.conversation import Conversation
from theresa_protocol.errors import CLOSE_CODES, CloseCode, ErrorCode, ProtocolError, RemoteProtocolError
from theresa_protocol.messages import Draining, Ended, ErrorMessage, Models, ServerMessage, Start, Started
from theresa_server.admission import Refused, admit
from theresa_server.service import Service
from theresa_server.session import Input, Session, fatal
from theresa_server.settings import negotiate
from theresa_server.streams import Inbox, Outbox

logger = logging.getLogger("theresa.stream")

PATH = "/v1/stream"

INBOX_MS = 5_000
"""Audio that may wait between the socket and the session; beyond it the socket is not read."""


def routes(service: Service) -> list[BaseRoute]:
    """The route of the native protocol."""

    async def stream(websocket: WebSocket) -> None:
        answer = admit(websocket.headers, websocket.scope["subprotocols"], service.config.policy, service.load)
        if isinstance(answer, Refused):
            await _refuse(websocket, answer)
            return
        connection = Connection(websocket, service)
        service.enter(connection)
        try:
            await websocket.accept(subprotocol=answer.subprotocol)
            await connection.serve()
        finally:
            service.leave(connection)

    async def plain(_: Request) -> Response:
        error = {"code": "upgrade_required", "message": "This is a WebSocket endpoint: connect with ws://."}
        return JSONResponse({"error": error}, 426, {"Upgrade": "websocket"})

    return [WebSocketRoute(PATH, stream), Route(PATH, plain)]


async def _refuse(websocket: WebSocket, refusal: Refused) -> None:
    headers = {"Retry-After": str(refusal.retry_after_s)} if refusal.retry_after_s is not None else {}
    body = {"error": {"code": refusal.code, "message": refusal.message}}
    await websocket.send_denial_response(JSONResponse(body, refusal.status, headers))


_GOING_AWAY = RemoteProtocolError(ErrorCode.GOING_AWAY, "The server is stopping: connect again.")


class Connection:
    """One WebSocket from its acceptance to its close."""

    def __init__(self, websocket: WebSocket, service: Service) -> None:
        self.id = secrets.token_hex(8)
        self._websocket = websocket
        self._service = service
        self._conversation = Conversation("server")
        self._inbox: Inbox[Input] = Inbox(INBOX_MS)
        self._session: Session | None = None
        self._outbox = Outbox()
        self._bytes_per_ms = 0.0

    async def serve(self) -> None:
        """Serve until the goodbye, or until the client is gone."""
        goodbye: ServerMessage | None = None
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._read()), group.create_task(self._talk())]
                goodbye = await self._write()
                for task in tasks:
                    task.cancel()
        except* WebSocketDisconnect:
            pass
        logger.info("session %s closed: %s", self.id, _describe(goodbye))

    def warn(self, deadline_ms: int) -> None:
        """Tell the client that the server will stop."""
        self._outbox.put(Draining(deadline_ms=deadline_ms))

    async def stop(self) -> None:
        """Finish what was received and say goodbye."""
        await self._inbox.put(_GOING_AWAY)

    def abandon(self) -> None:
        """Say goodbye at once, whatever is unfinished."""
        self._outbox.put(fatal(_GOING_AWAY))

    async def _read(self) -> None:
        limit_s = self._service.config.limits.idle_timeout_ms / 1000
        while True:
            try:
                async with asyncio.timeout(limit_s):
                    frame = await self._websocket.receive()
                if frame["type"] == "websocket.disconnect":
                    raise WebSocketDisconnect(frame.get("code", CloseCode.INTERNAL))
                await self._take(frame.get("text"), frame.get("bytes"))
            except ProtocolError as error:
                return await self._inbox.put(error)
            except TimeoutError:
                if self._owes_answer:
                    continue
                message = f"Nothing was received for {limit_s:.0f} s."
                return await self._inbox.put(RemoteProtocolError(ErrorCode.IDLE, message))

    @property
    def _owes_answer(self) -> bool:
        """Whether the client has reason to wait: it holds audio back until it is told that some was settled."""
        return not (self._inbox.empty and self._outbox.empty) or (self._session is not None and self._session.busy)

    async def _take(self, text: str | None, data: bytes | None) -> None:
        """One frame into the inbox. Raises ``RemoteProtocolError``."""
        message = decode_client(text) if text is not None else data or b""
        self._conversation.received(message)
        match message:
            case Start():
                self._bytes_per_ms = message.audio.rate * message.audio.sample_bytes / 1000
                await self._inbox.put(message)
            case bytes():
                if message:
                    await self._inbox.put(message, max(1, round(len(message) / self._bytes_per_ms)))
            case _:
                await self._inbox.put(message, 1)

    async def _talk(self) -> None:
        try:
            await self._converse()
        except ProtocolError as error:
            self._outbox.put(fatal(error))
        except Exception:
            logger.exception("session %s failed", self.id)
            self._outbox.put(
                ErrorMessage(code=ErrorCode.INTERNAL, message="The server failed on this session.", fatal=True)
            )

    async def _converse(self) -> None:
        start = await self._inbox.get()
        if isinstance(start, ProtocolError):
            raise start
        assert isinstance(start, Start)  # noqa: S101 - the conversation lets nothing else come first
        config, engine = self._service.config, self._service.engine
        assert engine is not None  # noqa: S101 - no session is admitted before
        offer = self._service.offer
        settings = negotiate(start, offer)
        logger.info("session %s opened by %r, %r", self.id, start.client, start.audio)
        self._session = Session(
            self.id,
            settings,
            offer=offer,
            limits=config.limits,
            partial_interval_ms=config.partial_interval_ms,
            engine=engine,
            entities=self._service.entities,
            outbox=self._outbox,
        )
        self._outbox.put(
            Started(
                session_id=self.id,
                token=secrets.token_urlsafe(24),
                resumed=False,
                next_sample=0,
                next_segment=0,
                models=Models(transcriber=offer.model, entities=offer.entities.model if offer.entities else None),
                limits=config.limits,
                configuration=settings.describe(),
            )
        )
        await self._session.run(self._inbox)

    async def _write(self) -> ServerMessage:
        """Send what the session says; closes behind the goodbye, which it returns."""
        while True:
            message = await self._outbox.get()
            self._conversation.sent(message)
            try:
                async with asyncio.timeout(self._service.config.limits.idle_timeout_ms / 1000):
                    await self._websocket.send_text(encode(message))
            except TimeoutError:
                raise WebSocketDisconnect(CloseCode.IDLE) from None  # it does not read, and its place is wanted
            if isinstance(message, Ended):
                await self._websocket.close(CloseCode.DONE)
                return message
            if isinstance(message, ErrorMessage) and message.fatal:
                code = CLOSE_CODES.get(ErrorCode(message.code), CloseCode.BAD_MESSAGE)
                await self._websocket.close(code, message.code)
                return message


def _describe(goodbye: ServerMessage | None) -> str:
    match goodbye:
        case Ended():
            return f"{goodbye.audio_ms / 1000:.1f} s of audio, {goodbye.segments} segments"
        case ErrorMessage():
            return goodbye.code
        case _:
            return "the client is gone"
