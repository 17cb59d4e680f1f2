"""The receiving half of a session: reads the socket, tracks progress, and completes answers."""

import asyncio
from typing import Any, TypeVar

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from theresa_client.errors import ConnectionLost, ProtocolViolation, ServerError, TheresaError, UnreadMessages
from theresa_protocol.audio import AudioFormat
from theresa_protocol.codec import decode_server
from theresa_protocol.conversation import Conversation
from theresa_protocol.errors import ErrorCode, RemoteProtocolError
from theresa_protocol.messages import (
    Ack,
    AnyServerMessage,
    Ended,
    ErrorMessage,
    Final,
    Flushed,
    Started,
    Unknown,
    Updated,
)

MAX_UNREAD_MESSAGES = 1024
"""Maximum number of unread messages. At the limit, the client stops reading, and TCP slows the server down."""
CLOSE_TIMEOUT_S = 5.0

T = TypeVar("T")
Frame = tuple[AnyServerMessage | Unknown, str]
"""A message, and the JSON text that was received."""


class Receiver:
    """Receives the messages of a session.

    ``run`` is the only task that reads the socket. It ends with the session; ``failure`` is the error, if any.
    """

    def __init__(self, socket: ClientConnection, conversation: Conversation, audio: AudioFormat) -> None:
        loop = asyncio.get_running_loop()
        self.inbox: asyncio.Queue[Frame | None] = asyncio.Queue(MAX_UNREAD_MESSAGES)
        self.started: asyncio.Future[Started] = loop.create_future()
        self.flushes: dict[str, asyncio.Future[Flushed]] = {}
        self.updates: list[asyncio.Future[Updated]] = []
        self.reading_started = False
        """Whether the program has started to read the inbox."""
        self.done = asyncio.Event()
        self.failure: TheresaError | None = None
        self.changed = asyncio.Event()
        """Set whenever ``committed`` may have grown, and at the end."""
        self.committed = 0
        self._finals = 0
        self._socket = socket
        self._conversation = conversation
        self._audio = audio

    async def run(self) -> None:
        """Read until the session ends. Sets ``failure`` if it ends with an error."""
        try:
            self.failure = await self._read_messages()
        except ConnectionClosed as closed:
            self.failure = self._lost(*_close_of(closed))
        except RemoteProtocolError as error:
            self.failure = ProtocolViolation(error.code, error.message)
            await self._socket.close(error.close_code, error.code)
        except UnreadMessages as error:
            self.failure = error
            self._socket.transport.abort()
        self.done.set()
        self.changed.set()
        self._fail_answers(self.failure or self._lost(1000, "the session has ended"))
        await self.inbox.put(None)

    async def wait_for(self, answer: asyncio.Future[T]) -> T:
        """Wait for an answer.

        Raises:
            UnreadMessages: if it cannot arrive, because the inbox is full.
        """
        if self.inbox.full():
            self._fail_answers(unread_error())
        return await answer

    def raise_failure(self) -> None:
        """Raise the error that ended the session, if any."""
        if self.failure is not None:
            raise self.failure

    async def _read_messages(self) -> ServerError | None:
        while True:
            text = await self._socket.recv()
            if isinstance(text, bytes):
                raise RemoteProtocolError(ErrorCode.UNEXPECTED_MESSAGE, "A server must not send binary frames.")
            message = decode_server(text)
            self._conversation.received(message)
            if self.inbox.full():
                self._fail_answers(unread_error())
                if not self.reading_started:  # a program that only sends would block forever, and so would the server
                    raise unread_error()
            await self.inbox.put((message, text))
            self._complete_answers(message)
            match message:
                case Ended():
                    return None
                case ErrorMessage(fatal=True):
                    return await self._fatal(message)

    def _complete_answers(self, message: AnyServerMessage | Unknown) -> None:
        match message:
            case Started() if not self.started.done():
                self.started.set_result(message)
            case Final(through=through):
                self._finals += 1
                self._advance(through)
            case Ack(committed=committed):
                self._advance(committed)
            case Flushed(id=key, through=through):
                self._advance(through)
                flush = self.flushes.pop(key or "", None)
                if flush is not None and not flush.done():
                    flush.set_result(message)
            case Updated() if self.updates:
                update = self.updates.pop(0)
                if not update.done():
                    update.set_result(message)
            case ErrorMessage(fatal=False) if self.updates:
                update = self.updates.pop(0)
                if not update.done():
                    update.set_exception(_server_error(message, None, in_session=True))
            case _:
                pass

    def _advance(self, samples: int) -> None:
        self.committed = max(self.committed, samples)
        self.changed.set()

    async def _fatal(self, message: ErrorMessage) -> ServerError:
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await self._socket.wait_closed()
        except TimeoutError:
            pass  # report the error even if the server does not close
        return _server_error(message, self._socket.close_code, in_session=self.started.done())

    def _lost(self, close_code: int, reason: str) -> ConnectionLost:
        committed_ms = self._audio.milliseconds(self.committed)
        return ConnectionLost(close_code, reason, finals=self._finals, committed_ms=committed_ms)

    def _fail_answers(self, error: TheresaError) -> None:
        waiting: list[asyncio.Future[Any]] = [self.started, *self.flushes.values(), *self.updates]
        for answer in waiting:
            if not answer.done():
                answer.set_exception(error)
                answer.exception()  # mark it as retrieved, because nothing may be waiting for it


def _close_of(closed: ConnectionClosed) -> tuple[int, str]:
    """Return the server's close code and reason, or ours if it stopped responding (1011: no pong), or 1006."""
    close = closed.rcvd or closed.sent
    return (close.code, close.reason) if close is not None else (1006, "no close frame received")


def _server_error(message: ErrorMessage, close_code: int | None, *, in_session: bool) -> ServerError:
    return ServerError(
        message.code,
        message.message,
        param=message.param,
        fatal=message.fatal,
        close_code=close_code,
        in_session=in_session,
    )


def unread_error() -> UnreadMessages:
    """Return the error for a program that does not read its messages."""
    return UnreadMessages(f"{MAX_UNREAD_MESSAGES} messages are unread: iterate over the stream while sending.")
