"""Entity recognition for all sessions and requests: one supervised worker process, a lexicon and a queue.

A worker that exits or hangs is restarted, and its unanswered texts are sent again. Transcripts never wait for entities.
"""

import asyncio
import logging
import sys
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path

from theresa_server.concurrency import settle
from theresa_server.entities.backlog import BacklogEntry, EntityBacklog, EntityPriority
from theresa_server.entities.hanlp.process import REPLY_TIMEOUT_S, WorkerGone, WorkerProcess
from theresa_server.entities.lexicon import Lexicon
from theresa_server.entities.ports import Annotation, EntityError
from theresa_server.entities.search import EntityOffer, EntitySearch
from theresa_server.entities.sentences import join_annotations, split_sentences
from theresa_server.speech.recognition import ModelError

logger = logging.getLogger("theresa.entities")

BATCH_TEXTS = 16
BATCH_CHARACTERS = 1_000
"""A batch of this size takes well under 100 ms, so a final never waits long for the current batch."""

STALL_TIMEOUT_S = 30.0
"""How long a text waits while the worker completes no batch. A long request may take longer in total."""

MAX_ATTEMPTS = 2
"""Number of worker failures during which a text may be in the batch. After that, the text is rejected as the cause."""

RESTART_PAUSES_S = (0.0, 0.5, 2.0, 10.0)
"""Pauses before consecutive restarts. The last one repeats."""

LONG_CHARACTERS = 10_000
"""The lexicon search of a longer text would block the event loop and runs in a thread."""


class QuerySuperseded(EntityError):
    """A newer partial replaced this one."""


@dataclass(frozen=True, slots=True)
class _Query:
    relations: bool
    answer: asyncio.Future[Annotation]


