"""The state that all endpoints share."""

import asyncio
import logging
import math
from collections.abc import Sequence

from theresa_protocol.errors import ErrorCode
from theresa_server.engine.pressure import WINDOW_S, Pressure
from theresa_server.entities.service import EntityService
from theresa_server.serving.admission import ServerLoad, capacity_advice
from theresa_server.serving.config import ServerConfig
from theresa_server.serving.edge import has_share
from theresa_server.serving.models import ServedModel, ServedModels
from theresa_server.serving.registry import OpenSession, SessionRecord, SessionRegistry
from theresa_server.sessions.settings import Offer

ADVICE_INTERVAL_S = 60
"""How often refusals for lack of capacity are logged: clients retry every few seconds."""

logger = logging.getLogger("theresa")


class Service:
    """The configuration of a running server, its models and its open sessions.

    ``models`` is empty until all models are loaded. ``entities`` is ``None`` until then, and when entity recognition is
    disabled.
    """

    def __init__(self, config: ServerConfig) -> None:
        self.config = config
        self.models = ServedModels()
        self.entities: EntityService | None = None
        self.sessions = SessionRegistry(config.resume_window_s)
        self._ready = asyncio.Event()
        self._advised_s = -math.inf

    def open(self, models: Sequence[ServedModel], entities: EntityService | None = None) -> None:
        """Publish the loaded models and start to admit sessions."""
        self.models = ServedModels(models)
        self.entities = entities
        self._ready.set()

    async def wait_ready(self) -> None:
        """Wait until the server admits sessions."""
        await self._ready.wait()

    def load(self, model: str | None = None, *, excluding: OpenSession | None = None, address: str = "") -> ServerLoad:
        """Return the current load, as seen by a request for a model.

        Args:
            model: Name of the model; ``None`` selects the default.
            excluding: A session to leave out of the figures.
            address: IP address of the client.

        Raises:
            UnknownModel: when the models are loaded and none has this name.
        """
        records = self.sessions.live(excluding=excluding)
        if not self.models:
            return ServerLoad(ready=False, draining=self.sessions.draining, sessions=len(records))
        served = self.models.find(model)
        now_s = asyncio.get_running_loop().time()
        in_use = any(record.model == served.name for record in records)
        return ServerLoad(
            ready=True,
            draining=self.sessions.draining,
            sessions=len(records),
            of_address=sum(record.address == address for record in records) if has_share(address) else 0,
            recent=sum(record.opened_s > now_s - WINDOW_S for record in records),
            utilization=sum(self._utilization(record) for record in records),
            pressure=served.engine.pressure if in_use else Pressure(),
        )

    def _utilization(self, record: SessionRecord) -> float:
        """Return the fraction of the machine that a session uses. All models share its cores."""
        capacity = self.models.find(record.model).engine.speakers
        return 1 / capacity if capacity else 0.0

    def offer(self, model: str | None = None) -> Offer:
        """Return what a new session on a model may request. Only valid once the models are loaded.

        Raises:
            UnknownModel: when no model has this name.
        """
        transcriber = self.models.find(model).engine.transcriber
        return Offer(
            model=transcriber.name,
            languages=transcriber.languages,
            tasks=transcriber.tasks,
            language=self.config.language,
            endpointing=self.config.endpointing,
            entities=self.entities.offer if self.entities else None,
        )

    def count_refusal(self, code: str, load: ServerLoad) -> None:
        """Count a refused session, and log what the operator can do if it was refused for lack of capacity.

        Args:
            code: Error code of the refusal.
            load: The load for which the session was refused.
        """
        self.sessions.refused[code] += 1
        now_s = asyncio.get_running_loop().time()
        if code == ErrorCode.OVERLOADED and load.ready and now_s - self._advised_s >= ADVICE_INTERVAL_S:
            self._advised_s = now_s
            logger.warning("%s", capacity_advice(self.config.policy, load))

    async def drain(self) -> None:
        """Stop admitting sessions and wait for the open ones, as long as the configuration allows."""
        await self.sessions.drain(self.config.drain_s, self.config.stop_s)
