"""uvicorn, configured for long WebSocket sessions and graceful shutdown."""

import asyncio
import signal
import socket
from collections.abc import Callable
from types import FrameType

import uvicorn
from starlette.applications import Starlette

from theresa_server.serving.edge import Connections, EdgeLimits
from theresa_server.serving.http_protocol import EdgeConfig, HttpProtocol
from theresa_server.serving.websocket_protocol import WebSocketProtocol

PING_INTERVAL_S = 20.0

TICKS_PER_SWEEP = 10
"""uvicorn ticks ten times a second."""


def uvicorn_config(
    application: Starlette, edge: EdgeLimits, *, max_connections: int, max_frame_bytes: int, shutdown_timeout_s: int
) -> EdgeConfig:
    """Return the configuration of uvicorn."""
    config = EdgeConfig(
        application,
        http=HttpProtocol,
        ws=WebSocketProtocol,
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
        headers=[("X-Content-Type-Options", "nosniff")],
    )
    config.edge = edge
    config.open_connections = Connections(edge, max_connections)
    return config


class GracefulServer(uvicorn.Server):
    """A uvicorn server that calls ``stop`` on the first signal and exits immediately on the second.

    Plain uvicorn closes every WebSocket with 1012 on the first signal. Here, ``stop`` starts the drain, and
    ``should_exit`` is set once the sessions have finished.
    """

    def __init__(self, config: EdgeConfig, stop: Callable[[], None]) -> None:
        super().__init__(config)
        self.connections = config.open_connections
        self._stop = stop
        self._signalled = False
        self.interrupted = False
        """Whether a second signal cut the shutdown short."""

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve until ``should_exit`` is set."""
        self._loop = asyncio.get_running_loop()
        await super().serve(sockets)

    async def on_tick(self, counter: int) -> bool:
        """Close overdue connections once a second."""
        if counter % TICKS_PER_SWEEP == 0:
            self.connections.sweep(self._loop.time())
        return await super().on_tick(counter)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Handle a signal; called between any two instructions of the main thread."""
        if self._signalled:
            # Unlike in uvicorn, the signal is not raised again later, so that the process ends with an exit status.
            self.interrupted = self.should_exit = self.force_exit = True
            signal.signal(sig, signal.SIG_DFL)
            return
        self._signalled = True
        self._loop.call_soon_threadsafe(self._stop)
