"""The server as a whole: listen, load the models, serve, drain.

The port is open before the models are loaded, so that ``/livez`` answers at once and ``/readyz`` tells when to send
traffic.
"""

import asyncio
import contextlib
import logging
import os
import socket
import threading
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import TypeVar

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from theresa_server.concurrency import settle
from theresa_server.endpoints import files, invocations, metrics, models, operations, page, realtime, stream
from theresa_server.endpoints.websocket.sockets import LONGEST_FRAME_BYTES
from theresa_server.engine.whisper.options import EngineOptions
from theresa_server.engine.whisper.transcriber import WhisperTranscriber
from theresa_server.entities import models as entity_models
from theresa_server.entities.lexicon import Lexicon, LexiconError
from theresa_server.entities.service import EntityService, worker_command
from theresa_server.serving.config import ConfigError, ServerConfig
from theresa_server.serving.models import ServedModel
from theresa_server.serving.service import Service
from theresa_server.serving.startup import TranscriberFactory, described, provide
from theresa_server.speech.recognition import ModelError, Transcriber

logger = logging.getLogger("theresa")

T = TypeVar("T")

LOAD_GRACE_S = 5.0
"""How long a server that is stopped waits for a model that is being loaded."""


def whisper_of(config: ServerConfig) -> TranscriberFactory:
    """What loads models to be searched as configured."""

    def load(options: EngineOptions) -> Transcriber:
        return WhisperTranscriber.load(options, config.decoding)

    return load


class Server:
    """One server. It listens on ``url`` as soon as it is made, and serves while ``run`` runs.

    ``load`` makes the transcriber of a model, a Whisper's else; it is called on a thread. Raises ``ConfigError`` where
    it cannot listen.
    """

    def __init__(self, config: ServerConfig, load: TranscriberFactory | None = None) -> None:
        self.service = Service(config)
        self._load = load or whisper_of(config)
        self._listener = _listen(config)
        self.url = _url(self._listener)
        self._uvicorn = SignalledServer(_uvicorn_config(self.service), self.stop)
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Serve until stopped. Raises ``ModelError`` or ``ConfigError`` when a model or a lexicon cannot be loaded."""
        with self._listener:
            try:
                async with asyncio.TaskGroup() as group:
                    helpers = [group.create_task(work) for work in (self._provide(), self._drain())]
                    await self._uvicorn.serve(sockets=[self._listener])
                    for helper in helpers:
                        helper.cancel()
            except* (ModelError, ConfigError) as failed:
                raise _first(failed) from None

    @property
    def interrupted(self) -> bool:
        """Whether it was not given the time to drain."""
        return self._uvicorn.interrupted

    def stop(self) -> None:
        """Drain, then end ``run``. To be called on the event loop."""
        self._stopping.set()

    async def _drain(self) -> None:
        await self._stopping.wait()
        sessions = self.service.load.sessions
        if sessions:
            logger.info("stopping: %d open sessions get %d s to finish", sessions, self.service.config.drain_s)
        try:
            await self.service.drain()
        finally:
            self._uvicorn.should_exit = True

    async def _provide(self) -> None:
        """Load the models, admit sessions when all are there, and run them until cancelled."""
        config = self.service.config
        # Said here, and not before: from now on a signal is taken.
        wanted = ", ".join(options.name or options.model for options in config.engines)
        logger.info("listening on %s, loading %s", self.url, wanted)
        async with contextlib.AsyncExitStack() as loaded, asyncio.TaskGroup() as group:
            entities = await _on_daemon_thread(lambda: _entities(config))
            if entities is not None:
                group.create_task(entities.run())
            models = await self._load_all(loaded)
            if entities is not None:
                await entities.ready()
            self.service.open(models, entities)
            told = ", ".join(map(described, models))
            logger.info("ready on %s with %s%s", self.url, told, _described(entities))
            for model in models:
                group.create_task(model.engine.run())

    async def _load_all(self, loaded: contextlib.AsyncExitStack) -> list[ServedModel]:
        """The models, loaded one after the other; leaving ``loaded`` frees them. Raises ``ModelError``."""
        config = self.service.config
        models: list[ServedModel] = []
        for options in config.engines:
            model = await _on_daemon_thread(partial(provide, options, config, self._load))
            loaded.push_async_callback(asyncio.to_thread, model.engine.transcriber.close)
            if model.name in [other.name for other in models]:
                raise ModelError(f"two models are called '{model.name}': give one another name, --model NAME=MODEL.")
            models.append(model)
        return models


def _url(listener: socket.socket) -> str:
    """Where a server answers."""
    host, port = listener.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def _described(entities: EntityService | None) -> str:
    return "" if entities is None else f", entities by {entities.offer.model or 'a lexicon'}"


def _first(group: BaseExceptionGroup[Exception]) -> Exception:
    error: Exception | BaseExceptionGroup[Exception] = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


async def _on_daemon_thread(call: Callable[[], T]) -> T:
    """What a slow call returns. Unlike ``to_thread`` it does not keep the process from ending before it does.

    Only for a moment: a process that ends while a model is being put together is aborted.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def work() -> None:
        outcome: T | Exception
        try:
            outcome = call()
        except Exception as error:
            outcome = error
        with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(settle, future, outcome)

    threading.Thread(target=work, name="load", daemon=True).start()
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        done, _ = await asyncio.wait([future], timeout=LOAD_GRACE_S)
        for loaded in done:
            loaded.exception()  # it has been told of, or nobody asks any more
        raise


