"""One stream from a source to an output, over a session that comes back: what every command does."""

import asyncio
import math
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import msgspec

from theresa_client.audio.sources import Source
from theresa_client.cli.options import Files, SessionOptions
from theresa_client.cli.outputs import Output
from theresa_client.cli.presenter import Presenter
from theresa_client.errors import OutputError, SourceError, TheresaError
from theresa_client.pacing import Pace, Pacer
from theresa_client.reconnecting import Reconnect, connect_resuming
from theresa_client.resuming import ResumingStream
from theresa_client.subtitles import plain_text, srt, vtt, write_atomically
from theresa_client.transcript import Transcript
from theresa_protocol.messages import AnyServerMessage, Draining, Entity, ErrorMessage, Unknown, WarningMessage

CHUNK_MS = 40
"""Audio in one frame when it is paced: what a microphone would send."""
UNPACED_CHUNK_MS = 500
LIVE = math.inf
"""The speed of a source that keeps its own time: whatever it gives is due."""


@dataclass(frozen=True)
class Outcome:
    """How one stream went. ``error`` is ``None`` where all came back."""

    label: str
    segments: int
    audio_ms: int
    error: TheresaError | BrokenPipeError | None
    entities: tuple[Entity, ...] = ()


@dataclass(frozen=True)
class Job:
    """One stream to run. ``speed`` 1 is as fast as it was spoken, 0 as fast as the server can, or ``LIVE``."""

    label: str
    source: Source
    options: SessionOptions
    output: Output
    stop: asyncio.Event
    speed: float = 1.0

    def notice(self, sentence: str) -> None:
        """Tell what a person should know."""
        self.output.noticed(self.label, sentence)

    def connection(self, there: bool) -> None:
        """Show whether the connection is there."""
        self.output.connected(self.label, there)


@contextmanager
def interruptible(output: Output) -> Iterator[asyncio.Event]:
    """An event that the first Ctrl-C (or SIGTERM) sets; the second cancels the task that runs the block."""
    loop, stop, task = asyncio.get_running_loop(), asyncio.Event(), asyncio.current_task()

    def interrupt() -> None:
        if stop.is_set() and task is not None:
            task.cancel()
            return
        stop.set()
        output.noticed("", "Interrupted: waiting for the last words. Press Ctrl-C again to give up.")

    signals = (signal.SIGINT, signal.SIGTERM)
    for number in signals:
        loop.add_signal_handler(number, interrupt)
    try:
        yield stop
    finally:
        for number in signals:
            loop.remove_signal_handler(number)


async def run(job: Job) -> Outcome:
    """Speak and listen to the end, then write the files. What goes wrong is in the outcome."""
    transcript = Transcript()
    start = msgspec.structs.replace(job.options.start, audio=job.source.audio)
    policy = Reconnect(limit_s=job.options.reconnect_s, tell=job.notice, watch=job.connection)
    sent_ms = 0
    error: TheresaError | BrokenPipeError | None = None
    try:
        async with connect_resuming(job.options.url, start, reconnect=policy, api_key=job.options.api_key) as stream:
            job.connection(True)
            try:
                error = await _converse(job, stream, transcript)
            finally:
                sent_ms = stream.audio.milliseconds(stream.sent)
    except (TheresaError, BrokenPipeError) as failure:
        error = failure
    finally:
        error = await asyncio.to_thread(_write_files, job.options.files, job.label, transcript) or error
        job.output.ended(job.label)
    return Outcome(job.label, len(transcript.finals), sent_ms, error, tuple(transcript.entities))


async def _converse(job: Job, stream: ResumingStream, transcript: Transcript) -> SourceError | None:
    """Speak and listen until the goodbye. Returns what was wrong with the source; raises what else went wrong."""
    try:
        async with asyncio.TaskGroup() as group:
            speaking = group.create_task(_speak(job, stream))
            await _listen(job, stream, transcript)
            return await speaking
    except* (TheresaError, BrokenPipeError) as group_of_errors:
        failure = _first(group_of_errors)
    raise failure


async def _speak(job: Job, stream: ResumingStream) -> SourceError | None:
    """Feed until the source ends or the first Ctrl-C, then say so: what was sent is heard to its end."""
    async with asyncio.TaskGroup() as group:
        feeding = group.create_task(_feed(job, stream))
        stopping = group.create_task(job.stop.wait())
        await asyncio.wait((feeding, stopping), return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not job.source.stop():
            feeding.cancel()
    for sentence in job.source.remarks():
        job.notice(sentence)
    job.output.waiting(job.label)
    await stream.finish()
    return None if feeding.cancelled() else feeding.result()


async def _feed(job: Job, stream: ResumingStream) -> SourceError | None:
    paced = 0 < job.speed < LIVE
    pacer = Pacer(Pace(stream.audio.rate, job.speed), time.monotonic)
    try:
        async for chunk in job.source.chunks(CHUNK_MS if paced else UNPACED_CHUNK_MS):
            samples = len(chunk) // stream.audio.sample_bytes
            await stream.wait_for_room(samples)
            await pacer.wait(stream.sent + samples)
            await stream.send(chunk)
            _show_progress(job, stream)
    except SourceError as error:
        return error
    return None


async def _listen(job: Job, stream: ResumingStream, transcript: Transcript) -> None:
    presenter = Presenter(job.output, job.label, transcript, entities=job.options.start.entities is not None)
    async with asyncio.TaskGroup() as group:
        presenting = group.create_task(presenter.run())
        try:
            async for message, text in stream.frames():
                job.output.received(job.label, text)
                presenter.heard(message)
                _notice(job, message)
                _show_progress(job, stream)
        finally:
            presenting.cancel()
            presenter.finish()


def _show_progress(job: Job, stream: ResumingStream) -> None:
    """Paced, what counts is what was said; unpaced, what is done with it."""
    samples = stream.sent if job.speed else stream.committed
    job.output.progressed(job.label, stream.audio.milliseconds(samples))


def _notice(job: Job, message: AnyServerMessage | Unknown) -> None:
    match message:
        case WarningMessage(message=sentence) | ErrorMessage(message=sentence, fatal=False):
            job.notice(sentence)
        case Draining(deadline_ms=deadline_ms):
            job.notice(f"The server is about to stop: it gives {deadline_ms / 1000:.0f} s.")
        case _:
            pass


def _first(group: BaseExceptionGroup[TheresaError | BrokenPipeError]) -> TheresaError | BrokenPipeError:
    """The first error of a group of groups: what one task met, all others of the stream met for the same reason."""
    error = group.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error


def _write_files(files: Files, label: str, transcript: Transcript) -> OutputError | None:
    failure: OutputError | None = None
    for path, render in ((files.srt, srt), (files.vtt, vtt), (files.text, plain_text)):
        if path is None:
            continue
        target = path.with_name(f"{path.stem}.{label}{path.suffix}") if label else path
        try:
            write_atomically(target, render(transcript.finals))
        except OSError as error:
            failure = OutputError(f"{target} could not be written: {error.strerror}.")
    return failure
