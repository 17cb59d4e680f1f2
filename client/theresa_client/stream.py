"""A session with a server: send audio, and iterate over the messages."""

import asyncio
from collections.abc import AsyncIterator

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from theresa_client.errors import ConnectionFailed
from theresa_client.pacing import may_send
from theresa_client.receiving import Frame, Receiver
from theresa_protocol.audio import AudioFormat
from theresa_protocol.codec import encode
from theresa_protocol.conversation import Conversation, State
from theresa_protocol.messages import (
    AnyClientMessage,
    AnyServerMessage,
    End,
    Flush,
    Flushed,
    Start,
    Started,
    Unknown,
    Update,
    Updated,
)


class Stream:
    """One session. Created by ``connect``.

    Send and read in two tasks, unless the recording is short. If ``receiving.MAX_UNREAD_MESSAGES`` messages are unread,
    the server has to wait; if the program has never read, the session ends with ``UnreadMessages``. Every method raises
    the error that ended the session: ``UnreadMessages``, ``ServerError``, ``ConnectionLost`` or ``ProtocolViolation``.
    """

    def __init__(
        self, socket: ClientConnection, conversation: Conversation, receiver: Receiver, audio: AudioFormat
    ) -> None:
        self.audio = audio
        """Declared format of the audio to send."""
        self.sent = 0
        """Position after the last sample sent, at the declared rate."""
        self._socket = socket
        self._conversation = conversation
        self._receiver = receiver
        self._sending = asyncio.Lock()
        self._flush_count = 0
        self._finished = False
        self._read_to_end = False

    @property
    def started(self) -> Started:
        """The server's ``started`` message: session id, models, limits and the configuration in force."""
        return self._receiver.started.result()

    @property
    def committed(self) -> int:
        """Position in samples before which all audio is final. It will not be needed again."""
        return self._receiver.committed

    async def begin(self, start: Start, timeout_s: float) -> None:
        """Send ``start`` and wait for ``started``. Called by ``connect``.

        Raises:
            ConnectionFailed: if the answer takes longer than ``timeout_s``.
        """
        await self._send(start)
        try:
            async with asyncio.timeout(timeout_s):
                await self._receiver.wait_for(self._receiver.started)
        except TimeoutError:
            raise ConnectionFailed(f"The server did not answer 'start' within {timeout_s:g} s.") from None
        self.sent = self.started.next_sample
        if start.resume is not None:
            self._receiver.committed = max(self._receiver.committed, start.resume.committed)

    async def send(self, pcm: bytes) -> None:
        """Send audio in the declared format, split into frames that the server accepts.

        Waits while the send buffers are full.

        Raises:
            ValueError: if it is not a whole number of samples.
            LocalProtocolError: after ``finish``.
        """
        require_whole_samples(pcm, self.audio)
        sample_bytes = self.audio.sample_bytes
        step = max(self.started.limits.max_frame_bytes // sample_bytes, 1) * sample_bytes
        async with self._sending:
            for begin in range(0, len(pcm), step):
                frame = pcm[begin : begin + step]
                self.sent += len(frame) // sample_bytes
                await self._send(frame)

    async def wait_for_room(self, samples: int) -> None:
        """Wait until ``samples`` more samples stay within ``limits.max_ahead_ms``.

        Only a recording sent faster than real time needs this; a live source does not. See ``pacing.may_send``.
        """
        receiver = self._receiver
        limit = self.audio.samples(self.started.limits.max_ahead_ms)
        while not receiver.done.is_set() and not may_send(samples, self.sent, receiver.committed, limit):
            receiver.changed.clear()
            await receiver.changed.wait()
        receiver.raise_failure()

    async def flush(self) -> Flushed:
        """Finalise all audio sent so far. Returns once its finals have arrived; iterate to read them."""
        self._flush_count += 1
        key = f"flush-{self._flush_count}"
        answer: asyncio.Future[Flushed] = asyncio.get_running_loop().create_future()
        self._receiver.flushes[key] = answer
        try:
            async with self._sending:
                await self._send(Flush(id=key))
            return await self._receiver.wait_for(answer)
        finally:
            self._receiver.flushes.pop(key, None)

    async def update(self, update: Update) -> Updated:
        """Change the configuration. Returns the one now in force.

        Raises:
            ServerError: with ``fatal`` false if the server cannot meet the request; nothing has changed then.
        """
        answer: asyncio.Future[Updated] = asyncio.get_running_loop().create_future()
        async with self._sending:
            self._receiver.updates.append(answer)  # kept even if cancelled, because answers arrive in order
            await self._send(update)
        return await self._receiver.wait_for(answer)

    async def finish(self) -> None:
        """End the audio. The last finals and ``Ended`` follow: keep reading until the iteration stops."""
        async with self._sending:
            if not self._finished:
                self._finished = True
                await self._send(End())

    async def close(self) -> None:
        """Close the connection at once; text that is not final is lost."""
        await self._socket.close()

    async def __aiter__(self) -> AsyncIterator[AnyServerMessage]:
        """Yield all messages from ``Started`` to ``Ended``, in order; messages of unknown types are skipped."""
        async for message, _ in self.frames():
            if not isinstance(message, Unknown):
                yield message

    async def frames(self) -> AsyncIterator[Frame]:
        """Yield all messages, unknown types included, with the JSON text of each."""
        self._receiver.reading_started = True
        while not self._read_to_end:
            frame = await self._receiver.inbox.get()
            if frame is None:
                self._read_to_end = True
            else:
                yield frame
        self._receiver.raise_failure()

    async def _send(self, message: AnyClientMessage | bytes) -> None:
        if self._conversation.state is State.CLOSED:
            await self._receiver.done.wait()
        self._receiver.raise_failure()
        self._conversation.sent(message)
        try:
            await self._socket.send(message if isinstance(message, bytes) else encode(message))
        except ConnectionClosed:
            await self._receiver.done.wait()  # it sets `failure`
            self._receiver.raise_failure()
            raise


def require_whole_samples(pcm: bytes, audio: AudioFormat) -> None:
    """Check that audio is a whole number of samples.

    Raises:
        ValueError: if it is not.
    """
    if len(pcm) % audio.sample_bytes:
        raise ValueError(f"{len(pcm)} bytes are not a whole number of samples of {audio.sample_bytes} bytes.")
