"""A stream that survives its connections, as a program uses it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

from theresa_client.errors import ConnectionLost, TheresaError
from theresa_client.pacing import may_send
from theresa_client.receiving import MAX_UNREAD_MESSAGES, Frame, unread_error
from theresa_client.resume_state import ResumeState, can_resume
from theresa_client.stream import Stream, require_whole_samples
from theresa_protocol.errors import ErrorCode, LocalProtocolError
from theresa_protocol.messages import AnyServerMessage, Flushed, Started, Unknown, Update, Updated

Answer = TypeVar("Answer")


class ResumingStream:
    """A session over any number of connections, used like a ``Stream``. Created by ``connect_resuming``.

    Audio is kept until it is committed, and sent again if necessary. During an outage ``send`` accepts audio until the
    limit of the server is reached (``limits.max_ahead_ms``), then waits.
    """

    def __init__(self, state: ResumeState) -> None:
        self.audio = state.uncommitted.audio
        """Declared format of the audio to send."""
        self._state = state
        self._inbox: asyncio.Queue[Frame | None] = asyncio.Queue(MAX_UNREAD_MESSAGES)
        self._stream: Stream | None = None
        self._connected = asyncio.Event()
        self._changed = asyncio.Event()
        self._sending = asyncio.Lock()
        self._finished = False
        self._read_to_end = False
        self._over = asyncio.Event()
        self._failure: TheresaError | None = None
        self._started: Started | None = None
        self._reading_started = False

    @property
    def started(self) -> Started:
        """The server's latest ``started`` message."""
        assert self._started is not None  # noqa: S101 - programs get a stream only once it is open
        return self._started

    @property
    def sent(self) -> int:
        """Samples sent, at the declared rate; repetitions do not count."""
        return self._state.uncommitted.end

    @property
    def committed(self) -> int:
        """Position in samples before which all audio is final. It will not be sent again."""
        return self._state.committed

    async def send(self, pcm: bytes) -> None:
        """Send audio in the declared format.

        Raises:
            ValueError: if it is not a whole number of samples.
            LocalProtocolError: after ``finish``.
            TheresaError: if the session has failed.
        """
        require_whole_samples(pcm, self.audio)
        await self.wait_for_room(len(pcm) // self.audio.sample_bytes)
        async with self._sending:
            if self._finished:
                raise LocalProtocolError(ErrorCode.UNEXPECTED_MESSAGE, "A client must not send audio after 'end'.")
            self._state.uncommitted.append(pcm)
            if self._stream is not None:
                await self._try_to_send(self._stream.send(pcm))

    async def wait_for_room(self, samples: int) -> None:
        """Wait until ``samples`` more samples stay within ``limits.max_ahead_ms``."""
        limit = self.audio.samples(self.started.limits.max_ahead_ms)
        while not self._over.is_set() and not may_send(samples, self.sent, self.committed, limit):
            self._changed.clear()
            await self._changed.wait()
        self._raise_failure()

    async def flush(self) -> Flushed:
        """Finalise all audio sent so far. Returns once its finals have arrived; iterate to read them."""
        return await self._request(lambda stream: stream.flush())

    async def update(self, update: Update) -> Updated:
        """Change the configuration. Returns the one now in force."""
        answer = await self._request(lambda stream: stream.update(update))
        self._state.apply_update(update)
        return answer

    async def finish(self) -> None:
        """End the audio. The last finals and ``Ended`` follow: keep reading until the iteration stops."""
        async with self._sending:
            self._finished = True
            if self._stream is not None:
                await self._try_to_send(self._stream.finish())

    async def __aiter__(self) -> AsyncIterator[AnyServerMessage]:
        """Yield all messages up to ``Ended``, each final once; messages of unknown types are skipped."""
        async for message, _ in self.frames():
            if not isinstance(message, Unknown):
                yield message

    async def frames(self) -> AsyncIterator[Frame]:
        """Yield all messages, unknown types included, with the JSON text of each."""
        self._reading_started = True
        while not self._read_to_end:
            frame = await self._inbox.get()
            if frame is None:
                self._read_to_end = True
            else:
                yield frame
        self._raise_failure()

    # --- Used by ``connect_resuming`` ------------------------------------------------------------------------------

    @property
    def was_opened(self) -> bool:
        """Whether the session has been opened at least once."""
        return self._started is not None

    async def wait_until_open(self) -> None:
        """Wait until the session is open. Raises the error if it cannot be opened."""
        await self._connected.wait()
        self._raise_failure()

    async def close_connection(self) -> None:
        """Close the current connection normally, so that the server does not wait for this client."""
        if self._stream is not None:
            await self._stream.close()

    async def run_connection(self, stream: Stream) -> None:
        """Use a connection until the session ends. Raises the error that ends the connection before."""
        resending: asyncio.Task[None] | None = None
        try:
            async for message, text in stream.frames():
                if self._inbox.full() and not self._reading_started:
                    raise unread_error()
                if self._state.receive(message):
                    await self._inbox.put((message, text))
                self._changed.set()
                if isinstance(message, Started):
                    self._started = message
                    resending = asyncio.create_task(self._resend(stream))
        finally:
            if resending is not None:
                resending.cancel()
                await asyncio.gather(resending, return_exceptions=True)

    def with_totals(self, error: TheresaError) -> TheresaError:
        """Return the error that ends the session; a lost connection reports the totals of all connections."""
        if not isinstance(error, ConnectionLost):
            return error
        committed_ms = self.audio.milliseconds(self.committed)
        return ConnectionLost(error.close_code, error.reason, finals=self._state.finals, committed_ms=committed_ms)

    def drop_connection(self) -> None:
        """Record that the current connection is lost."""
        self._stream = None
        self._connected.clear()

    async def end_session(self, failure: TheresaError | None) -> None:
        """Record that there will be no further connection."""
        self.drop_connection()
        self._failure = failure
        self._over.set()
        self._changed.set()
        self._connected.set()
        await self._inbox.put(None)

    async def _resend(self, stream: Stream) -> None:
        """Send the audio that the server lacks, then let the program send."""
        try:
            async with self._sending:
                for piece in self._state.uncommitted.since(stream.started.next_sample):
                    await stream.wait_for_room(len(piece) // self.audio.sample_bytes)
                    await stream.send(piece)
                if self._finished:
                    await stream.finish()
                self._stream = stream
                self._connected.set()
        except TheresaError:
            pass  # `run_connection` gets the same error from the stream, and raises it

    async def _try_to_send(self, sending: Awaitable[None]) -> None:
        """Send; if the connection is lost, `_resend` sends it over the next one."""
        try:
            await sending
        except TheresaError as error:
            if not can_resume(error):
                raise
            self.drop_connection()

    async def _request(self, send: Callable[[Stream], Awaitable[Answer]]) -> Answer:
        """Send a request and wait for the answer; repeat it over the next connection if the answer was lost."""
        while True:
            await self._connected.wait()
            self._raise_failure()
            stream = self._stream
            if stream is None:
                self._connected.clear()
                continue
            try:
                return await send(stream)
            except TheresaError as error:
                if not can_resume(error):
                    raise
                if self._stream is stream:
                    self.drop_connection()

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure
