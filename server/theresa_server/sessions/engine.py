"""The engine as one session uses it."""

import asyncio

from theresa_server.engine.local import LocalEngine
from theresa_server.engine.metrics import EngineMetrics
from theresa_server.engine.pressure import Pressure
from theresa_server.speech.recognition import DecodeJob, EngineError, Hypothesis

DecodeResult = Hypothesis | EngineError
"""The result of a job. A job that failed or was superseded returns its error instead of raising it."""

DecodeTask = asyncio.Task[DecodeResult]


class SessionEngine:
    """Submits the jobs of one session to the engine. Jobs that were started end with ``tasks``."""

    def __init__(self, engine: LocalEngine, session_id: str, tasks: asyncio.TaskGroup) -> None:
        self._engine = engine
        self._session_id = session_id
        self._tasks = tasks

    @property
    def free_samples(self) -> int:
        """Audio up to this length costs a partial the same."""
        return self._engine.transcriber.free_samples

    @property
    def uses_previous_text(self) -> bool:
        """Whether the model decodes a segment with the text of the previous one."""
        return self._engine.transcriber.uses_previous_text

    @property
    def pressure(self) -> Pressure:
        """How long jobs currently wait for the model."""
        return self._engine.pressure

    @property
    def metrics(self) -> EngineMetrics:
        """The work done on the model so far."""
        return self._engine.metrics

    def start(self, job: DecodeJob) -> DecodeTask:
        """Start decoding a job in a task of its own."""
        return self._tasks.create_task(self.decode(job))

    async def decode(self, job: DecodeJob) -> DecodeResult:
        """Decode a job and return the result. A partial replaces a queued partial of the same session."""
        try:
            return await self._engine.decode(self._session_id, job)
        except EngineError as error:
            return error

    def cancel_partial(self) -> None:
        """Cancel the partial that is still queued, if any."""
        self._engine.withdraw_partial(self._session_id)
