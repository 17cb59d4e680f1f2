"""Streams audio from a source to a server and shows the transcript: the part that all commands share."""

import asyncio
import math
import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import msgspec

from theresa_client.audio.sources import AudioSource
from theresa_client.cli.arguments.session import OutputFiles, SessionOptions
from theresa_client.cli.display.output import Output
from theresa_client.cli.display.renderer import StreamRenderer
from theresa_client.errors import OutputError, ServerError, SourceError, TheresaError
from theresa_client.pacing import Pace, Pacer
from theresa_client.reconnecting import Reconnect, connect_resuming
from theresa_client.resuming import ResumingStream
from theresa_client.subtitles import plain_text, srt, vtt, write_atomically
from theresa_client.transcript import Transcript
from theresa_protocol.errors import ErrorCode
from theresa_protocol.messages import AnyServerMessage, Draining, Entity, ErrorMessage, Start, Unknown, WarningMessage

CHUNK_MS = 40
"""Audio per frame when paced, like that of a microphone."""
UNPACED_CHUNK_MS = 500
LIVE = math.inf
"""The speed of a live source, which paces itself."""


@dataclass(frozen=True)
class StreamResult:
    """The result of one stream."""

    label: str
    segments: int
    """Number of finals with text."""
    audio_ms: int
    error: TheresaError | BrokenPipeError | None
    """``None`` on success."""
    entities: tuple[Entity, ...] | None = ()
    """``None`` if they were not requested, or the server does not find entities."""


@dataclass(frozen=True)
class StreamJob:
    """One stream to run."""

    label: str
    source: AudioSource
    options: SessionOptions
    output: Output
    stop: asyncio.Event
    """Set to end the audio before the source ends."""
    speed: float = 1.0
    """1 is real time, 0 is as fast as the server can, or ``LIVE``."""

    def show_notice(self, sentence: str) -> None:
        """Show a notice to the user."""
        self.output.show_notice(self.label, sentence)

    def show_connection(self, connected: bool) -> None:
        """Show whether the stream is connected."""
        self.output.show_connection(self.label, connected)


async def run_stream(job: StreamJob) -> StreamResult:
    """Send the audio, show the transcript, and write the files. Errors are part of the result."""
    transcript = Transcript()
    start = msgspec.structs.replace(job.options.start, audio=job.source.audio)
    sent_ms = 0
    without_entities = False
    error: TheresaError | BrokenPipeError | None = None
    try:
        async with _open(job, start) as (stream, accepted):
            job.show_connection(True)
            without_entities = accepted.entities is None
            try:
                error = await _send_and_receive(job, stream, transcript, entities=not without_entities)
            finally:
                sent_ms = stream.audio.milliseconds(stream.sent)
    except (TheresaError, BrokenPipeError) as failure:
        error = failure
    finally:
        error = await asyncio.to_thread(_write_files, job.options.files, job.label, transcript) or error
        job.output.end_stream(job.label)
    entities = None if without_entities else tuple(transcript.entities)
    return StreamResult(job.label, len(transcript.finals), sent_ms, error, entities)


@asynccontextmanager
async def _open(job: StreamJob, start: Start) -> AsyncIterator[tuple[ResumingStream, Start]]:
    """Open the session, without entities if the server finds none. Yields it with the ``start`` that was accepted."""
    policy = Reconnect(
        limit_s=job.options.reconnect_s, notify=job.show_notice, on_connection_change=job.show_connection
    )

    def session(start: Start) -> AbstractAsyncContextManager[ResumingStream]:
        return connect_resuming(job.options.url, start, reconnect=policy, api_key=job.options.api_key)

    async with AsyncExitStack() as opened:
        try:
            stream = await opened.enter_async_context(session(start))
        except ServerError as refusal:
            if (refusal.code, refusal.param) != (ErrorCode.NOT_SUPPORTED, "$.entities"):
                raise
            job.show_notice("The server does not find entities; transcribing without them.")
            start = msgspec.structs.replace(start, entities=None)
            stream = await opened.enter_async_context(session(start))
        yield stream, start


async def _send_and_receive(
    job: StreamJob, stream: ResumingStream, transcript: Transcript, *, entities: bool
) -> SourceError | None:
    """Run both directions until the session ends. Returns an error of the source; raises all others."""
    try:
        async with asyncio.TaskGroup() as group:
            sending = group.create_task(_send(job, stream))
            await _receive(job, stream, transcript, entities=entities)
            return await sending
    except* (TheresaError, BrokenPipeError) as group_of_errors:
        failure = _first(group_of_errors)
    raise failure


async def _send(job: StreamJob, stream: ResumingStream) -> SourceError | None:
    """Send audio until the source ends or ``job.stop`` is set, then end the audio so that the last finals arrive."""
    async with asyncio.TaskGroup() as group:
        sending = group.create_task(_send_chunks(job, stream))
        stopping = group.create_task(job.stop.wait())
        await asyncio.wait((sending, stopping), return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not job.source.stop():
            sending.cancel()
    for sentence in job.source.warnings():
        job.show_notice(sentence)
    job.output.show_waiting(job.label)
    await stream.finish()
    return None if sending.cancelled() else sending.result()


async def _send_chunks(job: StreamJob, stream: ResumingStream) -> SourceError | None:
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


async def _receive(job: StreamJob, stream: ResumingStream, transcript: Transcript, *, entities: bool) -> None:
    renderer = StreamRenderer(job.output, job.label, transcript, entities=entities)
    async with asyncio.TaskGroup() as group:
        rendering = group.create_task(renderer.run())
        try:
            async for message, text in stream.frames():
                job.output.show_message(job.label, text)
                renderer.render(message)
                _show_server_notice(job, message)
                _show_progress(job, stream)
        finally:
            rendering.cancel()
            renderer.flush()


def _show_progress(job: StreamJob, stream: ResumingStream) -> None:
    """Show the audio sent; without pacing the audio committed, because it is sent far ahead."""
    samples = stream.sent if job.speed else stream.committed
    job.output.show_progress(job.label, stream.audio.milliseconds(samples))


def _show_server_notice(job: StreamJob, message: AnyServerMessage | Unknown) -> None:
    match message:
        case WarningMessage(message=sentence) | ErrorMessage(message=sentence, fatal=False):
            job.show_notice(sentence)
        case Draining(deadline_ms=deadline_ms):
            job.show_notice(f"The server is shutting down; this session can continue for {deadline_ms / 1000:.0f} s.")
        case _:
            pass


def _first(group: BaseExceptionGroup[TheresaError | BrokenPipeError]) -> TheresaError | BrokenPipeError:
    """Return the first error of nested groups: all tasks of a stream fail for the same reason."""
    error = group.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error


def _write_files(files: OutputFiles, label: str, transcript: Transcript) -> OutputError | None:
    failure: OutputError | None = None
    for path, render in ((files.srt, srt), (files.vtt, vtt), (files.text, plain_text)):
        if path is None:
            continue
        target = path.with_name(f"{path.stem}.{label}{path.suffix}") if label else path
        try:
            write_atomically(target, render(transcript.finals))
        except OSError as error:
            failure = OutputError(f"Cannot write {target}: {error.strerror}.")
    return failure
