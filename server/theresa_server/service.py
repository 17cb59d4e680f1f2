"""What all endpoints share: the configuration, the models once they are loaded, and the sessions that are open."""

import asyncio
from typing import Protocol

from theresa_protocol.messages import Start
from theresa_server.admission import Load
from theresa_server.config import ServerConfig
from theresa_server.engine.local import LocalEngine
from theresa_server.entities.service import EntityService
from theresa_server.pressure import WINDOW_S
from theresa_server.seats import Seat
from theresa_server.settings import Offer


class Drainable(Protocol):
    """An open session, as the drain sees it."""

    def warn(self, deadline_ms: int) -> None:
        """Tell the client that the server will stop."""
        ...

    async def stop(self) -> None:
        """Finish what was received and say goodbye."""
        ...

    def abandon(self) -> None:
        """Say goodbye at once, whatever is unfinished."""
        ...


class Service:
    """One running server.

    ``engine`` is None until all models are loaded and warm, ``entities`` also where neither a model nor a lexicon is
    given.
    """

    def __init__(self, config: ServerConfig) -> None:
        self.config = config
        self.engine: LocalEngine | None = None
        self.entities: EntityService | None = None
        self.draining = False
        self._opened = asyncio.Event()
        self._sessions: dict[Drainable, float] = {}  # and since when
        self._seats: dict[str, Seat] = {}
        self._empty = asyncio.Event()
        self._empty.set()

    @property
    def load(self) -> Load:
        """How the server stands now."""
        if self.engine is None:
            return Load(ready=False, draining=self.draining, sessions=len(self._sessions))
        now_s = asyncio.get_running_loop().time()
        return Load(
            ready=True,
            draining=self.draining,
            sessions=len(self._sessions),
            young=sum(since_s > now_s - WINDOW_S for since_s in self._sessions.values()),
            expected=self.engine.speakers,
            pressure=self.engine.pressure,
        )

    @property
    def offer(self) -> Offer:
        """What a new session may ask for; only once the engine is there."""
        assert self.engine is not None  # noqa: S101 - no session is admitted before
        transcriber = self.engine.transcriber
        return Offer(
            model=transcriber.name,
            languages=transcriber.languages,
            language=self.config.language,
            endpointing=self.config.endpointing,
            entities=self.entities.offer if self.entities else None,
        )

    def open(self, engine: LocalEngine, entities: EntityService | None = None) -> None:
        """Admit sessions from now on."""
        self.engine = engine
        self.entities = entities
        self._opened.set()

    async def ready(self) -> None:
        """Wait until sessions are admitted."""
        await self._opened.wait()

    def open_seat(self, start: Start, key: str | None) -> Seat:
        """A seat for a new session."""
        seat = Seat(
            start,
            key,
            window_s=self.config.resume_window_s,
            left=self.leave,
            removed=lambda over: self._seats.pop(over.id, None),
        )
        self._seats[seat.id] = seat
        self.enter(seat)
        if self.draining:
            seat.warn(self.config.drain_s * 1000)
        return seat

    def seat(self, session_id: str) -> Seat | None:
        """The session of that id, if it is here: at work, cut off, or over not long since."""
        return self._seats.get(session_id)

    def enter(self, session: Drainable) -> None:
        """Count a session in."""
        self._sessions[session] = asyncio.get_running_loop().time()
        self._empty.clear()

    def leave(self, session: Drainable) -> None:
        """Count a session out."""
        self._sessions.pop(session, None)
        if not self._sessions:
            self._empty.set()

    async def drain(self) -> None:
        """Admit nobody more; the open sessions get ``drain_s`` to finish, and ``stop_s`` more to be finished."""
        self.draining = True
        for session in list(self._sessions):
            session.warn(self.config.drain_s * 1000)
        if await self.emptied(self.config.drain_s):
            return
        for session in list(self._sessions):
            await session.stop()
        if await self.emptied(self.config.stop_s):
            return
        for session in list(self._sessions):
            session.abandon()
        await self.emptied(self.config.stop_s)

    async def emptied(self, seconds: float) -> bool:
        """Wait until no session is open; False when that takes longer than so many seconds."""
        try:
            async with asyncio.timeout(seconds):
                await self._empty.wait()
        except TimeoutError:
            return False
        return True
