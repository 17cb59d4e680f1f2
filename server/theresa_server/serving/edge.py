"""Limits on what a client can make the server hold or do before the server knows the client.

They apply to connections, request heads and WebSocket frames, whether or not the client has an API key.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

THIS_MACHINE = ("127.0.0.1", "::1")
"""Addresses of this machine: a proxy connects from one of them on behalf of many clients, so no share applies."""

ADDRESS_SHARE = 0.75
"""The largest share of all connections, or sessions, that one address can hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeLimits:
    """Limits on connections, request heads and frames."""

    max_head_bytes: int = 64 * 1024
    """Maximum size of a request line with its headers."""
    max_headers: int = 100
    head_s: float = 20.0
    """Time to send a complete request head."""
    linger_s: float = 60.0
    """Time to finish sending a body that the server has already answered."""
    stall_s: float = 60.0
    """Time without progress after which a client counts as gone if it does not read what the server sends."""
    spare_connections: int = 768
    """Connections beyond the maximum number of sessions: for other requests, and for clients that wait."""
    max_pipelined: int = 4
    """Requests that wait on one connection for the responses to earlier ones."""
    frame_burst: int = 1000
    """Small frames that a WebSocket can receive at once."""
    frames_per_s: float = 500.0
    """Small frames that a WebSocket can receive per second, in the long run."""


def has_share(address: str) -> bool:
    """Return whether an address can hold only its share of places."""
    return address != "" and address not in THIS_MACHINE


def share(places: int) -> int:
    """Return how many of a number of places one address can hold, at least 1."""
    return max(1, round(places * ADDRESS_SHARE))


class FrameBudget:
    """A token bucket for small WebSocket frames.

    A frame costs a token, and less the nearer its payload is to 256 bytes: the handling of a frame takes time, its
    length does not. A frame with 10 ms of audio at 16 kHz costs nothing. Control frames always cost a token.
    """

    FREE_BYTES = 256
    """A data frame of this size costs nothing."""

    def __init__(self, limits: EdgeLimits, now_s: float) -> None:
        self._burst = self._tokens = float(limits.frame_burst)
        self._per_s = limits.frames_per_s
        self._filled_s = now_s

    def spend(self, payload_bytes: int, now_s: float) -> bool:
        """Pay for a frame of less than ``FREE_BYTES``; return whether the budget sufficed."""
        self._tokens = min(self._burst, self._tokens + (now_s - self._filled_s) * self._per_s)
        self._filled_s = now_s
        self._tokens -= 1 - payload_bytes / self.FREE_BYTES
        return self._tokens >= 0


class Connection(Protocol):
    """A connection, as ``Connections`` sees it."""

    @property
    def address(self) -> str:
        """IP address of the peer."""
        ...

    @property
    def waiting_since_s(self) -> float | None:
        """When the server started to wait for a request; ``None`` while it serves one."""
        ...

    def overdue(self, now_s: float) -> bool:
        """Return whether a request has been due for too long."""
        ...

    def unsent_bytes(self) -> int:
        """Return how much of what the server has sent the client has not received."""
        ...

    def abort(self) -> None:
        """Close the connection at once."""
        ...


class Connections:
    """All open connections of a server.

    A connection that waits for a request makes room for a new one when no place is free. A flood of connections that
    send nothing, or half a request, thus keeps nobody out.
    """

    def __init__(self, limits: EdgeLimits, max_connections: int) -> None:
        self._limits = limits
        self._max = max_connections
        self._unread: dict[Connection, tuple[int, float]] = {}
        """For each connection, the unsent bytes when last seen, and when they were last seen to shrink."""
        self._by_address: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._unread)

    def add(self, connection: Connection, now_s: float) -> None:
        """Register a connection."""
        self._unread[connection] = (0, now_s)
        self._by_address[connection.address] += 1

    def remove(self, connection: Connection) -> None:
        """Unregister a connection; does nothing when it is not registered."""
        if self._unread.pop(connection, None) is None:
            return
        self._by_address[connection.address] -= 1
        if not self._by_address[connection.address]:
            del self._by_address[connection.address]

    def admit(self, connection: Connection, now_s: float) -> bool:
        """Register a new connection if there is a place for it, or if another one makes room; return whether it was."""
        address = connection.address
        if has_share(address) and self._by_address[address] >= share(self._max):
            if not self._evict(other for other in self._unread if other.address == address):
                return False
        elif len(self._unread) >= self._max and not self._evict(self._unread):
            return False
        self.add(connection, now_s)
        return True

    def _evict(self, candidates: Iterable[Connection]) -> bool:
        """Close the connection that has waited longest for a request; return whether there was one."""
        waiting = [one for one in candidates if one.waiting_since_s is not None]
        if not waiting:
            return False
        longest = min(waiting, key=lambda one: one.waiting_since_s or 0.0)
        self.remove(longest)
        longest.abort()
        return True

    def sweep(self, now_s: float) -> None:
        """Close the connections whose request is overdue, and those whose client does not read."""
        for connection, (unsent, progress_s) in list(self._unread.items()):
            left = connection.unsent_bytes()
            since_s = now_s if left == 0 or left < unsent else progress_s
            self._unread[connection] = (left, since_s)
            if connection.overdue(now_s) or now_s - since_s > self._limits.stall_s:
                self.remove(connection)
                connection.abort()
