"""The engine of a model in this process: one task owns the model thread and feeds it batches.

The owner waits for the thread before it exits, so two calls never run at the same time, even after a cancellation. A
cancelled job leaves the queue; if it is already being decoded, it is finished and its result is dropped.
"""

import asyncio
import logging
from collections.abc import Hashable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from theresa_server.audio.pcm import SAMPLE_RATE_HZ
from theresa_server.concurrency import settle
from theresa_server.engine.metrics import EngineMetrics
from theresa_server.engine.pressure import FinishedJob, Pressure, PressureMonitor
from theresa_server.engine.scheduler import QueuedJob, Scheduler
from theresa_server.speech.recognition import DecodeJob, EngineError, Hypothesis, JobKind, Transcriber

logger = logging.getLogger("theresa.engine")

MAX_TRACKED_SESSIONS = 4_096
"""Sessions whose last final is remembered; beyond the limit, the oldest are forgotten."""


@dataclass(frozen=True, slots=True)
class _Request:
    """A job with the future of its hypothesis; ``queued_s`` is on the clock of the event loop."""

    job: DecodeJob
    future: asyncio.Future[Hypothesis]
    queued_s: float


class JobSuperseded(EngineError):
    """A partial job left the queue: a newer one replaced it, or its segment closed."""


class LocalEngine:
    """Decodes the jobs of all sessions on one model.

    Args:
        transcriber: the model; the engine calls it from one thread.
        speakers: how many live speakers the model can serve at once; ``None`` if unknown.
    """

    def __init__(self, transcriber: Transcriber, speakers: int | None = None) -> None:
        self.transcriber = transcriber
        self.speakers = speakers
        self.metrics = EngineMetrics()
        self._scheduler: Scheduler[_Request] = Scheduler()
        self._wakeup = asyncio.Event()
        self._monitor = PressureMonitor()
        self._last_final_s: dict[Hashable, float] = {}
        """When the last final of each session finished."""

    @property
    def queued(self) -> int:
        """The number of waiting jobs."""
        return len(self._scheduler)

    @property
    def pressure(self) -> Pressure:
        """The current load. The wait of a final for an earlier one of its session does not count."""
        return self._monitor.measure(asyncio.get_running_loop().time())

    async def decode(self, session: Hashable, job: DecodeJob) -> Hypothesis:
        """Decode a job and return its hypothesis.

        A partial job replaces the waiting partial of its session; the caller of that one gets ``JobSuperseded``.

        Raises:
            EngineError: the model failed on this job.
            JobSuperseded: the job was a partial and left the queue.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Hypothesis] = loop.create_future()
        queued = QueuedJob(session, job.kind, job.pcm.size, _Request(job, future, loop.time()))
        replaced = self._scheduler.add(queued)
        if replaced is not None:
            settle(replaced.payload.future, JobSuperseded("A newer partial replaced this one."))
        self._wakeup.set()
        try:
            return await future
        finally:
            self._scheduler.remove(queued)

    def withdraw_partial(self, session: Hashable) -> None:
        """Remove the waiting partial of a session from the queue; its caller gets ``JobSuperseded``."""
        queued = self._scheduler.remove_partial(session)
        if queued is not None:
            settle(queued.payload.future, JobSuperseded("The segment closed."))

    async def run(self) -> None:
        """Decode batches until cancelled, then wait for the running batch."""
        thread = ThreadPoolExecutor(1, thread_name_prefix="model")
        try:
            while True:
                self._wakeup.clear()
                batch = self._scheduler.pop_batch(self.transcriber.max_batch)
                if batch:
                    await self._decode_batch(thread, batch)
                else:
                    await self._wakeup.wait()
        finally:
            thread.shutdown(wait=False)

    async def _decode_batch(self, thread: ThreadPoolExecutor, batch: list[QueuedJob[_Request]]) -> None:
        loop = asyncio.get_running_loop()
        started_s = loop.time()
        call = loop.run_in_executor(thread, self._transcribe, [queued.payload.job for queued in batch])
        try:
            outcomes = await asyncio.shield(call)
        except asyncio.CancelledError:
            await asyncio.wait([call])
            raise
        for queued, outcome in zip(batch, outcomes, strict=True):
            finished = self._finish(queued, started_s, loop.time(), len(batch))
            self._monitor.record(finished)
            self.metrics.record_job(finished, outcome)
            settle(queued.payload.future, outcome)

    def _finish(self, queued: QueuedJob[_Request], started_s: float, now_s: float, batch_size: int) -> FinishedJob:
        waiting_since_s = queued.payload.queued_s
        if queued.kind is JobKind.FINAL:
            waiting_since_s = max(waiting_since_s, self._last_final_s.pop(queued.session, waiting_since_s))
            self._last_final_s[queued.session] = now_s
            if len(self._last_final_s) > MAX_TRACKED_SESSIONS:
                del self._last_final_s[next(iter(self._last_final_s))]
        return FinishedJob(
            finished_s=now_s,
            kind=queued.kind,
            wait_s=max(0.0, started_s - waiting_since_s),  # negative if a batch holds two finals of a session
            call_s=now_s - started_s,
            batch_size=batch_size,
            audio_s=queued.samples / SAMPLE_RATE_HZ,
        )

    def _transcribe(self, jobs: list[DecodeJob]) -> list[Hypothesis | EngineError]:
        """Run on the model thread; return one outcome per job.

        If a batch fails, its jobs are decoded one by one, so that only the job that causes the failure fails.
        """
        try:
            return list(self.transcriber.transcribe(jobs))
        except Exception:
            if len(jobs) > 1:
                return [outcome for job in jobs for outcome in self._transcribe([job])]
            logger.exception("decoding %d samples failed", jobs[0].pcm.size)
            return [EngineError("The model failed on this audio; see the server log.")]
