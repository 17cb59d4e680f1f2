"""``theresa replay``: recordings to a server, at the pace they were spoken or as fast as it can."""

import asyncio
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Container, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import msgspec

from theresa_client.errors import OutputError, SourceError, TheresaError
from theresa_client.options import Files, Options
from theresa_client.outputs import Output
from theresa_client.pacing import Pace, Pacer
from theresa_client.presenter import Presenter
from theresa_client.reconnecting import Reconnect, connect_resuming
from theresa_client.resuming import ResumingStream
from theresa_client.sources import STDIN, Source, open_file, open_stdin
from theresa_client.subtitles import plain_text, srt, vtt, write_atomically
from theresa_client.transcript import Transcript
from theresa_protocol.messages import AnyServerMessage, Draining, Entity, ErrorMessage, Unknown, WarningMessage

CHUNK_MS = 40
"""Audio in one frame when it is paced: what a microphone would send."""
UNPACED_CHUNK_MS = 500


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
    """One stream to run."""

    label: str
    source: Source
    options: Options
    output: Output
    stop: asyncio.Event


async def replay(options: Options, show: Callable[[Mapping[str, int | None]], Output]) -> list[Outcome]:
    """Run all streams at once; ``show`` makes the output for their durations in milliseconds, by label.

    Raises ``SourceError`` before anything is sent where a recording cannot be read, ``CancelledError`` when it is
    interrupted twice (what is final by then is in the files), and nothing else: what fails later is in the outcomes.
    """
    labels = stream_labels(options)
    async with AsyncExitStack() as opened:
        sources = [
            await opened.enter_async_context(_open(name, options))
            for name in options.inputs
            for _ in range(options.streams)
        ]
        durations_ms = {label: source.duration_ms for label, source in zip(labels, sources, strict=True)}
        with show(durations_ms) as output, _interruptible(output) as stop:
            async with asyncio.TaskGroup() as group:
                jobs = [
                    Job(label, source, options, output, stop) for label, source in zip(labels, sources, strict=True)
                ]
                running = [group.create_task(_run(job)) for job in jobs]
    return [task.result() for task in running]


def stream_labels(options: Options) -> list[str]:
    """A name for each stream: none for a single one, else that of its file; those that share a name are numbered."""
    stems = [("stdin" if name == STDIN else Path(name).stem) for name in options.inputs for _ in range(options.streams)]
    if len(stems) == 1:
        return [""]
    shared = Counter(stems)
    numbered = {stem: _numbered(stem, shared) for stem in shared}
    return [next(numbered[stem]) if shared[stem] > 1 else stem for stem in stems]


def _numbered(stem: str, taken: Container[str]) -> Iterator[str]:
    return (label for number in count(1) if (label := f"{stem}.{number}") not in taken)


@asynccontextmanager
async def _open(name: str, options: Options) -> AsyncIterator[Source]:
    opening = open_stdin(options.start.audio) if name == STDIN else open_file(Path(name))
    async with opening as source:
        yield source


@contextmanager
def _interruptible(output: Output) -> Iterator[asyncio.Event]:
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


async def _run(job: Job) -> Outcome:
    transcript = Transcript()
    start = msgspec.structs.replace(job.options.start, audio=job.source.audio)
    policy = Reconnect(limit_s=job.options.reconnect_s, tell=lambda sentence: job.output.noticed(job.label, sentence))
    sent_ms = 0
    error: TheresaError | BrokenPipeError | None = None
    try:
        async with connect_resuming(job.options.url, start, reconnect=policy, api_key=job.options.api_key) as stream:
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
        feeding.cancel()
        stopping.cancel()
    job.output.waiting(job.label)
    await stream.finish()
    return None if feeding.cancelled() else feeding.result()


async def _feed(job: Job, stream: ResumingStream) -> SourceError | None:
    speed = job.options.speed
    pacer = Pacer(Pace(stream.audio.rate, speed), time.monotonic)
    try:
        async for chunk in job.source.chunks(CHUNK_MS if speed else UNPACED_CHUNK_MS):
            samples = len(chunk) // stream.audio.sample_bytes
            await stream.wait_for_room(samples)
            await pacer.wait(stream.sent + samples)
            await stream.send(chunk)
            _show_progress(job, stream)
    except SourceError as error:
        return error
    for sentence in job.source.remarks():
        job.output.noticed(job.label, sentence)
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
    samples = stream.sent if job.options.speed else stream.committed
    job.output.progressed(job.label, stream.audio.milliseconds(samples))


def _notice(job: Job, message: AnyServerMessage | Unknown) -> None:
    match message:
        case WarningMessage(message=sentence) | ErrorMessage(message=sentence, fatal=False):
            job.output.noticed(job.label, sentence)
        case Draining(deadline_ms=deadline_ms):
            job.output.noticed(job.label, f"The server is about to stop: it gives {deadline_ms / 1000:.0f} s.")
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
