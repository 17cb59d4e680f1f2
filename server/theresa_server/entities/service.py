"""The entities of all sessions and requests: one worker process, a lexicon, and a backlog between.

The worker is supervised. When it ends or hangs it is started anew, and what was asked of it is asked again; transcripts
never wait for it.
"""

import asyncio
import logging
import sys
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path

from theresa_server.concurrency import settle
from theresa_server.entities.backlog import Backlog, BacklogEntry, Priority
from theresa_server.entities.hanlp.process import REPLY_TIMEOUT_S, WorkerGone, WorkerProcess
from theresa_server.entities.lexicon import Lexicon
from theresa_server.entities.ports import Annotation, EntityError
from theresa_server.entities.search import EntityOffer, EntitySearch
from theresa_server.entities.sentences import joined, split_sentences
from theresa_server.speech.recognition import ModelError

__all__ = ["EntityOffer", "EntitySearch", "EntityService", "Priority", "QuerySuperseded", "worker_command"]

logger = logging.getLogger("theresa.entities")

BATCH_TEXTS = 16
BATCH_CHARACTERS = 1_000
"""A batch of this size takes well under 100 ms, so that a final never waits long behind others."""

WAIT_S = 30.0
"""How long a text waits while the worker answers nothing at all; a long request may take its time."""

ATTEMPTS = 2
"""How often a text may be on the worker when it goes down; then the text is taken for the reason."""

RESTART_PAUSES_S = (0.0, 0.5, 2.0, 10.0)
"""Pauses before restarts in a row; the last one repeats."""


LONG_CHARACTERS = 10_000
"""Looking for terms in a longer text takes so long that it is done beside the event loop."""


class QuerySuperseded(EntityError):
    """A newer partial took its place."""


@dataclass(frozen=True, slots=True)
class _Question:
    relations: bool
    answer: asyncio.Future[Annotation]


