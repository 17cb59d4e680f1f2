"""The segment that somebody is speaking in: its partials while it grows, and its final, which is begun early."""

import asyncio
from typing import Never

from theresa_server.audio.pcm import SAMPLE_RATE_HZ
from theresa_server.audio.segmenter import SegmentClosed, Segmenter
from theresa_server.sessions import rendering
from theresa_server.sessions.annotator import Annotator
from theresa_server.sessions.buffers import Outbox
from theresa_server.sessions.delivery import Closed, Delivery
from theresa_server.sessions.early import EarlyFinal
from theresa_server.sessions.entity_query import partial_query
from theresa_server.sessions.jobs import Decoding, SessionJobs
from theresa_server.sessions.settings import Settings
from theresa_server.speech.language import LanguageMemory
from theresa_server.speech.recognition import DecodeJob, Hypothesis, JobKind
from theresa_server.speech.utterance import Utterance


class OpenSegment:
    """The open segment of ``segmenter``, if there is one; ``number`` is that of the next to open.

    ``run`` decodes it again and again, one job at a time. Partials give way to finals: while ``delivery`` has something
    pending, none is made.
    """

    def __init__(
        self,
        segmenter: Segmenter,
        settings: Settings,
        jobs: SessionJobs,
        delivery: Delivery,
        language: LanguageMemory,
        outbox: Outbox,
        annotator: Annotator,
        *,
        number: int,
        partial_interval_ms: int,
    ) -> None:
        self.settings = settings
        """To be replaced where the session goes on with others."""
        self.heard = 0
        """The sample at 16 kHz up to which partials have come."""
        self._segmenter = segmenter
        self._jobs = jobs
        self._delivery = delivery
        self._language = language
        self._outbox = outbox
        self._annotator = annotator
        self._numbered = number
        self._interval = partial_interval_ms * SAMPLE_RATE_HZ // 1000
        self._utterance: Utterance | None = None
        self._early = EarlyFinal(self._begin_final)
        self._grown = asyncio.Event()

    @property
    def growing(self) -> bool:
        """Whether a segment is open."""
        return self._utterance is not None

    def follow(self) -> None:
        """Take in how far the segmenter has come."""
        start = self._segmenter.open_start
        if start is not None and self._utterance is None:
            opened, free = self._segmenter.received, self._jobs.free_samples
            self._utterance = Utterance(self._next_number(), start, opened, self._interval, free)
        self._early.foresee(self._segmenter.foreseen, self.settings, self._segmenter.open_pcm)
        self._grown.set()

    def close(self, segment: SegmentClosed) -> Closed:
        """What is pending of the segment, which has just closed."""
        utterance, self._utterance = self._utterance, None
        self._jobs.withdraw_partial()
        self._annotator.close()
        number = utterance.number if utterance else self._next_number()
        job = _final_job(self.settings.job(segment.pcm, JobKind.FINAL), utterance)
        decoding = self._early.claim(segment, self.settings) or self._jobs.begin(job)
        return Closed(number, bool(utterance and utterance.shown), segment, self.settings, job, decoding)

    async def run(self) -> Never:
        """Put partials into the outbox until cancelled."""
        while True:
            await self._grown.wait()
            self._grown.clear()
            utterance, end = self._utterance, self._segmenter.received
            if utterance is None or self._delivery.busy or not self.settings.partials:
                continue
            hypothesis = await self._heard_so_far(utterance, end)
            if hypothesis is None or utterance is not self._utterance or self._delivery.busy:
                continue
            self.heard = end
            if not self._language.doubts(hypothesis):
                self._show(utterance, hypothesis, end)

    async def _heard_so_far(self, utterance: Utterance, end: int) -> Hypothesis | None:
        """What the open segment says, if that is to be found out now."""
        if self._early.expected:
            heard = await self._early.heard()
            return self._delivery.unrepeated(heard) if isinstance(heard, Hypothesis) else None
        if not utterance.due(end):
            return None
        utterance.asked(end)
        job = self.settings.job(self._segmenter.open_pcm(), JobKind.PARTIAL)
        heard = await self._jobs.decode(utterance.partial_job(job))
        if not isinstance(heard, Hypothesis) or self._early.expected:  # which begins with what was stable before this
            return None
        return utterance.whole(heard if utterance.begins_later else self._delivery.unrepeated(heard))

    def _show(self, utterance: Utterance, hypothesis: Hypothesis, end: int) -> None:
        view = utterance.decoded(hypothesis, end - utterance.start)
        if view is None:
            return
        wanted = self.settings.entities
        self._outbox.put(rendering.partial(utterance, view, hypothesis, end, self.settings))
        if wanted is not None and wanted.options.partials:
            self._annotator.grow(partial_query(utterance, view, hypothesis, end, wanted))

    def _begin_final(self, job: DecodeJob) -> Decoding:
        return self._jobs.begin(_final_job(job, self._utterance))

    def _next_number(self) -> int:
        self._numbered += 1
        return self._numbered - 1


def _final_job(job: DecodeJob, utterance: Utterance | None) -> DecodeJob:
    """The job of a final, with what is known from the partials."""
    return job if utterance is None else utterance.final_job(job)
