"""The socket that the server listens on."""

import contextlib
import os
import socket

from theresa_server.serving.config import ConfigError

try:
    import resource
except ModuleNotFoundError:  # on Windows
    resource = None  # type: ignore[assignment]

BACKLOG = 2048

RESERVED_DESCRIPTORS = 64
"""File descriptors for everything but connections: models, recordings, worker processes."""


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
        # Accepted connections inherit it. It ends connections to clients that have vanished. A client that is there but
        # does not read acknowledges the kernel's probes: ``Connections.sweep`` finds it.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, user_timeout_ms)
    return listener


def connection_limit(wanted: int) -> int:
    """Return how many connections the process has descriptors for, at most ``wanted``.

    Raises the soft limit of the process as far as needed and allowed.
    """
    if resource is None:
        return wanted
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return wanted
    needed = wanted + RESERVED_DESCRIPTORS
    allowed = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    if soft < allowed:
        with contextlib.suppress(ValueError, OSError):  # macOS has another limit that it does not report here
            resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
            soft = allowed
    return min(wanted, soft - min(RESERVED_DESCRIPTORS, soft // 2))


def url_of(listener: socket.socket) -> str:
    """Return the HTTP URL of a listening socket."""
    host, port = listener.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"
