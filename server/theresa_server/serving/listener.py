"""The socket that the server listens on."""

import os
import socket

from theresa_server.serving.config import ConfigError

BACKLOG = 2048


def listen(host: str, port: int, *, user_timeout_ms: int) -> socket.socket:
    """Open the listening socket.

    Args:
        host: an address or host name; ``::`` also accepts IPv4 where the system can.
        port: 0 picks a free port.
        user_timeout_ms: how long sent data can stay unacknowledged before the kernel drops the connection.

    Raises:
        ConfigError: if the address cannot be used.
    """
    try:
        listener = socket.create_server(
            (host, port),
            family=socket.AF_INET6 if ":" in host else socket.AF_INET,
            backlog=BACKLOG,
            dualstack_ipv6=host == "::" and socket.has_dualstack_ipv6(),
        )
    except OSError as error:
        reason = error.strerror if isinstance(error, socket.gaierror) else os.strerror(error.errno or 0)
        raise ConfigError(f"cannot listen on {host}:{port}: {reason}. Choose another --host or --port.") from None
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        # Accepted connections inherit it. It ends connections to clients that stop reading, whatever is still queued.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, user_timeout_ms)
    return listener


def url_of(listener: socket.socket) -> str:
    """Return the HTTP URL of a listening socket."""
    host, port = listener.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"
