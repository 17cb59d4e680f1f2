"""The entities of one session: asked for beside the transcripts, which never wait for them.

Finals are asked about at once and told of in order, none left out while the recogniser can be had. Of a growing segment
only the newest text waits, and one question at a time is on its way.
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from theresa_protocol.errors import WarningCode
from theresa_protocol.messages import Entities, OffsetUnit, WarningMessage
from theresa_server.entities.backlog import EntityPriority
from theresa_server.entities.graph import build_graph
from theresa_server.entities.ports import Annotation, EntityError
from theresa_server.entities.service import EntityService
from theresa_server.sessions import rendering
from theresa_server.sessions.buffers import Outbox
from theresa_server.sessions.entity_query import EntityQuery

logger = logging.getLogger("theresa.annotator")

MAX_WAITING = 256
"""Finals that may wait for their entities; more get none, since finals themselves are never held back."""

FINISH_S = 10.0
"""How long the end of a session waits for entities."""


@dataclass(slots=True)
class _Growth:
    """What is known of the segment that grows: the newest text, and what was told of it."""

    said: EntityQuery
    searched: int = 0
    rev: int = 0
    told: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A final on its way to its entities; ``None`` where they cannot be had. All before ``since`` has its own."""

    since: int
    finding: asyncio.Task[Entities | None]


class Annotator:
    """Puts the entities of a session's texts into its outbox. ``service`` may be ``None`` where none are wanted."""

    def __init__(self, session_id: str, service: EntityService | None, outbox: Outbox, unit: OffsetUnit) -> None:
        self._id = session_id
        self._service = service
        self._outbox = outbox
        self._unit = unit
        self._growth: _Growth | None = None
        self._grown = asyncio.Event()
        self._waiting: deque[_Waiting] = deque()
        self._waits = asyncio.Event()
        self._delivered = asyncio.Event()
        self._unavailable = False
        self._tasks = asyncio.TaskGroup()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Work inside this context; what is unfinished at its end is given up."""
        async with self._tasks:
            helpers = [self._tasks.create_task(work) for work in (self._deliver(), self._follow())]
            try:
                yield
            finally:
                for task in (*helpers, *(waiting.finding for waiting in self._waiting)):
                    task.cancel()

    @property
    def waits_from(self) -> int | None:
        """The sample at 16 kHz before which no final waits for its entities; ``None`` where none does."""
        return self._waiting[0].since if self._waiting else None

    def grow(self, said: EntityQuery) -> None:
        """Take in the newest text of the open segment; its settled part is searched when there is time."""
        if self._growth is None or self._growth.said.segment != said.segment:
            self._growth = _Growth(said)
        self._growth.said = said
        self._grown.set()

    def close(self) -> None:
        """The open segment has closed: what it said so far need not be searched any more."""
        self._grown.clear()
        if self._growth is not None and self._service is not None:
            self._service.cancel_partial(self._id)

    def finalise(self, said: EntityQuery | None, since: int) -> None:
        """A final has just been sent: ask for its entities; ``None`` where it has none or none are wanted.

        ``since``: the sample at 16 kHz before which all was settled when its segment was not.
        """
        growth, self._growth = self._growth, None
        if said is None:
            return
        rev = growth.rev + 1 if growth and growth.said.segment == said.segment else 1
        if len(self._waiting) >= MAX_WAITING:
            self._warn()
            return
        self._waiting.append(_Waiting(since, self._tasks.create_task(self._entities(said, rev))))
        self._waits.set()

    async def finish(self) -> None:
        """Wait until all finals have their entities; those that take too long are given up with a warning."""
        try:
            async with asyncio.timeout(FINISH_S):
                while self._waiting:
                    self._delivered.clear()
                    await self._delivered.wait()
        except TimeoutError:
            self._warn()

    async def _deliver(self) -> None:
        """Tell of finals in their order."""
        while True:
            while not self._waiting:
                self._waits.clear()
                await self._waits.wait()
            message = await self._waiting[0].finding
            self._waiting.popleft()
            if message is None:
                self._warn()
            else:
                self._outbox.put(message)
                self._unavailable = self._unavailable and bool(self._waiting)
            self._delivered.set()

    async def _follow(self) -> None:
        """Tell of the segment that grows."""
        while True:
            await self._grown.wait()
            self._grown.clear()
            growth = self._growth
            if growth is None or growth.said.settled <= growth.searched:
                continue
            said, growth.searched = growth.said, growth.said.settled
            annotation = await self._find(said, EntityPriority.PARTIAL)
            if annotation is None or growth is not self._growth:
                continue
            items = rendering.items(said.text, annotation.spans, said.timeline, self._unit)
            told = tuple((item.id, item.from_) for item in items)
            if told != growth.told:
                growth.told = told
                growth.rev += 1
                self._outbox.put(Entities(segment=said.segment, rev=growth.rev, final=False, items=items))

    async def _entities(self, said: EntityQuery, rev: int) -> Entities | None:
        annotation = await self._find(said, EntityPriority.FINAL)
        if annotation is None:
            return None
        return Entities(
            segment=said.segment,
            rev=rev,
            final=True,
            items=rendering.items(said.text, annotation.spans, said.timeline, self._unit),
            relations=build_graph(said.text, annotation) if said.wanted.options.relations else None,
        )

    async def _find(self, said: EntityQuery, priority: EntityPriority) -> Annotation | None:
        final = priority is EntityPriority.FINAL
        search = said.wanted.search if final else said.wanted.early
        assert self._service is not None  # noqa: S101 - without one nothing is wanted
        try:
            return await self._service.find(self._id, said.text[: said.settled], priority, search)
        except EntityError as error:
            logger.debug("session %s: no entities for segment %d: %s", self._id, said.segment, error)
        except Exception:  # whatever is wrong with entities, it must not cost a transcript
            logger.exception("session %s: searching segment %d failed", self._id, said.segment)
        return None

    def _warn(self) -> None:
        if not self._unavailable:
            self._unavailable = True
            self._outbox.put(
                WarningMessage(
                    code=WarningCode.ENTITIES_UNAVAILABLE,
                    message="Named entities cannot be had for the moment; the transcript goes on without them.",
                )
            )