class EntityService:
    """Finds entities. ``run`` owns the worker process; without ``command`` the lexicon works alone."""

    def __init__(
        self,
        command: Sequence[str] | None,
        lexicon: Lexicon | None = None,
        *,
        reply_timeout_s: float = REPLY_TIMEOUT_S,
        wait_s: float = WAIT_S,
    ) -> None:
        self.worker_pid: int | None = None
        self._command = command
        self._lexicon = lexicon or Lexicon()
        self._reply_timeout_s = reply_timeout_s
        self._wait_s = wait_s
        self._backlog: Backlog[_Question] = Backlog()
        self._work = asyncio.Event()
        self._batches = 0
        self._ready: asyncio.Future[EntityOffer] | None = None
        self._offer = self._offered(None, (), False)

    @property
    def offer(self) -> EntityOffer:
        """What may be asked for; the model's part is known once it is ``ready``."""
        return self._offer

    async def ready(self) -> None:
        """Wait until the worker is up for the first time. Raises ``ModelError`` when it cannot be."""
        if self._command is not None:
            await asyncio.shield(self._first_start())

    async def run(self) -> None:
        """Own the worker until cancelled. Raises ``ModelError`` when its model cannot be loaded in the first place."""
        if self._command is None:
            await asyncio.get_running_loop().create_future()
            return
        failures = 0
        while True:
            try:
                worker = await WorkerProcess.start(self._command, self._reply_timeout_s)
            except (ModelError, WorkerGone, OSError) as error:
                self._fail_first_start(error)
                logger.error("the entity worker cannot be started: %s", error)
            else:
                failures = await self._use(worker, failures)
            pause_s = RESTART_PAUSES_S[min(failures, len(RESTART_PAUSES_S) - 1)]
            failures += 1
            await asyncio.sleep(pause_s)

    async def find(
        self, owner: Hashable, text: str, priority: Priority = Priority.REQUEST, search: EntitySearch | None = None
    ) -> Annotation:
        """The entities of a text: those of the session's terms win over the lexicon's, and these over the model's.

        Raises ``EntityError`` when they cannot be had, and ``QuerySuperseded`` for a partial that a newer one replaced.
        """
        search = search or EntitySearch()
        if not _can_travel(text):
            raise EntityError("The text holds a lone surrogate, which is no character: send valid Unicode.")
        found = (
            await self._from_model(owner, text, priority, search) if self._command and text.strip() else Annotation()
        )
        if len(text) <= LONG_CHARACTERS:
            return search.complete(text, found, self._lexicon)
        return await asyncio.to_thread(search.complete, text, found, self._lexicon)

    def withdraw_partial(self, owner: Hashable) -> None:
        """Give up an owner's waiting partial; its caller gets ``QuerySuperseded``."""
        item = self._backlog.withdraw_partial(owner)
        if item is not None:
            _settle(item, QuerySuperseded("Its segment closed."))

    async def _from_model(self, owner: Hashable, text: str, priority: Priority, search: EntitySearch) -> Annotation:
        pieces = split_sentences(text)
        # An owner has one waiting partial, so the pieces of a partial are asked about one after another.
        rounds = [[piece] for piece in pieces] if priority is Priority.PARTIAL else [pieces]
        found: list[Annotation] = []
        for round_ in rounds:
            items = [self._ask(owner, text[begin:end], priority, search.relations) for begin, end in round_]
            found += await self._answers(items)
        return joined([(begin, answer) for (begin, _), answer in zip(pieces, found, strict=True)])

    async def _answers(self, items: Sequence[BacklogEntry[_Question]]) -> list[Annotation]:
        answers = asyncio.gather(*(item.payload.answer for item in items))
        try:
            while not answers.done():
                before = self._batches
                await asyncio.wait([answers], timeout=self._wait_s)
                if self._batches == before and not answers.done():
                    raise EntityError("The entity recogniser does not answer.")
            return answers.result()
        finally:
            answers.cancel()
            for item in items:
                self._backlog.remove(item)
                item.payload.answer.cancel()

    def _ask(self, owner: Hashable, text: str, priority: Priority, relations: bool) -> BacklogEntry[_Question]:
        answer: asyncio.Future[Annotation] = asyncio.get_running_loop().create_future()
        item = BacklogEntry(owner, text, priority, _Question(relations, answer))
        replaced = self._backlog.add(item)
        if replaced is not None:
            _settle(replaced, QuerySuperseded("A newer partial took its place."))
        self._work.set()
        return item

    async def _use(self, worker: WorkerProcess, failures: int) -> int:
        """Feed a worker until it is gone; returns how many failures there have been in a row."""
        info = worker.info
        self.worker_pid = worker.pid
        self._offer = self._offered(info.name, info.labels, info.relations)
        if not self._first_start().done():
            self._first_start().set_result(self._offer)
        logger.info("entity worker %d is ready with model %s", worker.pid, info.name)
        try:
            while True:
                await self._exchange(worker)
                failures = 0
        except WorkerGone as error:
            logger.warning("entity worker %d is started anew: %s", worker.pid, error)
            return failures
        finally:
            self.worker_pid = None
            await worker.close()

    async def _exchange(self, worker: WorkerProcess) -> None:
        """Have one batch annotated; what is not answered is asked again later."""
        while not (batch := self._backlog.take(BATCH_TEXTS, BATCH_CHARACTERS)):
            self._work.clear()
            await self._wait_for_work(worker)
        for item in batch:
            item.attempts += 1
        try:
            relations = worker.info.relations and any(item.payload.relations for item in batch)
            outcomes = await worker.ask([item.text for item in batch], relations=relations)
        except WorkerGone:
            lost = [item for item in batch if item.attempts >= ATTEMPTS]
            for item in lost:
                _settle(item, EntityError("The entity recogniser cannot read this text."))
            waiting = [item for item in batch if not item.payload.answer.done()]
            for item in self._backlog.give_back(waiting):
                _settle(item, QuerySuperseded("A newer partial took its place."))
            raise
        self._batches += 1
        for item, outcome in zip(batch, outcomes, strict=True):
            _settle(item, EntityError(outcome) if isinstance(outcome, str) else outcome)

    async def _wait_for_work(self, worker: WorkerProcess) -> None:
        """Wait for a text. Raises ``WorkerGone`` when the worker ends meanwhile, so that a new one is ready in time."""
        async with asyncio.TaskGroup() as group:
            tasks = {group.create_task(self._work.wait()), group.create_task(worker.ended())}
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                task.cancel()
        if not self._work.is_set():
            raise WorkerGone("it ended")

    def _first_start(self) -> asyncio.Future[EntityOffer]:
        if self._ready is None:
            self._ready = asyncio.get_running_loop().create_future()
        return self._ready

    def _fail_first_start(self, error: Exception) -> None:
        if self._first_start().done():
            return
        failure = error if isinstance(error, ModelError) else ModelError(f"the entity worker failed: {error}.")
        self._first_start().set_exception(failure)
        self._first_start().exception()  # it may be that nobody waits
        raise failure

    def _offered(self, model: str | None, labels: Sequence[str], relations: bool) -> EntityOffer:
        known = tuple(sorted({*labels, *self._lexicon.labels}))
        return EntityOffer(model=model, labels=known, relations=relations, terms=self._lexicon.terms)


def worker_command(directory: Path) -> tuple[str, ...]:
    """The command line of a worker for the HanLP model in a directory."""
    return (sys.executable, "-m", "theresa_server.entities.hanlp.worker", str(directory))


def _can_travel(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _settle(item: BacklogEntry[_Question], outcome: Annotation | EntityError) -> None:
    settle(item.payload.answer, outcome)