def _entities(config: ServerConfig) -> EntityService | None:
    """What looks for entities, as configured; reads files. Raises ``ConfigError`` and ``ModelError``."""
    if config.entities == "off" and config.lexicon is None:
        return None
    try:
        lexicon = Lexicon.read(config.lexicon) if config.lexicon else None
    except LexiconError as error:
        raise ConfigError(str(error)) from None
    command = (
        None
        if config.entities == "off"
        else worker_command(entity_models.resolve(config.entities, config.engine.cache))
    )
    return EntityService(command, lexicon)


def _listen(config: ServerConfig) -> socket.socket:
    host, port = config.host, config.port
    try:
        listener = socket.create_server(
            (host, port),
            family=socket.AF_INET6 if ":" in host else socket.AF_INET,
            backlog=2048,
            dualstack_ipv6=host == "::" and socket.has_dualstack_ipv6(),
        )
    except OSError as error:
        reason = error.strerror if isinstance(error, socket.gaierror) else os.strerror(error.errno or 0)
        raise ConfigError(f"cannot listen on {host}:{port}: {reason}: choose another --host or --port.") from None
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        # A client that takes nothing of what it is sent is cut off by the kernel, however much is still to be sent.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, config.limits.idle_timeout_ms)
    return listener


def _application(service: Service) -> Starlette:
    endpoints = (operations, metrics, models, files, invocations, page, stream, realtime)
    # The pages that may connect may also read what they are answered over HTTP.
    origins = service.config.policy.allowed_origins
    sharing = Middleware(CORSMiddleware, allow_origins=origins, allow_methods=["GET", "POST"], allow_headers=["*"])
    routes = [route for endpoint in endpoints for route in endpoint.routes(service)]
    return Starlette(routes=routes, middleware=[sharing] if origins else [])


def _uvicorn_config(service: Service) -> uvicorn.Config:
    return uvicorn.Config(
        _application(service),
        ws="websockets-sansio",
        ws_max_size=LONGEST_FRAME_BYTES,
        ws_per_message_deflate=False,
        # The pong of a client that is being held back waits behind its audio, so a late one proves nothing. Dead peers
        # are found by the idle timeout, in either direction.
        ws_ping_interval=20.0,
        ws_ping_timeout=None,
        timeout_graceful_shutdown=service.config.stop_s,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
    )


class SignalledServer(uvicorn.Server):
    """On the first signal calls ``stop`` on the event loop; a second one makes it exit at once.

    uvicorn itself closes every WebSocket with 1012 as soon as it is told to exit.
    """

    def __init__(self, config: uvicorn.Config, stop: Callable[[], None]) -> None:
        super().__init__(config)
        self._stop = stop
        self._signalled = self.interrupted = False

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve until told to exit."""
        self._loop = asyncio.get_running_loop()
        await super().serve(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Take a signal; called between any two instructions of the main thread."""
        if self._signalled:
            self.interrupted = True
            super().handle_exit(sig, frame)
        self._signalled = True
        self._loop.call_soon_threadsafe(self._stop)
