"""What all endpoints share: the configuration, the models once they are loaded, and the sessions that are open."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from theresa_protocol.errors import ErrorCode
from theresa_protocol.messages import Start
from theresa_server.engine.local import LocalEngine
from theresa_server.engine.pressure import WINDOW_S, Pressure
from theresa_server.entities.service import EntityService
from theresa_server.serving.admission import ServerLoad
from theresa_server.serving.config import ServerConfig
from theresa_server.serving.models import ServedModel, ServedModels
from theresa_server.sessions.resumable import ResumableSession
from theresa_server.sessions.settings import Offer


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


class _Place(NamedTuple):
    """Of an open session: with which model it is, and since when; whether somebody speaks in it."""

    model: str
    since_s: float
    live: bool


class Service:
    """One running server.

    ``models`` is empty until all of them are loaded and warm, and ``entities`` None, also where neither a model nor a
    lexicon for them is given. What takes the name of a model takes None for the default, and raises ``UnknownModel``.
    """

    def __init__(self, config: ServerConfig) -> None:
        self.config = config
        self.models = ServedModels()
        self.entities: EntityService | None = None
        self.draining = False
        self.opened: Counter[str] = Counter()
        """Sessions that began on each model."""
        self.refused: Counter[ErrorCode] = Counter()
        """Sessions that did not, by what their clients were told."""
        self._opened = asyncio.Event()
        self._sessions: dict[Drainable, _Place] = {}
        self._seats: dict[str, ResumableSession] = {}
        self._empty = asyncio.Event()
        self._empty.set()

    @property
    def engine(self) -> LocalEngine | None:
        """The engine of the default model; None until all models are there."""
        return self.models.default.engine if self.models else None

    @property
    def load(self) -> ServerLoad:
        """How the server stands now for who asks for the default model."""
        return self.load_for(None)

    @property
    def offer(self) -> Offer:
        """What a new session on the default model may ask for; only once the models are there."""
        return self.offer_for(None)

    def engine_for(self, name: str | None) -> LocalEngine:
        """The engine of a model; only once the models are there."""
        return self.models.find(name).engine

    def load_for(self, name: str | None, *, beside: Drainable | None = None) -> ServerLoad:
        """How the server stands now for who asks for a model. ``beside``: a session that is not to be counted."""
        places = [place for session, place in self._sessions.items() if place.live and session is not beside]
        if not self.models:
            return ServerLoad(ready=False, draining=self.draining, sessions=len(places))
        model = self.models.find(name)
        here = sum(place.model == model.name for place in places)
        now_s = asyncio.get_running_loop().time()
        return ServerLoad(
            ready=True,
            draining=self.draining,
            sessions=len(places),
            young=sum(place.since_s > now_s - WINDOW_S for place in places),
            share=sum(self._share(place) for place in places),
            pressure=model.engine.pressure if here else Pressure(),
        )

    def _share(self, place: _Place) -> float:
        """How much of what the machine carries a session takes: the models share its cores."""
        carried = self.models.find(place.model).engine.speakers
        return 1 / carried if carried else 0.0

    def sessions_on(self, name: str) -> int:
        """How many sessions are open on a model."""
        return sum(place.live and place.model == name for place in self._sessions.values())

    def offer_for(self, name: str | None) -> Offer:
        """What a new session on a model may ask for; only once the models are there."""
        transcriber = self.engine_for(name).transcriber
        return Offer(
            model=transcriber.name,
            languages=transcriber.languages,
            language=self.config.language,
            endpointing=self.config.endpointing,
            entities=self.entities.offer if self.entities else None,
        )

    def open(self, models: Sequence[ServedModel], entities: EntityService | None = None) -> None:
        """Admit sessions from now on."""
        self.models = ServedModels(models)
        self.entities = entities
        self._opened.set()

    async def ready(self) -> None:
        """Wait until sessions are admitted."""
        await self._opened.wait()

    def open_seat(self, start: Start, key: str | None, model: str) -> ResumableSession:
        """A seat for a new session on a model."""
        seat = ResumableSession(
            start,
            key,
            model,
            window_s=self.config.resume_window_s,
            on_ended=self.leave,
            on_discarded=lambda over: self._seats.pop(over.id, None),
        )
        self._seats[seat.id] = seat
        self.opened[model] += 1
        self.enter(seat, model)
        return seat

    def seat(self, session_id: str) -> ResumableSession | None:
        """The session of that id, if it is here: at work, cut off, or over not long since."""
        return self._seats.get(session_id)

    def enter(self, session: Drainable, model: str | None = None, *, live: bool = True) -> None:
        """Count a session in that uses a model; only once the models are there.

        One that is not ``live`` is no load to those that are: it only gets the time to finish before the server stops.
        """
        since_s = asyncio.get_running_loop().time()
        self._sessions[session] = _Place(self.models.find(model).name, since_s, live)
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
