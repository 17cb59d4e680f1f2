"""A session that outlives its connections, as a program sees it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

from theresa_client.errors import ConnectionLost, TheresaError
from theresa_client.pacing import may_send
from theresa_client.receiving import MAX_UNREAD_MESSAGES, Frame, too_much_unread
from theresa_client.recovery import Recovery, can_resume
from theresa_client.stream import Stream
from theresa_protocol.errors import ErrorCode, LocalProtocolError
from theresa_protocol.messages import AnyServerMessage, Flushed, Started, Unknown, Update, Updated

Answer = TypeVar("Answer")


class ResumingStream:
    """One session over as many connections as it takes. Made by ``connect_resuming``; used as a ``Stream``.

    Audio that is not committed is kept and sent again. While the connection is away ``send`` goes on until as much is
    kept as the server lets run ahead (``limits.max_ahead_ms``), and waits then.
    """

    def __init__(self, recovery: Recovery) -> None:
        self.audio = recovery.tail.audio
        """The declared format of the audio to send."""
        self._recovery = recovery
        self._inbox: asyncio.Queue[Frame | None] = asyncio.Queue(MAX_UNREAD_MESSAGES)
        self._stream: Stream | None = None
        self._connected = asyncio.Event()
        self._moved = asyncio.Event()
        self._sending = asyncio.Lock()
        self._finished = False
        self._read_to_end = False
        self._over = asyncio.Event()
        self._failure: TheresaError | None = None
        self._started: Started | None = None
        self._listened_to = False

    @property
    def started(self) -> Started:
        """The server's newest answer to ``start``."""
        assert self._started is not None  # noqa: S101 - a stream is handed out once it is open
        return self._started

    @property
    def sent(self) -> int:
        """Samples sent, at the declared rate; each counted once."""
        return self._recovery.tail.end

    @property
    def committed(self) -> int:
        """Samples before which all is final: that audio will not be asked for again."""
        return self._recovery.committed

    async def send(self, pcm: bytes) -> None:
        """Send audio: whole samples of the declared format. Raises ``ValueError``, and what ended the session."""
        if len(pcm) % self.audio.sample_bytes:
            raise ValueError(f"{len(pcm)} bytes are no whole number of samples of {self.audio.sample_bytes} bytes.")
        await self.wait_for_room(len(pcm) // self.audio.sample_bytes)
        async with self._sending:
            if self._finished:
                raise LocalProtocolError(ErrorCode.UNEXPECTED_MESSAGE, "A client must not send audio after 'end'.")
            self._recovery.tail.append(pcm)
            if self._stream is not None:
                await self._try(self._stream.send(pcm))

    async def wait_for_room(self, samples: int) -> None:
        """Wait until ``samples`` more may be sent without running further ahead than ``limits.max_ahead_ms``."""
        limit = self.audio.samples(self.started.limits.max_ahead_ms)
        while not self._over.is_set() and not may_send(samples, self.sent, self.committed, limit):
            self._moved.clear()
            await self._moved.wait()
        self._raise_failure()

    async def flush(self) -> Flushed:
        """Have all that was sent made final; returns when those finals have come (they are read by iteration)."""
        return await self._answered(lambda stream: stream.flush())

    async def update(self, update: Update) -> Updated:
        """Change what may be changed during a session; returns the configuration that is now in force."""
        answer = await self._answered(lambda stream: stream.update(update))
        self._recovery.change(update)
        return answer

    async def finish(self) -> None:
        """Say that no more audio comes. The last finals and ``Ended`` follow: read on until the iteration stops."""
        async with self._sending:
            self._finished = True
            if self._stream is not None:
                await self._try(self._stream.finish())

    async def __aiter__(self) -> AsyncIterator[AnyServerMessage]:
        """All messages to ``Ended``, each final once; those of unknown types are left out."""
        async for message, _ in self.frames():
            if not isinstance(message, Unknown):
                yield message

    async def frames(self) -> AsyncIterator[Frame]:
        """All messages, each with the JSON text that it came as; also those of unknown types."""
        self._listened_to = True
        while not self._read_to_end:
            frame = await self._inbox.get()
            if frame is None:
                self._read_to_end = True
            else:
                yield frame
        self._raise_failure()

    # --- the connections -------------------------------------------------------------------------------------------

    @property
    def begun(self) -> bool:
        """Whether the session was opened once."""
        return self._started is not None

    async def opened(self) -> None:
        """Wait until the session is open. Raises what was in the way."""
        await self._connected.wait()
        self._raise_failure()

    async def leave(self) -> None:
        """Close the connection, if there is one, so that the server knows that nobody will come back."""
        if self._stream is not None:
            await self._stream.close()

    async def serve(self, stream: Stream) -> None:
        """Speak and hear over a connection until the goodbye. Raises what ends it before."""
        catching_up: asyncio.Task[None] | None = None
        try:
            async for message, text in stream.frames():
                if self._inbox.full() and not self._listened_to:
                    raise too_much_unread()
                if self._recovery.hear(message):
                    await self._inbox.put((message, text))
                self._moved.set()
                if isinstance(message, Started):
                    self._started = message
                    catching_up = asyncio.create_task(self._catch_up(stream))
        finally:
            if catching_up is not None:
                catching_up.cancel()
                await asyncio.gather(catching_up, return_exceptions=True)

    def give_up(self, error: TheresaError) -> TheresaError:
        """The error that ends the session: a lost connection counts what came over all of them."""
        if not isinstance(error, ConnectionLost):
            return error
        committed_ms = self.audio.milliseconds(self.committed)
        return ConnectionLost(error.close_code, error.reason, finals=self._recovery.finals, committed_ms=committed_ms)

    def lose(self) -> None:
        """The connection is gone."""
        self._stream = None
        self._connected.clear()

    async def end(self, failure: TheresaError | None) -> None:
        """There will be no other connection."""
        self.lose()
        self._failure = failure
        self._over.set()
        self._moved.set()
        self._connected.set()
        await self._inbox.put(None)

    async def _catch_up(self, stream: Stream) -> None:
        """Send again what the server asks for, then let the program send."""
        try:
            async with self._sending:
                for piece in self._recovery.tail.since(stream.started.next_sample):
                    await stream.wait_for_room(len(piece) // self.audio.sample_bytes)
                    await stream.send(piece)
                if self._finished:
                    await stream.finish()
                self._stream = stream
                self._connected.set()
        except TheresaError:
            pass  # the one who reads meets it, too, and tells

    async def _try(self, sending: Awaitable[None]) -> None:
        """Send; what is lost with the connection is sent over the next one."""
        try:
            await sending
        except TheresaError as error:
            if not can_resume(error):
                raise
            self.lose()

    async def _answered(self, ask: Callable[[Stream], Awaitable[Answer]]) -> Answer:
        """Ask, over the next connection once more where the answer was lost."""
        while True:
            await self._connected.wait()
            self._raise_failure()
            stream = self._stream
            if stream is None:
                self._connected.clear()
                continue
            try:
                return await ask(stream)
            except TheresaError as error:
                if not can_resume(error):
                    raise
                if self._stream is stream:
                    self.lose()

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure
