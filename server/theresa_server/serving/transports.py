"""What both protocols of the server need of a transport."""

import asyncio
import struct

try:
    import fcntl
    import termios
except ModuleNotFoundError:  # on Windows, only what this process holds is known
    fcntl = None  # type: ignore[assignment]

LINGER_S = 2.0
LINGER_BYTES = 4 * 1024 * 1024
"""A client that still sends gets this much time and data to read why the connection is closed."""


def peer_address(transport: asyncio.Transport) -> str:
    """Return the IP address of the peer; empty for a socket without one."""
    peer = transport.get_extra_info("peername")
    return str(peer[0]) if isinstance(peer, tuple) else ""


def unsent_bytes(transport: asyncio.Transport) -> int:
    """Return how many written bytes the peer has not acknowledged, in this process and in the kernel."""
    buffered = transport.get_write_buffer_size()
    socket = transport.get_extra_info("socket")
    if fcntl is None or socket is None or socket.fileno() < 0:
        return buffered
    queued: int = struct.unpack("i", fcntl.ioctl(socket.fileno(), termios.TIOCOUTQ, bytes(4)))[0]
    return buffered + queued


class LingeringClose:
    """Closes a connection in a way that the last response arrives.

    A socket that is closed while it holds unread input resets the connection, and the peer may lose what it has not
    read yet. Here, the sending direction is closed first, and input is discarded until the peer closes, or for a while.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._left_bytes = LINGER_BYTES
        if transport.can_write_eof():
            transport.write_eof()
        transport.resume_reading()
        self.timer = asyncio.get_running_loop().call_later(LINGER_S, transport.close)

    def discard(self, data: bytes) -> None:
        """Discard input."""
        self._left_bytes -= len(data)
        if self._left_bytes < 0:
            self._transport.close()

    def finish(self) -> None:
        """Stop: the connection is closed."""
        self.timer.cancel()
