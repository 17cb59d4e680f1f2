"""uvicorn, configured for long WebSocket sessions and graceful shutdown."""

import asyncio
import socket
from collections.abc import Callable
from types import FrameType

import uvicorn
from starlette.applications import Starlette

from theresa_server.serving.pings import PingingProtocol

PING_INTERVAL_S = 20.0


def uvicorn_config(application: Starlette, *, max_frame_bytes: int, shutdown_timeout_s: int) -> uvicorn.Config:
    """Return the configuration of uvicorn."""
    return uvicorn.Config(
        application,
        ws=PingingProtocol,
        ws_max_size=max_frame_bytes,
        ws_per_message_deflate=False,
        # Under backpressure, a client's pong is queued behind its audio, so a late one proves nothing. Dead connections
        # are detected by the idle timeout and by TCP's user timeout.
        ws_ping_interval=PING_INTERVAL_S,
        ws_ping_timeout=None,
        timeout_graceful_shutdown=shutdown_timeout_s,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
    )


class GracefulServer(uvicorn.Server):
    """A uvicorn server that calls ``stop`` on the first signal and exits immediately on the second.

    Plain uvicorn closes every WebSocket with 1012 on the first signal. Here, ``stop`` starts the drain, and
    ``should_exit`` is set once the sessions have finished.
    """

    def __init__(self, config: uvicorn.Config, stop: Callable[[], None]) -> None:
        super().__init__(config)
        self._stop = stop
        self._signalled = False
        self.interrupted = False
        """Whether a second signal cut the shutdown short."""

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve until ``should_exit`` is set."""
        self._loop = asyncio.get_running_loop()
        await super().serve(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Handle a signal; called between any two instructions of the main thread."""
        if self._signalled:
            self.interrupted = True
            super().handle_exit(sig, frame)
        self._signalled = True
        self._loop.call_soon_threadsafe(self._stop)
