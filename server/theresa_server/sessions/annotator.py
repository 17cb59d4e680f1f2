"""The entities of one session, found while the transcript continues; a transcript never waits for them.

Finals are submitted at once, and their entities are sent in order; none is skipped while the recogniser is available.
Of a growing segment only the newest text is kept, and one query at a time is in progress.
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

MAX_PENDING = 256
"""Finals that may wait for their entities. Beyond that, finals get none: finals themselves are never delayed."""

FINISH_S = 10.0
"""How long the end of a session waits for entities."""


@dataclass(slots=True)
class _OpenText:
    """The newest text of the open segment, and the entities that were sent for it."""

    query: EntityQuery
    searched: int = 0
    rev: int = 0
    sent: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class _PendingEntities:
    """The search of one final; its result is ``None`` when the recogniser is unavailable.

    All finals before the position ``settled`` have their entities.
    """

    settled: int
    task: asyncio.Task[Entities | None]


class Annotator:
    """Puts the entities of a session's texts into its outbox. ``service`` may be ``None`` if no query is submitted."""

    def __init__(self, session_id: str, service: EntityService | None, outbox: Outbox, unit: OffsetUnit) -> None:
        self._id = session_id
        self._service = service
        self._outbox = outbox
        self._unit = unit
        self._open: _OpenText | None = None
        self._changed = asyncio.Event()
        self._pending: deque[_PendingEntities] = deque()
        self._not_empty = asyncio.Event()
        self._delivered = asyncio.Event()
        self._unavailable = False
        self._tasks = asyncio.TaskGroup()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Process queries inside this context; cancel unfinished ones at its end."""
        async with self._tasks:
            loops = [self._tasks.create_task(work) for work in (self._deliver_finals(), self._search_partials())]
            try:
                yield
            finally:
                for task in (*loops, *(pending.task for pending in self._pending)):
                    task.cancel()

    @property
    def pending_from(self) -> int | None:
        """The position at 16 kHz before which no final waits for its entities; ``None`` when no final waits."""
        return self._pending[0].settled if self._pending else None

    def submit_partial(self, query: EntityQuery) -> None:
        """Replace the text of the open segment; its stable part is searched when there is time."""
        if self._open is None or self._open.query.segment != query.segment:
            self._open = _OpenText(query)
        self._open.query = query
        self._changed.set()

    def cancel_partial(self) -> None:
        """Cancel the search of the open segment, which has closed."""
        self._changed.clear()
        if self._open is not None and self._service is not None:
            self._service.cancel_partial(self._id)

    def submit_final(self, query: EntityQuery | None, settled: int) -> None:
        """Search a final that has just been sent.

        Args:
            query: the query for it; ``None`` when it has no text or the session wants no entities.
            settled: the position at 16 kHz before which all audio was settled when its segment closed.
        """
        open_text, self._open = self._open, None
        if query is None:
            return
        rev = open_text.rev + 1 if open_text and open_text.query.segment == query.segment else 1
        if len(self._pending) >= MAX_PENDING:
            self._warn()
            return
        self._pending.append(_PendingEntities(settled, self._tasks.create_task(self._entities(query, rev))))
        self._not_empty.set()

    async def finish(self) -> None:
        """Wait until all finals have their entities; after ``FINISH_S``, give up with a warning."""
        try:
            async with asyncio.timeout(FINISH_S):
                while self._pending:
                    self._delivered.clear()
                    await self._delivered.wait()
        except TimeoutError:
            self._warn()

    async def _deliver_finals(self) -> None:
        """Send the entities of finals in order."""
        while True:
            while not self._pending:
                self._not_empty.clear()
                await self._not_empty.wait()
            message = await self._pending[0].task
            self._pending.popleft()
            if message is None:
                self._warn()
            else:
                self._outbox.put(message)
                self._unavailable = self._unavailable and bool(self._pending)
            self._delivered.set()

    async def _search_partials(self) -> None:
        """Send the entities of the open segment whenever they change."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            open_text = self._open
            if open_text is None or open_text.query.stable <= open_text.searched:
                continue
            query, open_text.searched = open_text.query, open_text.query.stable
            annotation = await self._find(query, EntityPriority.PARTIAL)
            if annotation is None or open_text is not self._open:
                continue
            items = rendering.entity_messages(query.text, annotation.spans, query.timeline, self._unit)
            found = tuple((item.id, item.from_) for item in items)
            if found != open_text.sent:
                open_text.sent = found
                open_text.rev += 1
                self._outbox.put(Entities(segment=query.segment, rev=open_text.rev, final=False, items=items))

    async def _entities(self, query: EntityQuery, rev: int) -> Entities | None:
        annotation = await self._find(query, EntityPriority.FINAL)
        if annotation is None:
            return None
        return Entities(
            segment=query.segment,
            rev=rev,
            final=True,
            items=rendering.entity_messages(query.text, annotation.spans, query.timeline, self._unit),
            relations=build_graph(query.text, annotation) if query.settings.options.relations else None,
        )

    async def _find(self, query: EntityQuery, priority: EntityPriority) -> Annotation | None:
        final = priority is EntityPriority.FINAL
        search = query.settings.final_search if final else query.settings.partial_search
        assert self._service is not None  # noqa: S101 - without a service no entities are offered
        try:
            return await self._service.find(self._id, query.text[: query.stable], priority, search)
        except EntityError as error:
            logger.debug("session %s: no entities for segment %d: %s", self._id, query.segment, error)
        except Exception:  # a failure of entity recognition must not cost a transcript
            logger.exception("session %s: entity recognition failed on segment %d", self._id, query.segment)
        return None

    def _warn(self) -> None:
        if not self._unavailable:
            self._unavailable = True
            self._outbox.put(
                WarningMessage(
                    code=WarningCode.ENTITIES_UNAVAILABLE,
                    message="Entity recognition is temporarily unavailable; the transcript continues without it.",
                )
            )
