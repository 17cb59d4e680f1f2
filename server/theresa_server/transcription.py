"""A whole recording through the same segmenter and engine as a live session."""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain

from theresa_server.audio.pcm import SAMPLE_RATE_HZ, Pcm
from theresa_server.audio.segmenter import SegmentClosed, Segmenter, SegmenterConfig
from theresa_server.audio.vad import webrtc_vad
from theresa_server.concurrency import off_loop
from theresa_server.engine.local import LocalEngine
from theresa_server.speech.language import LanguageMemory
from theresa_server.speech.recognition import DecodeJob, EngineError, Hypothesis, JobKind

SEGMENTS_AT_ONCE = 4
"""Segments of one recording that wait for the model, or as many as it takes at once: little memory, full batches."""

SPLIT_MS = 25_000
"""From this length on, a segment of a recording is split in the first pause: what is longer is understood better."""

STEP_S = 0.5
"""How long a recording is decoded before it is asked whether anybody still wants it: in silence no segment ends."""


@dataclass(frozen=True, slots=True)
class Transcribed:
    """A segment of a recording and what was said in it."""

    segment: SegmentClosed
    hypothesis: Hypothesis


def cut(chunks: Iterable[Pcm], config: SegmenterConfig) -> Iterator[list[SegmentClosed]]:
    """The segments of speech in 16 kHz audio, as they close: those of each chunk, and of the end.

    Nobody waits for the text of one: speech without silence is split near the limit alone.
    """
    config = replace(config, split_from_ms=SPLIT_MS, split_soon_ms=SPLIT_MS)
    segmenter = Segmenter(config, partial(webrtc_vad, config.aggressiveness))
    for chunk in chunks:
        yield [event for event in segmenter.feed(chunk) if isinstance(event, SegmentClosed)]
    yield [event for event in segmenter.flush("end") if isinstance(event, SegmentClosed)]


def segments(chunks: Iterable[Pcm], config: SegmenterConfig) -> Iterator[SegmentClosed]:
    """The segments of speech in 16 kHz audio."""
    return chain.from_iterable(cut(chunks, config))


async def transcribe(
    engine: LocalEngine,
    owner: Hashable,
    found: Iterator[list[SegmentClosed]],
    job: Callable[[Pcm], DecodeJob],
    heard: Callable[[Transcribed], Awaitable[None]],
) -> None:
    """Tell ``heard`` what is said in segments as they are ``cut``, in their order; those without text are left out.

    ``job`` decodes one; where it names no language, that is detected. They are decoded in the background. Segments are
    made on a thread, as the model and ``heard`` get on, so that memory stays bounded; a call of it that is under way is
    waited for, whoever is cancelled. Raises what making them raises (``MediaError``), what ``heard`` raises, and
    ``EngineError`` when the model fails on one twice: a transcript with a hole would look whole.
    """
    try:
        async with asyncio.TaskGroup() as group:
            await _Transcription(engine, owner, job, group).run(_Feed(found), heard)
    except* Exception as failed:
        error = failed.exceptions[0]
    else:
        return
    raise error


class _Feed:
    """Segments, made on a thread when they are asked for."""

    def __init__(self, found: Iterator[list[SegmentClosed]]) -> None:
        self._found = found
        self._ready: deque[SegmentClosed] = deque()
        self._over = False

    async def next(self) -> SegmentClosed | None:
        """The next segment; ``None`` at the end."""
        while not self._ready and not self._over:
            await off_loop(self._make)
        return self._ready.popleft() if self._ready else None

    def _make(self) -> None:
        until_s = time.monotonic() + STEP_S
        while not self._ready and time.monotonic() < until_s:
            made = next(self._found, None)
            if made is None:
                self._over = True
                return
            self._ready.extend(made)


class _Transcription:
    """The segments of one recording on their way through the model."""

    def __init__(
        self, engine: LocalEngine, owner: Hashable, job: Callable[[Pcm], DecodeJob], group: asyncio.TaskGroup
    ) -> None:
        self._engine = engine
        self._owner = owner
        self._job = job
        self._group = group
        self._at_once = max(SEGMENTS_AT_ONCE, engine.transcriber.max_batch)
        self._waiting: deque[tuple[SegmentClosed, DecodeJob, asyncio.Task[Hypothesis | EngineError]]] = deque()

    async def run(self, feed: _Feed, heard: Callable[[Transcribed], Awaitable[None]]) -> None:
        memory: LanguageMemory | None = None
        while True:
            await self._fill(feed)
            if not self._waiting:
                return
            segment, job, decoding = self._waiting.popleft()
            memory = memory or LanguageMemory(job.language)
            hypothesis = _sound(await decoding)
            if (corrected := memory.correction(hypothesis)) is not None:
                hypothesis = _sound(await self._decode(segment, replace(job, language=corrected)))
            if hypothesis.text:
                await heard(Transcribed(segment, hypothesis))

    async def _fill(self, feed: _Feed) -> None:
        """Let so many segments wait as can be decoded at once."""
        while len(self._waiting) < self._at_once and (segment := await feed.next()) is not None:
            job = replace(self._job(segment.pcm), kind=JobKind.BACKGROUND)
            decoding = self._group.create_task(self._decode(segment, job))
            self._waiting.append((segment, job, decoding))

    async def _decode(self, segment: SegmentClosed, job: DecodeJob) -> Hypothesis | EngineError:
        """What is said in a segment. A model that fails on it gets a second chance: it may have lacked memory.

        An error is returned, to be raised when it is the turn of the segment: what comes before is told first.
        """
        with contextlib.suppress(EngineError):
            return await self._engine.decode(self._owner, job)
        try:
            return await self._engine.decode(self._owner, job)
        except EngineError:
            start_s, end_s = segment.start / SAMPLE_RATE_HZ, segment.end / SAMPLE_RATE_HZ
            when = f"from {start_s:.1f} s to {end_s:.1f} s"
            return EngineError(f"The model failed on the speech {when}, twice; the log says why.")


def _sound(outcome: Hypothesis | EngineError) -> Hypothesis:
    if isinstance(outcome, EngineError):
        raise outcome
    return outcome
