"""Transcription of whole recordings, with the segmenter and the engine of live sessions."""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from typing import NamedTuple

from theresa_server.audio.pcm import SAMPLE_RATE_HZ, Pcm
from theresa_server.audio.segmenter import Segmenter
from theresa_server.audio.segments import SegmentClosed, SegmenterConfig
from theresa_server.audio.vad import make_detector
from theresa_server.concurrency import off_loop
from theresa_server.engine.local import LocalEngine
from theresa_server.speech.language import LanguageTracker
from theresa_server.speech.recognition import DecodeJob, EngineError, Hypothesis, JobKind

MAX_QUEUED_SEGMENTS = 4
"""Segments of one recording queued for the model, or one batch if that is more. Uses little memory, fills batches."""

SPLIT_MS = 25_000
"""The length from which a segment of a recording is split in the first pause. Longer segments are more accurate."""

STEP_S = 0.5
"""How long a recording is segmented before cancellation is checked, because silence may produce no segments."""


@dataclass(frozen=True, slots=True)
class TranscribedSegment:
    """A segment of a recording, and its text."""

    segment: SegmentClosed
    hypothesis: Hypothesis


def segment_chunks(chunks: Iterable[Pcm], config: SegmenterConfig) -> Iterator[list[SegmentClosed]]:
    """Segment 16 kHz audio. Yields the segments that close in each chunk, and at the end.

    Nobody waits for the text of an open segment, so that continuous speech is split only near the limit.
    """
    config = replace(config, split_from_ms=SPLIT_MS, split_soon_ms=SPLIT_MS)
    segmenter = Segmenter(config, partial(make_detector, config.aggressiveness, config.voice_threshold))
    for chunk in chunks:
        yield [event for event in segmenter.feed(chunk) if isinstance(event, SegmentClosed)]
    yield [event for event in segmenter.flush("end") if isinstance(event, SegmentClosed)]


def iter_segments(chunks: Iterable[Pcm], config: SegmenterConfig) -> Iterator[SegmentClosed]:
    """Segment 16 kHz audio, and yield the segments one by one."""
    return chain.from_iterable(segment_chunks(chunks, config))


async def transcribe(
    engine: LocalEngine,
    owner: Hashable,
    segments: Iterator[list[SegmentClosed]],
    job: Callable[[Pcm], DecodeJob],
    on_segment: Callable[[TranscribedSegment], Awaitable[None]],
) -> None:
    """Transcribe a recording in the background of live speech.

    Segments are produced on a thread, at the pace of the model and of ``on_segment``, so that memory stays bounded. A
    caller that is cancelled still waits for a running call of the iterator.

    Args:
        engine: the engine that decodes the segments.
        owner: identifies the recording in the engine's queue.
        segments: the segments, from ``segment_chunks``.
        job: returns the job that decodes a segment. Without a language in the job, the language is detected.
        on_segment: called with each segment that has text, in order.

    Raises:
        EngineError: the model failed twice on a segment. A transcript with a gap would look complete.
        MediaError: the recording cannot be decoded; like any other error of ``segments`` and ``on_segment``.
    """
    try:
        async with asyncio.TaskGroup() as group:
            await _Transcription(engine, owner, job, group).run(_SegmentSource(segments), on_segment)
    except* Exception as failed:
        error = failed.exceptions[0]
    else:
        return
    raise error


class _SegmentSource:
    """Produces segments on a thread, on demand."""

    def __init__(self, segments: Iterator[list[SegmentClosed]]) -> None:
        self._segments = segments
        self._ready: deque[SegmentClosed] = deque()
        self._exhausted = False

    async def next(self) -> SegmentClosed | None:
        """Return the next segment; ``None`` at the end."""
        while not self._ready and not self._exhausted:
            await off_loop(self._produce)
        return self._ready.popleft() if self._ready else None

    def _produce(self) -> None:
        deadline_s = time.monotonic() + STEP_S
        while not self._ready and time.monotonic() < deadline_s:
            closed = next(self._segments, None)
            if closed is None:
                self._exhausted = True
                return
            self._ready.extend(closed)


class _QueuedSegment(NamedTuple):
    segment: SegmentClosed
    job: DecodeJob
    task: asyncio.Task[Hypothesis | EngineError]


class _Transcription:
    """Decodes the segments of one recording, several at a time."""

    def __init__(
        self, engine: LocalEngine, owner: Hashable, job: Callable[[Pcm], DecodeJob], group: asyncio.TaskGroup
    ) -> None:
        self._engine = engine
        self._owner = owner
        self._job = job
        self._group = group
        self._max_queued = max(MAX_QUEUED_SEGMENTS, engine.transcriber.max_batch)
        self._queue: deque[_QueuedSegment] = deque()

    async def run(self, source: _SegmentSource, on_segment: Callable[[TranscribedSegment], Awaitable[None]]) -> None:
        language: LanguageTracker | None = None
        while True:
            await self._fill(source)
            if not self._queue:
                return
            segment, job, task = self._queue.popleft()
            language = language or LanguageTracker(job.language)
            hypothesis = _raise_error(await task)
            if (corrected := language.correction(hypothesis)) is not None:
                hypothesis = _raise_error(await self._decode(segment, replace(job, language=corrected)))
            if hypothesis.text:
                await on_segment(TranscribedSegment(segment, hypothesis))

    async def _fill(self, source: _SegmentSource) -> None:
        """Queue as many segments as can be decoded at once."""
        while len(self._queue) < self._max_queued and (segment := await source.next()) is not None:
            job = replace(self._job(segment.pcm), kind=JobKind.BACKGROUND, voice=segment.voice)
            self._queue.append(_QueuedSegment(segment, job, self._group.create_task(self._decode(segment, job))))

    async def _decode(self, segment: SegmentClosed, job: DecodeJob) -> Hypothesis | EngineError:
        """Decode a segment, and retry once if the model fails: it may have lacked memory.

        An error is returned, so that the segments before this one are delivered before it is raised.
        """
        with contextlib.suppress(EngineError):
            return await self._engine.decode(self._owner, job)
        try:
            return await self._engine.decode(self._owner, job)
        except EngineError:
            start_s, end_s = segment.start / SAMPLE_RATE_HZ, segment.end / SAMPLE_RATE_HZ
            span = f"from {start_s:.1f} s to {end_s:.1f} s"
            return EngineError(f"The model failed twice on the speech {span}; see the server log.")


def _raise_error(result: Hypothesis | EngineError) -> Hypothesis:
    if isinstance(result, EngineError):
        raise result
    return result
