"""The server as a whole: listen, load the models, serve, drain.

The port is open before the models are loaded: ``/livez`` returns 200 at once, ``/readyz`` when sessions are
admitted.
"""

import asyncio
import contextlib
import logging

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from theresa_server.endpoints import files, invocations, metrics, missing, models, operations, page, realtime, stream
from theresa_server.endpoints.websocket.sockets import WEBSOCKET_FRAME_LIMIT_BYTES
from theresa_server.serving.config import ConfigError, ServerConfig
from theresa_server.serving.edge import Connections
from theresa_server.serving.http_server import GracefulServer, uvicorn_config
from theresa_server.serving.listener import connection_limit, listen, url_of
from theresa_server.serving.service import Service
from theresa_server.serving.startup import (
    TranscriberFactory,
    advice,
    describe,
    load_entity_service,
    load_models,
    whisper_factory,
)
from theresa_server.serving.threads import on_daemon_thread
from theresa_server.speech.recognition import ModelError

logger = logging.getLogger("theresa")


class Server:
    """One server. It listens on ``url`` from its construction on, and serves while ``run`` runs.

    Args:
        config: the configuration.
        make_transcriber: makes the transcriber of each model, on a thread; by default it loads Whisper models.

    Raises:
        ConfigError: if the server cannot listen on its address.
    """

    def __init__(self, config: ServerConfig, make_transcriber: TranscriberFactory | None = None) -> None:
        self.service = Service(config)
        self._make_transcriber = make_transcriber or whisper_factory(config)
        self._listener = listen(config.host, config.port, user_timeout_ms=config.limits.idle_timeout_ms)
        self.url = url_of(self._listener)
        self._http = GracefulServer(
            uvicorn_config(
                _application(self.service),
                config.edge,
                max_connections=connection_limit(config.policy.max_sessions + config.edge.spare_connections),
                max_frame_bytes=WEBSOCKET_FRAME_LIMIT_BYTES,
                shutdown_timeout_s=config.stop_s,
            ),
            self.stop,
        )
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Serve until stopped.

        Raises:
            ConfigError: if the lexicon cannot be read.
            ModelError: if a model cannot be loaded.
        """
        with self._listener:
            try:
                async with asyncio.TaskGroup() as group:
                    tasks = [group.create_task(work) for work in (self._run_models(), self._drain_when_stopped())]
                    await self._http.serve(sockets=[self._listener])
                    for task in tasks:
                        task.cancel()
            except* (ModelError, ConfigError) as errors:
                raise _first(errors) from None

    @property
    def connections(self) -> Connections:
        """The open connections."""
        return self._http.connections

    @property
    def interrupted(self) -> bool:
        """Whether a second signal cut the shutdown short."""
        return self._http.interrupted

    def stop(self) -> None:
        """Drain, then end ``run``. Call it on the event loop."""
        self._stopping.set()

    async def _drain_when_stopped(self) -> None:
        await self._stopping.wait()
        sessions = self.service.load().sessions
        if sessions:
            logger.info("stopping: open sessions (%d) have %d s to finish", sessions, self.service.config.drain_s)
        try:
            await self.service.drain()
        finally:
            self._http.should_exit = True

    async def _run_models(self) -> None:
        """Load the models, admit sessions once all are ready, and run the models until cancelled."""
        config = self.service.config
        # Logged here rather than in __init__ because only from here on signals are handled.
        names = ", ".join(options.name or options.model for options in config.engines)
        logger.info("listening on %s, loading %s", self.url, names)
        async with contextlib.AsyncExitStack() as loaded, asyncio.TaskGroup() as group:
            entities = await on_daemon_thread(lambda: load_entity_service(config))
            if entities is not None:
                group.create_task(entities.run())
            models = await load_models(config, self._make_transcriber, loaded)
            if entities is not None:
                if config.entities != "off":
                    logger.info("waiting for the entity model")
                await entities.ready()
            self.service.open(models, entities)
            finder = "" if entities is None else f", entities from {entities.offer.model or 'the lexicon'}"
            logger.info("ready on %s with %s%s", self.url, ", ".join(map(describe, models)), finder)
            if config.speakers == 0:
                for sentence in filter(None, map(advice, models)):
                    logger.info("%s", sentence)
            for model in models:
                group.create_task(model.engine.run())


def _application(service: Service) -> Starlette:
    endpoints = (operations, metrics, models, files, invocations, page, stream, realtime, missing)
    routes = [route for endpoint in endpoints for route in endpoint.routes(service)]
    origins = service.config.policy.allowed_origins
    # Web pages that can open a session can also read HTTP responses.
    cors = Middleware(CORSMiddleware, allow_origins=origins, allow_methods=["GET", "POST"], allow_headers=["*"])
    return Starlette(
        routes=routes, middleware=[cors] if origins else [], exception_handlers={Exception: _internal_error}
    )


async def _internal_error(_request: Request, _error: Exception) -> Response:
    """Return the response after a failure of the server, which closes the connection."""
    return PlainTextResponse("Internal Server Error\n", 500, {"Connection": "close"})


def _first(group: BaseExceptionGroup[Exception]) -> Exception:
    error: Exception | BaseExceptionGroup[Exception] = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
