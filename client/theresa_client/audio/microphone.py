"""A microphone as a source of audio: what it gives is kept until it can be sent, whatever the server does."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from theresa_client.audio import portaudio
from theresa_client.audio.backlog import Backlog
from theresa_client.audio.devices import choose
from theresa_client.audio.intake import Block, Intake
from theresa_client.audio.levels import Gauge
from theresa_client.audio.recorder import Recorder
from theresa_client.audio.worker import Worker
from theresa_client.errors import SourceError, SourceLost
from theresa_protocol.text import printable

BACKLOG_MS = 60_000
"""Sound that waits here to be sent, beside the minute or so that the session keeps itself while the server is away."""
STALL_S = 5.0
"""A microphone that gives nothing for so long, not even silence, gives nothing any more."""
SILENT_MS = 3_000
"""Digital silence after which it is worth asking whether the microphone is muted."""
OPEN_S = 10.0
CLOSE_S = 2.0


class Microphone:
    """A source that takes in what comes into ``intake``. Made by ``open_microphone``.

    ``gauge`` is what a person sees of it, ``tell`` takes a sentence for that person.
    """

    duration_ms = None

    def __init__(
        self,
        name: str,
        intake: Intake,
        gauge: Gauge,
        tell: Callable[[str], None],
        recorder: Recorder | None = None,
    ) -> None:
        self.audio = intake.audio
        """The format of the audio."""
        self.recorder = recorder
        """What keeps the sound in a file, if that was asked for."""
        self.awake = asyncio.Event()
        """Set when the device has given something: a stream that was started may take a moment, and lose that."""
        self.done = asyncio.Event()
        """Set when nothing more is taken in."""
        self._name = printable(name)
        self._intake = intake
        self._gauge = gauge
        self._tell = tell
        self._backlog = Backlog(self.audio, BACKLOG_MS)
        self._moved = asyncio.Event()
        self._gone = False
        self._told: set[str] = set()

    def hear(self) -> None:
        """Take in what the device has given."""
        for block in self._intake.take():
            if not self.done.is_set():
                self._hear(block)
        self.awake.set()
        self._gauge.open = True
        self._show_backlog()
        self._moved.set()

    def lose(self) -> None:
        """The device has ended by itself."""
        if not self.done.is_set():
            self._gone = True
            self.end()

    def press(self, key: str) -> None:
        """A key: m and the space bar mute, and unmute."""
        if key in ("m", "M", " "):
            self._gauge.muted = not self._gauge.muted

    async def chunks(self, chunk_ms: int) -> AsyncIterator[bytes]:
        """What was heard, at most ``chunk_ms`` at once. Raises ``SourceLost`` where the device gives no more."""
        self._tell(f"Listening to the microphone '{self._name}' at {self.audio.rate / 1000:g} kHz.")
        if self.recorder is not None:
            self.recorder.begin()
        most = self.audio.samples(chunk_ms)
        while True:
            self._moved.clear()
            while chunk := self._backlog.take(most):
                self._show_backlog()
                yield chunk
            if self._gone:
                raise SourceLost(f"The microphone '{self._name}' is gone: was it unplugged?")
            if self.done.is_set():
                return
            try:
                async with asyncio.timeout(STALL_S):
                    await self._moved.wait()
            except TimeoutError:
                self.end()
                raise SourceLost(f"The microphone '{self._name}' has given nothing for {STALL_S:g} s.") from None

    def stop(self) -> bool:
        """Take in what was said until now, and no more: it is still to be sent."""
        asyncio.get_running_loop().call_later(portaudio.LATENCY_S, self.end)  # so long the driver may hold it
        return True

    def end(self) -> None:
        """Take in nothing more."""
        self.hear()
        self.done.set()

    def remarks(self) -> list[str]:
        """How much was lost, if anything was."""
        lost_s = self._backlog.lost / self.audio.rate
        return [f"{lost_s:.1f} s of sound were lost, and are silence in the transcript's times."] if lost_s else []

    def _hear(self, block: Block) -> None:
        duration_ms = len(block.pcm) / self.audio.sample_bytes / self.audio.rate * 1000
        self._gauge.meter.hear(block.pcm, duration_ms)
        pcm = bytes(len(block.pcm)) if self._gauge.muted else block.pcm
        self._record(bytes(block.missing * self.audio.sample_bytes) + pcm)
        self._backlog.lose(block.missing)
        if block.missing:
            self._tell_once("This computer could not keep up with the microphone: silence stands for what was lost.")
        if not self._backlog.append(pcm):
            self._tell_once(
                "The server has been away for too long to keep all sound: silence stands for what is said from here on."
            )
        if self._gauge.meter.silent_ms > SILENT_MS and not self._gauge.muted:
            self._tell_once(f"The microphone '{self._name}' gives nothing but digital silence: is it muted?")

    def _show_backlog(self) -> None:
        self._gauge.waiting_ms = self.audio.milliseconds(self._backlog.waiting)
        self._gauge.lost_ms = self.audio.milliseconds(self._backlog.lost)

    def _record(self, pcm: bytes) -> None:
        if self.recorder is not None:
            self.recorder.append(pcm)

    def _tell_once(self, sentence: str) -> None:
        if sentence not in self._told:
            self._told.add(sentence)
            self._tell(sentence)


@asynccontextmanager
async def open_microphone(
    wanted: str | None, rate_hz: int | None, gauge: Gauge, tell: Callable[[str], None], save: Path | None = None
) -> AsyncIterator[Microphone]:
    """Record the device with a number or a part of a name (``None``: the default one), into ``save`` as well.

    Raises ``SourceError``. The device is given back as soon as the microphone is stopped: its light goes out then.
    """
    loop = asyncio.get_running_loop()
    worker = Worker("microphone")
    microphone: Microphone | None = None

    def later(what: Callable[[Microphone], object]) -> None:
        """On a thread of PortAudio's: have the loop do something. It may be closed already."""
        if microphone is not None:
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(what, microphone)

    try:
        async with asyncio.timeout(OPEN_S):
            device = choose(await worker.run(portaudio.devices), wanted)
            source = await worker.run(
                lambda: portaudio.Input(device, rate_hz, lambda: later(Microphone.hear), lambda: later(Microphone.lose))
            )
            recorder = None if save is None else Recorder(save, source.intake.audio, tell)
            microphone = Microphone(device.name, source.intake, gauge, tell, recorder)
            await worker.run(source.start)
            await microphone.awake.wait()
    except TimeoutError:
        portaudio.abandon()
        raise SourceError(f"The microphone did not open within {OPEN_S:g} s: does its driver work?") from None
    async with asyncio.TaskGroup() as group:
        group.create_task(_close(microphone, source, worker))
        if recorder is not None:
            group.create_task(recorder.run())
        try:
            yield microphone
        finally:
            microphone.end()


async def _close(microphone: Microphone, source: portaudio.Input, worker: Worker) -> None:
    """Give the device back as soon as the microphone is stopped."""
    try:
        await microphone.done.wait()
    finally:
        if microphone.recorder is not None:
            microphone.recorder.finish()
        try:
            async with asyncio.timeout(CLOSE_S):
                await worker.run(source.close)
        except TimeoutError:
            portaudio.abandon()
        worker.close(lambda: None)
