"""One session with a server: send audio, iterate over what it says."""

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
    """One session. Made by ``connect``.

    A short recording may be sent first and read about afterwards; else send and read in two tasks. Beyond
    ``receiving.MAX_UNREAD_MESSAGES`` unread messages the server has to wait, or, where nothing was ever read, the
    session ends with ``UnreadMessages``. Every method raises what ended the session: that, ``ServerError``,
    ``ConnectionLost`` or ``ProtocolViolation``.
    """

    def __init__(
        self, socket: ClientConnection, conversation: Conversation, receiver: Receiver, audio: AudioFormat
    ) -> None:
        self.audio = audio
        """The declared format of the audio to send."""
        self.sent = 0
        """Position behind the last sample sent, at the declared rate."""
        self._socket = socket
        self._conversation = conversation
        self._receiver = receiver
        self._sending = asyncio.Lock()
        self._flush_count = 0
        self._finished = False
        self._read_to_end = False

    @property
    def started(self) -> Started:
        """The server's answer to ``start``: session id, models, limits and the configuration in force."""
        return self._receiver.opened.result()

    @property
    def committed(self) -> int:
        """Samples before which all is final: that audio will not be asked for again."""
        return self._receiver.committed

    async def begin(self, start: Start, timeout_s: float) -> None:
        """Send ``start`` and wait for ``started``: done by ``connect``. Raises ``ConnectionFailed`` after that time."""
        await self._send(start)
        try:
            async with asyncio.timeout(timeout_s):
                await self._receiver.answer(self._receiver.opened)
        except TimeoutError:
            raise ConnectionFailed(f"The server did not answer 'start' within {timeout_s:g} s.") from None
        self.sent = self.started.next_sample
        if start.resume is not None:
            self._receiver.committed = max(self._receiver.committed, start.resume.committed)

    async def send(self, pcm: bytes) -> None:
        """Send audio: whole samples of the declared format, any amount; it is cut into frames the server takes.

        Returns when it is on its way and the buffers below are no longer full. Raises ``ValueError`` for a part of a
        sample and ``LocalProtocolError`` after ``finish``.
        """
        sample_bytes = self.audio.sample_bytes
        if len(pcm) % sample_bytes:
            raise ValueError(f"{len(pcm)} bytes are no whole number of samples of {sample_bytes} bytes.")
        step = max(self.started.limits.max_frame_bytes // sample_bytes, 1) * sample_bytes
        async with self._sending:
            for begin in range(0, len(pcm), step):
                frame = pcm[begin : begin + step]
                self.sent += len(frame) // sample_bytes
                await self._send(frame)

    async def wait_for_room(self, samples: int) -> None:
        """Wait until ``samples`` more may be sent without running further ahead than ``limits.max_ahead_ms``.

        A live source needs no such care. A recording sent faster than it was spoken does: see ``pacing.may_send``.
        """
        receiver = self._receiver
        limit = self.audio.samples(self.started.limits.max_ahead_ms)
        while not receiver.done.is_set() and not may_send(samples, self.sent, receiver.committed, limit):
            receiver.moved.clear()
            await receiver.moved.wait()
        receiver.raise_failure()

    async def flush(self) -> Flushed:
        """Have all that was sent made final; returns when those finals have come (they are read by iteration)."""
        self._flush_count += 1
        key = f"flush-{self._flush_count}"
        answer: asyncio.Future[Flushed] = asyncio.get_running_loop().create_future()
        self._receiver.flushes[key] = answer
        try:
            async with self._sending:
                await self._send(Flush(id=key))
            return await self._receiver.answer(answer)
        finally:
            self._receiver.flushes.pop(key, None)

    async def update(self, update: Update) -> Updated:
        """Change what may be changed during a session; returns the configuration that is now in force.

        Raises ``ServerError`` with ``fatal`` false where the server has not what is asked for; nothing changed then.
        """
        answer: asyncio.Future[Updated] = asyncio.get_running_loop().create_future()
        async with self._sending:
            self._receiver.updates.append(answer)  # for good, even if cancelled: answers come in order
            await self._send(update)
        return await self._receiver.answer(answer)

    async def finish(self) -> None:
        """Say that no more audio comes. The last finals and ``Ended`` follow: read on until the iteration stops."""
        async with self._sending:
            if not self._finished:
                self._finished = True
                await self._send(End())

    async def close(self) -> None:
        """Leave at once; what is not final is lost."""
        await self._socket.close()

    async def __aiter__(self) -> AsyncIterator[AnyServerMessage]:
        """All messages from ``Started`` to ``Ended``, in order; those of unknown types are left out."""
        async for message, _ in self.frames():
            if not isinstance(message, Unknown):
                yield message

    async def frames(self) -> AsyncIterator[Frame]:
        """All messages, each with the JSON text that it came as; also those of unknown types."""
        self._receiver.listened_to = True
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
            await self._receiver.done.wait()  # the reader knows why
            self._receiver.raise_failure()
            raise
