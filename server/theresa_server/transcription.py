"""A whole recording through the same segmenter and engine as a live session."""

import asyncio
from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from theresa_server.engine.local import LocalEngine
from theresa_server.engine.ports import DecodeJob, EngineError, Hypothesis
from theresa_server.language import LanguageMemory
from theresa_server.media import MediaError
from theresa_server.pcm import Pcm
from theresa_server.segmenter import SegmentClosed, Segmenter, SegmenterConfig
from theresa_server.vad import webrtc_vad

SEGMENTS_AT_ONCE = 4
"""Segments of one recording that wait for the model: enough to fill batches, too few to crowd out live speakers."""


@dataclass(frozen=True, slots=True)
class Transcribed:
    """A segment of a recording and what was said in it."""

    segment: SegmentClosed
    hypothesis: Hypothesis


def segments(chunks: Iterable[Pcm], config: SegmenterConfig) -> Iterator[SegmentClosed]:
    """The segments of speech in 16 kHz audio."""
    segmenter = Segmenter(config, partial(webrtc_vad, config.aggressiveness))
    for chunk in chunks:
        yield from (event for event in segmenter.feed(chunk) if isinstance(event, SegmentClosed))
    yield from (event for event in segmenter.flush("end") if isinstance(event, SegmentClosed))


async def transcribe(
    engine: LocalEngine,
    owner: Hashable,
    found: Iterator[SegmentClosed],
    language: str | None,
    heard: Callable[[Transcribed], None],
) -> None:
    """Tell ``heard`` what is said in segments, in their order; those without text are left out.

    ``language`` ``None`` detects it. Segments are made on a thread, as the model gets on, so that memory stays bounded.
    Raises what making them raises (``MediaError``), and ``EngineError``.
    """
    memory = LanguageMemory(language)
    waiting: deque[tuple[SegmentClosed, DecodeJob, asyncio.Task[Hypothesis]]] = deque()
    try:
        async with asyncio.TaskGroup() as group:
            more = True
            while more or waiting:
                while more and len(waiting) < SEGMENTS_AT_ONCE:
                    segment = await asyncio.to_thread(next, found, None)
                    if segment is None:
                        more = False
                        break
                    job = DecodeJob(pcm=segment.pcm, language=language, final=True, words=True)
                    waiting.append((segment, job, group.create_task(engine.decode(owner, job))))
                if not waiting:
                    break
                segment, job, decoding = waiting.popleft()
                hypothesis = await decoding
                if (corrected := memory.correction(hypothesis)) is not None:
                    hypothesis = await engine.decode(owner, replace(job, language=corrected))
                if hypothesis.text:
                    heard(Transcribed(segment, hypothesis))
    except* (MediaError, EngineError) as failed:
        error = failed.exceptions[0]
    else:
        return
    raise error
