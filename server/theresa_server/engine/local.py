"""The model of this process: one task owns the model thread and feeds it batches.

The owner waits for the thread before it lets go, so two calls never run at once, whoever is cancelled. A cancelled job
leaves the queue; one that is already being decoded is finished and its result dropped.
"""

import asyncio
import logging
from collections.abc import Hashable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from theresa_server.audio.pcm import SAMPLE_RATE_HZ
from theresa_server.concurrency import settle
from theresa_server.engine.pressure import FinishedJob, Pressure, PressureGauge
from theresa_server.engine.schedule import Schedule, Ticket
from theresa_server.engine.tally import Tally
from theresa_server.speech.recognition import DecodeJob, EngineError, Hypothesis, JobKind, Transcriber

logger = logging.getLogger("theresa.engine")


@dataclass(frozen=True, slots=True)
class _QueuedJob:
    """A job, the future that gets its hypothesis, and when it was queued, in seconds of the event loop's clock."""

    job: DecodeJob
    future: asyncio.Future[Hypothesis]
    since_s: float


MOST_TURNS = 4_096
"""Sessions whose last turn is remembered; of more, the oldest are forgotten."""


class JobSuperseded(EngineError):
    """A partial job was taken from the queue: a newer one replaced it, or its segment closed."""


class LocalEngine:
    """Decodes the jobs of all sessions on one model.

    ``speakers`` is how many it is expected to carry; ``None``: nobody knows. ``tally`` counts what was done.
    """

    def __init__(self, transcriber: Transcriber, speakers: int | None = None) -> None:
        self.transcriber = transcriber
        self.speakers = speakers
        self.tally = Tally()
        self._schedule: Schedule[_QueuedJob] = Schedule()
        self._work = asyncio.Event()
        self._gauge = PressureGauge()
        self._turns: dict[Hashable, float] = {}  # when the last final of a session was done: then the next can be

    @property
    def queued(self) -> int:
        """How many jobs are waiting."""
        return len(self._schedule)

    @property
    def pressure(self) -> Pressure:
        """How well the model keeps up. A final that waits for another one of its session is not late."""
        return self._gauge.read(asyncio.get_running_loop().time())

    async def decode(self, session: Hashable, job: DecodeJob) -> Hypothesis:
        """The hypothesis for a job.

        A partial job replaces the session's partial that is still waiting, whose caller gets ``JobSuperseded``. Raises
        ``EngineError`` when the model fails on this job.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Hypothesis] = loop.create_future()
        ticket = Ticket(session, job.kind, job.pcm.size, _QueuedJob(job, future, loop.time()))
        replaced = self._schedule.add(ticket)
        if replaced is not None:
            settle(replaced.payload.future, JobSuperseded("A newer partial took its place."))
        self._work.set()
        try:
            return await future
        finally:
            self._schedule.remove(ticket)

    def withdraw_partial(self, session: Hashable) -> None:
        """Take a session's waiting partial from the queue; its caller gets ``JobSuperseded``."""
        ticket = self._schedule.remove_partial(session)
        if ticket is not None:
            settle(ticket.payload.future, JobSuperseded("Its segment closed."))

    async def run(self) -> None:
        """Own the model until cancelled; then waits for the batch under way."""
        thread = ThreadPoolExecutor(1, thread_name_prefix="model")
        try:
            while True:
                self._work.clear()
                batch = self._schedule.next_batch(self.transcriber.max_batch)
                if batch:
                    await self._decode_batch(thread, batch)
                else:
                    await self._work.wait()
        finally:
            thread.shutdown(wait=False)

    async def _decode_batch(self, thread: ThreadPoolExecutor, batch: list[Ticket[_QueuedJob]]) -> None:
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        call = loop.run_in_executor(thread, self._transcribe, [ticket.payload.job for ticket in batch])
        try:
            outcomes = await asyncio.shield(call)
        except asyncio.CancelledError:
            await asyncio.wait([call])
            raise
        for ticket, outcome in zip(batch, outcomes, strict=True):
            self._note(ticket, outcome, began_s, loop.time(), len(batch))
            settle(ticket.payload.future, outcome)

    def _note(
        self, ticket: Ticket[_QueuedJob], outcome: Hypothesis | EngineError, began_s: float, now_s: float, shared: int
    ) -> None:
        since_s = ticket.payload.since_s
        if ticket.kind is JobKind.FINAL:
            since_s = max(since_s, self._turns.pop(ticket.session, since_s))
            self._turns[ticket.session] = now_s
            if len(self._turns) > MOST_TURNS:
                del self._turns[next(iter(self._turns))]
        served = FinishedJob(
            at_s=now_s,
            kind=ticket.kind,
            waited_s=max(0.0, began_s - since_s),  # a session may have two finals in one batch
            call_s=now_s - began_s,
            shared=shared,
            audio_s=ticket.samples / SAMPLE_RATE_HZ,
        )
        self._gauge.note(served)
        self.tally.note(served, outcome)

    def _transcribe(self, jobs: list[DecodeJob]) -> list[Hypothesis | EngineError]:
        """On the model thread: one outcome for each job; a job that breaks its batch is found and fails alone."""
        try:
            return list(self.transcriber.transcribe(jobs))
        except Exception:
            if len(jobs) > 1:
                return [outcome for job in jobs for outcome in self._transcribe([job])]
            logger.exception("decoding %d samples failed", jobs[0].pcm.size)
            return [EngineError("The model failed on this audio; the log says why.")]