class EntityService:
    """Finds entities in texts. ``run`` owns the worker process.

    Args:
        command: The command line of the worker; ``None`` uses only the lexicon.
        lexicon: The server's lexicon.
        reply_timeout_s: How long the worker may take for a batch.
        stall_timeout_s: How long a text waits while the worker completes no batch.
    """

    def __init__(
        self,
        command: Sequence[str] | None,
        lexicon: Lexicon | None = None,
        *,
        reply_timeout_s: float = REPLY_TIMEOUT_S,
        stall_timeout_s: float = STALL_TIMEOUT_S,
    ) -> None:
        self.worker_pid: int | None = None
        self._command = command
        self._lexicon = lexicon or Lexicon()
        self._reply_timeout_s = reply_timeout_s
        self._stall_timeout_s = stall_timeout_s
        self._backlog: EntityBacklog[_Query] = EntityBacklog()
        self._work = asyncio.Event()
        self._completed_batches = 0
        self._ready: asyncio.Future[EntityOffer] | None = None
        self._offer = self._make_offer(None, (), relations=False)

    @property
    def offer(self) -> EntityOffer:
        """What can be requested. Includes the model once it is ``ready``."""
        return self._offer

    async def ready(self) -> None:
        """Wait until the worker has started for the first time.

        Raises:
            ModelError: when it cannot be started.
        """
        if self._command is not None:
            await asyncio.shield(self._first_start())

    async def run(self) -> None:
        """Run and restart the worker until cancelled.

        Raises:
            ModelError: when the worker cannot be started for the first time.
        """
        if self._command is None:
            await asyncio.get_running_loop().create_future()
            return
        failures = 0
        while True:
            try:
                worker = await WorkerProcess.start(self._command, self._reply_timeout_s)
            except (ModelError, WorkerGone, OSError) as error:
                self._fail_first_start(error)
                logger.error("entity worker cannot be started: %s", error)
            else:
                failures = await self._serve(worker, failures)
            pause_s = RESTART_PAUSES_S[min(failures, len(RESTART_PAUSES_S) - 1)]
            failures += 1
            await asyncio.sleep(pause_s)

    async def find(
        self,
        owner: Hashable,
        text: str,
        priority: EntityPriority = EntityPriority.REQUEST,
        search: EntitySearch | None = None,
    ) -> Annotation:
        """Find the entities in a text.

        The session's terms win over those of the server's lexicon, and these over the model's entities.

        Raises:
            QuerySuperseded: when a newer partial of the owner replaced this one.
            EntityError: when entity recognition fails.
        """
        search = search or EntitySearch()
        if not _is_encodable(text):
            raise EntityError("The text contains a lone surrogate: send valid Unicode.")
        found = await self._annotate(owner, text, priority, search) if self._command and text.strip() else Annotation()
        if len(text) <= LONG_CHARACTERS:
            return search.complete(text, found, self._lexicon)
        return await asyncio.to_thread(search.complete, text, found, self._lexicon)

    def cancel_partial(self, owner: Hashable) -> None:
        """Cancel an owner's queued partial. Its caller gets ``QuerySuperseded``."""
        entry = self._backlog.cancel_partial(owner)
        if entry is not None:
            _settle(entry, QuerySuperseded("Its segment was closed."))

    # --- queries ---------------------------------------------------------------------------------------------------

    async def _annotate(self, owner: Hashable, text: str, priority: EntityPriority, search: EntitySearch) -> Annotation:
        pieces = split_sentences(text)
        # An owner has at most one queued partial, so the pieces of a partial are queued one after another.
        rounds = [[piece] for piece in pieces] if priority is EntityPriority.PARTIAL else [pieces]
        found: list[Annotation] = []
        for round_ in rounds:
            entries = [self._enqueue(owner, text[begin:end], priority, search.relations) for begin, end in round_]
            found += await self._wait_for_answers(entries)
        return join_annotations([(begin, answer) for (begin, _), answer in zip(pieces, found, strict=True)])

    def _enqueue(self, owner: Hashable, text: str, priority: EntityPriority, relations: bool) -> BacklogEntry[_Query]:
        answer: asyncio.Future[Annotation] = asyncio.get_running_loop().create_future()
        entry = BacklogEntry(owner, text, priority, _Query(relations, answer))
        replaced = self._backlog.add(entry)
        if replaced is not None:
            _supersede(replaced)
        self._work.set()
        return entry

    async def _wait_for_answers(self, entries: Sequence[BacklogEntry[_Query]]) -> list[Annotation]:
        answers = asyncio.gather(*(entry.payload.answer for entry in entries))
        answers.add_done_callback(_retrieve)
        try:
            while not answers.done():
                completed_before = self._completed_batches
                await asyncio.wait([answers], timeout=self._stall_timeout_s)
                if self._completed_batches == completed_before and not answers.done():
                    raise EntityError("The entity recogniser is not responding.")
            return answers.result()
        finally:
            answers.cancel()
            for entry in entries:
                self._backlog.remove(entry)
                entry.payload.answer.cancel()

    # --- worker ----------------------------------------------------------------------------------------------------

    async def _serve(self, worker: WorkerProcess, failures: int) -> int:
        """Send batches to a worker until it fails. Returns the number of consecutive failures."""
        info = worker.info
        self.worker_pid = worker.pid
        self._offer = self._make_offer(info.name, info.labels, relations=info.relations)
        if not self._first_start().done():
            self._first_start().set_result(self._offer)
        logger.info("entity worker %d is ready with model %s", worker.pid, info.name)
        try:
            while True:
                await self._run_batch(worker)
                failures = 0
        except WorkerGone as error:
            logger.warning("restarting entity worker %d: %s", worker.pid, error)
            return failures
        finally:
            self.worker_pid = None
            await worker.close()

    async def _run_batch(self, worker: WorkerProcess) -> None:
        """Wait for a batch and have it annotated. If the worker fails, the batch returns to the queue."""
        while not (batch := self._backlog.next_batch(BATCH_TEXTS, BATCH_CHARACTERS)):
            self._work.clear()
            await self._wait_for_work(worker)
        for entry in batch:
            entry.attempts += 1
        try:
            relations = worker.info.relations and any(entry.payload.relations for entry in batch)
            outcomes = await worker.annotate([entry.text for entry in batch], relations=relations)
        except WorkerGone:
            self._requeue(batch)
            raise
        self._completed_batches += 1
        for entry, outcome in zip(batch, outcomes, strict=True):
            _settle(entry, EntityError(outcome) if isinstance(outcome, str) else outcome)

    def _requeue(self, batch: Sequence[BacklogEntry[_Query]]) -> None:
        """Queue the texts of a failed batch again, except those that have failed too often."""
        for entry in batch:
            if entry.attempts >= MAX_ATTEMPTS:
                _settle(entry, EntityError("The entity recogniser cannot read this text."))
        for entry in self._backlog.requeue([entry for entry in batch if not entry.payload.answer.done()]):
            _supersede(entry)

    async def _wait_for_work(self, worker: WorkerProcess) -> None:
        """Wait for a text.

        Raises:
            WorkerGone: when the worker exits in the meantime, so that a new one is started early.
        """
        async with asyncio.TaskGroup() as group:
            tasks = {group.create_task(self._work.wait()), group.create_task(worker.ended())}
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                task.cancel()
        if not self._work.is_set():
            raise WorkerGone("it exited")

    def _first_start(self) -> asyncio.Future[EntityOffer]:
        if self._ready is None:
            self._ready = asyncio.get_running_loop().create_future()
        return self._ready

    def _fail_first_start(self, error: Exception) -> None:
        if self._first_start().done():
            return
        failure = error if isinstance(error, ModelError) else ModelError(f"the entity worker failed: {error}.")
        self._first_start().set_exception(failure)
        self._first_start().exception()  # marks it as retrieved, because ready() may have no caller
        raise failure

    def _make_offer(self, model: str | None, labels: Sequence[str], *, relations: bool) -> EntityOffer:
        all_labels = tuple(sorted({*labels, *self._lexicon.labels}))
        return EntityOffer(model=model, labels=all_labels, relations=relations, terms=self._lexicon.terms)


def worker_command(directory: Path) -> tuple[str, ...]:
    """Return the command line of a worker for the HanLP model in a directory."""
    return (sys.executable, "-m", "theresa_server.entities.hanlp.worker", str(directory))


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _retrieve(answers: asyncio.Future[list[Annotation]]) -> None:
    """Retrieve an exception that a cancelled caller does not wait for, so that asyncio does not log it as lost."""
    if not answers.cancelled():
        answers.exception()


def _supersede(entry: BacklogEntry[_Query]) -> None:
    _settle(entry, QuerySuperseded("A newer partial replaced it."))


def _settle(entry: BacklogEntry[_Query], outcome: Annotation | EntityError) -> None:
    settle(entry.payload.answer, outcome)
