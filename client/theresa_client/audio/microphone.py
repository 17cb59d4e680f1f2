"""A microphone as a source of audio. Captured audio is kept until it can be sent, whatever the server does."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from theresa_client.audio import portaudio
from theresa_client.audio.capture_queue import Block, CaptureQueue
from theresa_client.audio.devices import choose_device
from theresa_client.audio.levels import MicrophoneStatus
from theresa_client.audio.recorder import Recorder
from theresa_client.audio.send_buffer import SendBuffer
from theresa_client.audio.worker import Worker
from theresa_client.errors import SourceError, SourceLost
from theresa_protocol.text import printable

BUFFER_MS = 60_000
"""Maximum audio that waits to be sent, in addition to the minute or so that the session keeps during an outage."""
STALL_S = 5.0
"""A microphone that delivers nothing for this long, not even silence, has failed."""
SILENT_MS = 3_000
"""Digital silence after which the user is asked whether the microphone is muted."""
OPEN_S = 10.0
CLOSE_S = 2.0


class Microphone:
    """An audio source that reads a capture queue. Created by ``open_microphone``.

    Args:
        name: Name of the device.
        queue: The captured audio.
        status: Updated for display.
        notify: Called with sentences for the user.
        recorder: Records the audio to a file, too.
    """

    duration_ms = None

    def __init__(
        self,
        name: str,
        queue: CaptureQueue,
        status: MicrophoneStatus,
        notify: Callable[[str], None],
        recorder: Recorder | None = None,
    ) -> None:
        self.audio = queue.audio
        """Format of the audio."""
        self.recorder = recorder
        """Records the audio to a file, if requested."""
        self.delivering = asyncio.Event()
        """Set once the device has delivered audio: it may lose the first moment after the start."""
        self.closed = asyncio.Event()
        """Set when no more audio is accepted."""
        self._name = printable(name)
        self._queue = queue
        self._status = status
        self._notify = notify
        self._buffer = SendBuffer(self.audio, BUFFER_MS)
        self._changed = asyncio.Event()
        self._device_lost = False
        self._notified: set[str] = set()

    def read_queue(self) -> None:
        """Accept the audio in the queue."""
        for block in self._queue.take():
            if not self.closed.is_set():
                self._accept(block)
        self.delivering.set()
        self._status.open = True
        self._show_buffer()
        self._changed.set()

    def lose_device(self) -> None:
        """Report that the device has stopped by itself."""
        if not self.closed.is_set():
            self._device_lost = True
            self.close()

    def handle_key(self, key: str) -> None:
        """Mute or unmute on m and the space bar."""
        if key in ("m", "M", " "):
            self._status.muted = not self._status.muted

    async def chunks(self, chunk_ms: int) -> AsyncIterator[bytes]:
        """Yield captured audio, at most ``chunk_ms`` at a time.

        Raises:
            SourceLost: if the device stops delivering.
        """
        self._notify(f"Listening to the microphone '{self._name}' at {self.audio.rate / 1000:g} kHz.")
        if self.recorder is not None:
            self.recorder.begin()
        max_samples = self.audio.samples(chunk_ms)
        while True:
            self._changed.clear()
            while chunk := self._buffer.take(max_samples):
                self._show_buffer()
                yield chunk
            if self._device_lost:
                raise SourceLost(f"The microphone '{self._name}' has disappeared: was it unplugged?")
            if self.closed.is_set():
                return
            try:
                async with asyncio.timeout(STALL_S):
                    await self._changed.wait()
            except TimeoutError:
                self.close()
                raise SourceLost(f"The microphone '{self._name}' delivered no audio for {STALL_S:g} s.") from None

    def stop(self) -> bool:
        """Stop capturing. The audio captured up to now must still be sent."""
        asyncio.get_running_loop().call_later(portaudio.LATENCY_S, self.close)  # the driver may hold that much
        return True

    def close(self) -> None:
        """Accept the audio in the queue, and no more."""
        self.read_queue()
        self.closed.set()

    def warnings(self) -> list[str]:
        """Return how much audio was lost, if any."""
        lost_s = self._buffer.lost / self.audio.rate
        return [f"{lost_s:.1f} s of audio were lost and replaced by silence."] if lost_s else []

    def _accept(self, block: Block) -> None:
        duration_ms = len(block.pcm) / self.audio.sample_bytes / self.audio.rate * 1000
        self._status.meter.update(block.pcm, duration_ms)
        pcm = bytes(len(block.pcm)) if self._status.muted else block.pcm
        self._record(bytes(block.missing * self.audio.sample_bytes) + pcm)
        self._buffer.append_silence(block.missing)
        if block.missing:
            self._notify_once("This computer could not keep up with the microphone: lost audio is replaced by silence.")
        if not self._buffer.append(pcm):
            self._notify_once(
                "The server has been unreachable for too long: new audio is replaced by silence until it returns."
            )
        if self._status.meter.silent_ms > SILENT_MS and not self._status.muted:
            self._notify_once(f"The microphone '{self._name}' delivers only digital silence: is it muted?")

    def _show_buffer(self) -> None:
        self._status.waiting_ms = self.audio.milliseconds(self._buffer.waiting)
        self._status.lost_ms = self.audio.milliseconds(self._buffer.lost)

    def _record(self, pcm: bytes) -> None:
        if self.recorder is not None:
            self.recorder.append(pcm)

    def _notify_once(self, sentence: str) -> None:
        if sentence not in self._notified:
            self._notified.add(sentence)
            self._notify(sentence)


@asynccontextmanager
async def open_microphone(
    device_name: str | None,
    rate_hz: int | None,
    status: MicrophoneStatus,
    notify: Callable[[str], None],
    save: Path | None = None,
) -> AsyncIterator[Microphone]:
    """Open a microphone. Its device is released as soon as the microphone is stopped, which turns its light off.

    Args:
        device_name: Number or part of the name of the device; ``None`` selects the default device.
        rate_hz: Sample rate; ``None`` uses the device's own.
        status: Updated for display.
        notify: Called with sentences for the user.
        save: File to record to.

    Raises:
        SourceError: if it cannot be opened.
    """
    loop = asyncio.get_running_loop()
    worker = Worker("microphone")
    microphone: Microphone | None = None

    def call_soon(function: Callable[[Microphone], object]) -> None:
        """Call a function on the event loop, from a thread of PortAudio. The loop may be closed already."""
        if microphone is not None:
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(function, microphone)

    def audio_available() -> None:
        call_soon(Microphone.read_queue)

    def stream_finished() -> None:
        call_soon(Microphone.lose_device)

    try:
        async with asyncio.timeout(OPEN_S):
            device = choose_device(await worker.run(portaudio.devices), device_name)
            stream = await worker.run(lambda: portaudio.InputStream(device, rate_hz, audio_available, stream_finished))
            recorder = None if save is None else Recorder(save, stream.queue.audio, notify)
            microphone = Microphone(device.name, stream.queue, status, notify, recorder)
            await worker.run(stream.start)
            await microphone.delivering.wait()
    except TimeoutError:
        portaudio.abandon()
        raise SourceError(f"The microphone did not open within {OPEN_S:g} s: check its driver.") from None
    async with asyncio.TaskGroup() as group:
        group.create_task(_release(microphone, stream, worker))
        if recorder is not None:
            group.create_task(recorder.run())
        try:
            yield microphone
        finally:
            microphone.close()


async def _release(microphone: Microphone, stream: portaudio.InputStream, worker: Worker) -> None:
    """Release the device as soon as the microphone is closed."""
    try:
        await microphone.closed.wait()
    finally:
        if microphone.recorder is not None:
            microphone.recorder.finish()
        try:
            async with asyncio.timeout(CLOSE_S):
                await worker.run(stream.close)
        except TimeoutError:
            portaudio.abandon()
        worker.close(lambda: None)
