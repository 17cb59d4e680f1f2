"""The server as a whole: listen, load the model, serve, drain.

The port is open before the model is loaded, so that ``/livez`` answers at once and ``/readyz`` tells when to send
traffic.
"""

import asyncio
import logging
import socket
from types import FrameType

import uvicorn
from starlette.applications import Starlette

from theresa_server.config import ConfigError, ServerConfig
from theresa_server.endpoints import operations, stream
from theresa_server.engine.local import LocalEngine
from theresa_server.engine.ports import ModelError, Transcriber
from theresa_server.engine.whisper import WhisperTranscriber
from theresa_server.service import Service

logger = logging.getLogger("theresa")


def build(service: Service) -> Starlette:
    """The ASGI application."""
    return Starlette(routes=[*operations.routes(service), *stream.routes(service)])


async def run(config: ServerConfig) -> None:
    """Serve until told to stop. Raises ``ConfigError`` or ``ModelError`` where that cannot begin."""
    listener = _listen(config.host, config.port)
    service = Service(config)
    server = DrainingServer(_uvicorn_config(config, service), service)
    with listener:
        try:
            async with asyncio.TaskGroup() as group:
                engine = group.create_task(_provide_engine(service, listener))
                await server.serve(sockets=[listener])
                engine.cancel()
        except* ModelError as failed:
            raise failed.exceptions[0] from None


async def _provide_engine(service: Service, listener: socket.socket) -> None:
    """Load the model and run its engine until cancelled."""
    transcriber = await asyncio.to_thread(_load, service.config)
    engine = LocalEngine(transcriber)
    service.engine = engine
    host, port = listener.getsockname()[:2]
    logger.info("ready on http://%s:%d with model %s", f"[{host}]" if ":" in host else host, port, transcriber.name)
    try:
        await engine.run()
    finally:
        transcriber.close()


def _load(config: ServerConfig) -> Transcriber:
    transcriber = WhisperTranscriber.load(config.engine, config.decoding)
    transcriber.warm_up()
    return transcriber


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise ConfigError(
            f"Cannot listen on {host}:{port}: {error.strerror or error}. Choose another --port."
        ) from None


def _uvicorn_config(config: ServerConfig, service: Service) -> uvicorn.Config:
    return uvicorn.Config(
        build(service),
        ws="websockets-sansio",
        ws_max_size=config.limits.max_frame_bytes,
        ws_per_message_deflate=False,
        # A client that is being held back cannot read pings behind its audio, and the idle timeout finds dead peers.
        ws_ping_interval=20.0,
        ws_ping_timeout=None,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
    )


class DrainingServer(uvicorn.Server):
    """On the first signal lets the open sessions finish, on the second stops at once.

    uvicorn itself closes every WebSocket with 1012 as soon as it is told to exit.
    """

    def __init__(self, config: uvicorn.Config, service: Service) -> None:
        super().__init__(config)
        self._service = service
        self._loop: asyncio.AbstractEventLoop | None = None
        self._draining: asyncio.Task[None] | None = None

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve until stopped."""
        self._loop = asyncio.get_running_loop()
        await super().serve(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """A signal came."""
        if self._loop is None or self._service.draining:
            super().handle_exit(sig, frame)
        else:
            self._loop.call_soon_threadsafe(self._drain)

    def _drain(self) -> None:
        sessions = self._service.load.sessions
        if sessions:
            logger.info("stopping: %d sessions get %d s to finish", sessions, self._service.config.drain_s)
        self._draining = asyncio.ensure_future(self._finish())

    async def _finish(self) -> None:
        try:
            await self._service.drain()
        finally:
            self.should_exit = True
