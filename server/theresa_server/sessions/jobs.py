"""The engine as one session sees it."""

import asyncio

from theresa_server.engine.local import LocalEngine
from theresa_server.engine.metrics import EngineMetrics
from theresa_server.speech.recognition import DecodeJob, EngineError, Hypothesis

Outcome = Hypothesis | EngineError
"""What a job came to: where the model failed, or another job took its place, that is a value, too."""

Decoding = asyncio.Task[Outcome]


class SessionJobs:
    """The jobs of a session; those that are begun end with its ``tasks``."""

    def __init__(self, engine: LocalEngine, session_id: str, tasks: asyncio.TaskGroup) -> None:
        self._engine = engine
        self._session_id = session_id
        self._tasks = tasks

    @property
    def free_samples(self) -> int:
        """Audio up to this length costs a partial the same."""
        return self._engine.transcriber.free_samples

    @property
    def metrics(self) -> EngineMetrics:
        """What has been done on the model."""
        return self._engine.metrics

    def begin(self, job: DecodeJob) -> Decoding:
        """Have a job decoded, and go on meanwhile."""
        return self._tasks.create_task(self.decode(job))

    async def decode(self, job: DecodeJob) -> Outcome:
        """What a job comes to; a partial that still waits gives way to it where it is one."""
        try:
            return await self._engine.decode(self._session_id, job)
        except EngineError as error:
            return error

    def withdraw_partial(self) -> None:
        """Give up the partial that still waits, if one does."""
        self._engine.withdraw_partial(self._session_id)
