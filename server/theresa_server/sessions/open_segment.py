"""The segment that is still growing: its partials, and the early start of its final."""

import asyncio
from dataclasses import replace
from typing import Never

from theresa_server.audio.pcm import SAMPLE_RATE_HZ
from theresa_server.audio.segmenter import Segmenter
from theresa_server.audio.segments import SegmentClosed
from theresa_server.sessions import rendering
from theresa_server.sessions.context import SessionContext
from theresa_server.sessions.delivery import Delivery, PendingFinal
from theresa_server.sessions.early import EarlyFinal
from theresa_server.sessions.engine import DecodeTask
from theresa_server.sessions.entity_query import partial_query
from theresa_server.speech.recognition import DecodeJob, Hypothesis, JobKind
from theresa_server.speech.utterance import Utterance


class OpenSegment:
    """The open segment of ``segmenter``, if any.

    ``run`` decodes it repeatedly, one job at a time. Finals have priority: no partial is decoded while ``delivery`` has
    anything pending.
    """

    def __init__(self, context: SessionContext, segmenter: Segmenter, delivery: Delivery) -> None:
        self.decoded_until = 0
        """The position at 16 kHz that the last partial reached."""
        self._context = context
        self._segmenter = segmenter
        self._delivery = delivery
        self._next_number = context.start.segment
        self._interval = context.partial_interval_ms * SAMPLE_RATE_HZ // 1000
        self._utterance: Utterance | None = None
        self._early = EarlyFinal(self._start_final)
        self._changed = asyncio.Event()

    @property
    def is_open(self) -> bool:
        """Whether a segment is open."""
        return self._utterance is not None

    def update(self) -> None:
        """Catch up with the segmenter."""
        start = self._segmenter.open_start
        if start is not None and self._utterance is None:
            opened, free = self._segmenter.received, self._context.engine.free_samples
            self._utterance = Utterance(self._allocate_number(), start, opened, self._interval, free)
        # The text of a pending final is missing as context: the final of this segment has to wait for it.
        span = None if self._waits_for_previous else self._segmenter.expected_span
        self._early.update(span, self._context.settings, self._segmenter.open_pcm)
        self._changed.set()

    @property
    def _waits_for_previous(self) -> bool:
        return self._delivery.busy and self._context.engine.uses_previous_text

    def close(self, segment: SegmentClosed) -> PendingFinal:
        """Start decoding the final of the segment, which has just closed, unless an early decode fits."""
        utterance, self._utterance = self._utterance, None
        context = self._context
        context.engine.cancel_partial()
        context.annotator.cancel_partial()
        settings = context.settings
        job = _with_partials(replace(settings.job(segment.pcm, JobKind.FINAL), voice=segment.voice), utterance)
        return PendingFinal(
            number=utterance.number if utterance else self._allocate_number(),
            has_partials=utterance is not None and utterance.has_partials,
            segment=segment,
            settings=settings,
            job=job,
            task=self._early.pop_task(segment, settings) or self._start_or_wait(job, segment.start),
        )

    async def run(self) -> Never:
        """Emit partials until cancelled."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            utterance, end = self._utterance, self._segmenter.received
            if utterance is None or self._delivery.busy or not self._context.settings.partials:
                continue
            hypothesis = await self._decode(utterance, end)
            if hypothesis is None or utterance is not self._utterance or self._delivery.busy:
                continue
            self.decoded_until = end
            if not self._context.language.is_doubtful(hypothesis):
                self._emit(utterance, hypothesis, end)

    async def _decode(self, utterance: Utterance, end: int) -> Hypothesis | None:
        """Decode the segment up to ``end``; ``None`` when no partial is due or the decode came to nothing."""
        if self._early.active:
            result = await self._early.result()
            return self._delivery.remove_overlap(result) if isinstance(result, Hypothesis) else None
        if not utterance.is_due(end):
            return None
        utterance.mark_requested(end)
        job = self._context.settings.job(self._segmenter.open_pcm(), JobKind.PARTIAL)
        job = replace(job, voice=self._segmenter.open_voice())
        job = self._context.with_previous_text(job, utterance.start)
        result = await self._context.engine.decode(utterance.partial_job(job))
        # An early final that was started meanwhile builds on the stable prefix of that time, which must not move now.
        if not isinstance(result, Hypothesis) or self._early.active:
            return None
        return utterance.extended(result if utterance.is_trimmed else self._delivery.remove_overlap(result))

    def _emit(self, utterance: Utterance, hypothesis: Hypothesis, end: int) -> None:
        text = utterance.update(hypothesis, end - utterance.start)
        if text is None:
            return
        settings = self._context.settings
        self._context.outbox.put(rendering.partial_message(utterance, text, hypothesis, end, settings))
        if settings.entities is not None and settings.entities.options.partials:
            query = partial_query(utterance, text, hypothesis, end, settings.entities)
            self._context.annotator.submit_partial(query)

    def _start_final(self, job: DecodeJob) -> DecodeTask:
        span = self._segmenter.expected_span
        assert span is not None  # noqa: S101 - the early final is decoded for this span
        job = _with_partials(replace(job, voice=self._segmenter.open_voice(span)), self._utterance)
        return self._context.engine.start(self._context.with_previous_text(job, span.begin))

    def _start_or_wait(self, job: DecodeJob, start: int) -> DecodeTask | None:
        """Start decoding the final of a segment; ``None`` if it has to wait for the text of the previous one."""
        if self._waits_for_previous:
            return None
        return self._context.engine.start(self._context.with_previous_text(job, start))

    def _allocate_number(self) -> int:
        self._next_number += 1
        return self._next_number - 1


def _with_partials(job: DecodeJob, utterance: Utterance | None) -> DecodeJob:
    """Add what the partials have established to the job of a final."""
    return job if utterance is None else utterance.final_job(job)
