"""The server as a whole: listen, load the model, serve, drain.

The port is open before the model is loaded, so that ``/livez`` answers at once and ``/readyz`` tells when to send
traffic.
"""

import asyncio
import logging
import os
import socket
from collections.abc import Callable
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


def load_whisper(config: ServerConfig) -> Transcriber:
    """Load the model that the configuration names. Raises ``ModelError``."""
    return WhisperTranscriber.load(config.engine, config.decoding)


class Server:
    """One server. It listens as soon as it is made, and serves while ``run`` runs.

    ``load`` makes the transcriber; it is called on a thread. Raises ``ConfigError`` where it cannot listen.
    """

    def __init__(self, config: ServerConfig, load: Callable[[ServerConfig], Transcriber] = load_whisper) -> None:
        self.service = Service(config)
        self._load = load
        self._listener = _listen(config.host, config.port)
        self._uvicorn = DrainingServer(_uvicorn_config(self.service), self.service)

    @property
    def url(self) -> str:
        """Where it answers."""
        host, port = self._listener.getsockname()[:2]
        return f"http://{f'[{host}]' if ':' in host else host}:{port}"

    async def run(self) -> None:
        """Serve until stopped. Raises ``ModelError`` when the model cannot be loaded."""
        with self._listener:
            try:
                async with asyncio.TaskGroup() as group:
                    engine = group.create_task(self._provide_engine())
                    await self._uvicorn.serve(sockets=[self._listener])
                    engine.cancel()
            except* ModelError as failed:
                raise failed.exceptions[0] from None

    def stop(self) -> None:
        """Drain, then end ``run``."""
        self._uvicorn.drain()

    async def _provide_engine(self) -> None:
        """Load the model and run its engine until cancelled."""
        transcriber = await asyncio.to_thread(self._load_warm)
        try:
            engine = LocalEngine(transcriber)
            self.service.open(engine)
            logger.info("ready on %s with model %s", self.url, transcriber.name)
            await engine.run()
        finally:
            await asyncio.to_thread(transcriber.close)

    def _load_warm(self) -> Transcriber:
        transcriber = self._load(self.service.config)
        transcriber.warm_up()
        return transcriber


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise ConfigError(f"Cannot listen on {host}:{port}: {reason}. Choose another --host or --port.") from None


def _uvicorn_config(service: Service) -> uvicorn.Config:
    return uvicorn.Config(
        Starlette(routes=[*operations.routes(service), *stream.routes(service)]),
        ws="websockets-sansio",
        ws_max_size=service.config.limits.max_frame_bytes,
        ws_per_message_deflate=False,
        # The pong of a client that is being held back waits behind its audio, so a late one proves nothing. Dead peers
        # are found by the idle timeout.
        ws_ping_interval=20.0,
        ws_ping_timeout=None,
        timeout_graceful_shutdown=service.config.stop_s,
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
        """Take a signal; called between any two instructions of the main thread."""
        if self._loop is None or self._service.draining:
            super().handle_exit(sig, frame)
        else:
            self._loop.call_soon_threadsafe(self.drain)

    def drain(self) -> None:
        """Let the open sessions finish, then exit."""
        if self._draining is None:
            sessions = self._service.load.sessions
            logger.info("stopping: %d open sessions get %d s to finish", sessions, self._service.config.drain_s)
            self._draining = asyncio.create_task(self._finish())

    async def _finish(self) -> None:
        try:
            await self._service.drain()
        finally:
            self.should_exit = True
