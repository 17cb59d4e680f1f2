"""A scripted server over a real socket, with the real codec."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus
from secrets import token_urlsafe

import msgspec
from websockets.asyncio.server import Request, Response, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from theresa_protocol.audio import AudioFormat
from theresa_protocol.codec import decode_client, encode
from theresa_protocol.limits import SUBPROTOCOL, Limits
from theresa_protocol.messages import (
    AnyClientMessage,
    AnyServerMessage,
    Configuration,
    End,
    Ended,
    Endpointing,
    Entities,
    Entity,
    ErrorMessage,
    Final,
    Models,
    Partial,
    Start,
    Started,
)

TIMEOUT_S = 60


class Peer:
    """The server's side of one session."""

    def __init__(self, socket: ServerConnection) -> None:
        self.socket = socket
        self.audio = b""
        self.frames: list[int] = []
        self._seq = 0

    async def next(self) -> AnyClientMessage:
        """Return the next message of the client; audio before it goes to ``audio``, its frame lengths to ``frames``."""
        while isinstance(frame := await self.socket.recv(), bytes):
            self.audio += frame
            self.frames.append(len(frame))
        return decode_client(frame)

    async def receive_audio(self, size: int) -> bytes:
        """Wait until ``size`` bytes of audio have arrived in total."""
        while len(self.audio) < size:
            frame = await self.socket.recv()
            assert isinstance(frame, bytes)
            self.audio += frame
            self.frames.append(len(frame))
        return self.audio

    async def send(self, *messages: AnyServerMessage) -> None:
        """Send numbered messages."""
        for message in messages:
            self._seq += 1
            await self.socket.send(encode(msgspec.structs.replace(message, seq=self._seq)))

    async def open(self, limits: Limits | None = None) -> Start:
        """Receive ``start`` and answer it."""
        start = await self.next()
        assert isinstance(start, Start)
        await self.send(started(start, limits or Limits()))
        return start

    async def close(self, *last: AnyServerMessage) -> None:
        """Wait for ``end``, send the last messages and ``ended``, and close."""
        assert isinstance(await self.next(), End)
        await self.send(*last, Ended(audio_ms=0, segments=len(last)))
        await self.socket.close()

    async def fail(self, code: str, message: str, close_code: int) -> None:
        """Send a fatal error and close."""
        await self.send(ErrorMessage(code=code, message=message, fatal=True))
        await self.socket.close(close_code, code)

    async def wait_closed(self) -> None:
        """Wait until the client has closed, and ignore its messages."""
        try:
            while True:
                await self.socket.recv()
        except ConnectionClosed:
            return


Script = Callable[[Peer], Awaitable[None]]


@asynccontextmanager
async def serving(
    script: Script,
    *,
    deny: tuple[HTTPStatus, str, dict[str, str]] | None = None,
    subprotocol: str | None = SUBPROTOCOL,
) -> AsyncIterator[str]:
    """Yield the URL of a server that runs ``script`` for each connection; a failing script fails the test."""
    failures: list[BaseException] = []

    async def handle(socket: ServerConnection) -> None:
        try:
            async with asyncio.timeout(TIMEOUT_S):
                await script(Peer(socket))
        except ConnectionClosed:
            pass
        except BaseException as error:
            failures.append(error)

    def answer(connection: ServerConnection, request: Request) -> Response | None:
        if deny is None:
            return None
        status, body, headers = deny
        response = connection.respond(status, body)
        response.headers.update(headers)
        return response

    subprotocols = None if subprotocol is None else [Subprotocol(subprotocol)]
    server = serve(handle, "127.0.0.1", 0, subprotocols=subprotocols, process_request=answer, close_timeout=1)
    async with server as running:
        host, port = next(iter(running.sockets)).getsockname()[:2]
        async with asyncio.timeout(TIMEOUT_S):
            yield f"ws://{host}:{port}/v1/stream"
    assert not failures, failures


def started(start: Start, limits: Limits) -> Started:
    """The answer to ``start``."""
    return Started(
        session_id="session",
        token=token_urlsafe(),
        resumed=False,
        next_sample=0,
        next_segment=0,
        models=Models(transcriber="scripted"),
        limits=limits,
        configuration=configuration(start.audio),
    )


def configuration(audio: AudioFormat | None = None) -> Configuration:
    """Some configuration in force."""
    return Configuration(
        audio=audio or AudioFormat(),
        language=None,
        task="transcribe",
        partials=True,
        words=False,
        endpointing=Endpointing(),
        prompt=None,
        hotwords=(),
        offset_unit="codepoint",
    )


def partial(text: str, *, segment: int = 0, rev: int = 1, stable: int = 0) -> Partial:
    """A partial of a second that began at 0.2 s."""
    return Partial(segment=segment, rev=rev, text=text, stable=stable, start_ms=200, end_ms=1200, language="en")


def final(text: str, *, segment: int = 0, through: int = 16_000, start_ms: int = 200, end_ms: int = 1200) -> Final:
    """A final of a second that began at 0.2 s."""
    return Final(
        segment=segment,
        text=text,
        start_ms=start_ms,
        end_ms=end_ms,
        through=through,
        reason="endpoint",
        language="en",
        confidence=0.9,
    )


def entity(label: str, text: str, begin: int = 0, *, start_ms: int = 200) -> Entity:
    """An entity of half a second; equal labels and texts have equal ids."""
    return Entity(
        id=f"{label} {text}",
        label=label,
        text=text,
        from_=begin,
        to=begin + len(text),
        start_ms=start_ms,
        end_ms=start_ms + 500,
    )


def entities(*items: Entity, segment: int = 0, rev: int = 1, final: bool = True) -> Entities:
    """The list of a segment."""
    return Entities(segment=segment, rev=rev, final=final, items=items)
