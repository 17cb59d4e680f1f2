"""The registry of open sessions."""

import asyncio
from collections import Counter
from typing import NamedTuple, Protocol

from theresa_protocol.messages import Start
from theresa_server.sessions.resumable import ResumableSession


class OpenSession(Protocol):
    """A session, connection or request that the server finishes before it shuts down."""

    def warn(self, deadline_ms: int) -> None:
        """Announce the shutdown to the client."""
        ...

    async def stop(self) -> None:
        """Process the input received so far, then close."""
        ...

    def abandon(self) -> None:
        """Close immediately and drop unfinished work."""
        ...


class SessionRecord(NamedTuple):
    """What the registry knows about an open session."""

    model: str
    opened_s: float
    """Time on the clock of the event loop."""
    live: bool
    """Whether the session counts towards the load."""
    address: str = ""
    """IP address of the client, empty if unknown."""


class SessionRegistry:
    """All open sessions of a server, including those whose client may still reconnect.

    Connections are registered while they wait for their first message, and HTTP requests while they are processed.
    """

    def __init__(self, resume_window_s: float) -> None:
        self.draining = False
        self.opened: Counter[str] = Counter()
        """Sessions opened, by model."""
        self.refused: Counter[str] = Counter()
        """Sessions refused, by error code."""
        self._resume_window_s = resume_window_s
        self._records: dict[OpenSession, SessionRecord] = {}
        self._resumable: dict[str, ResumableSession] = {}
        self._empty = asyncio.Event()
        self._empty.set()

    def __len__(self) -> int:
        return len(self._records)

    def add(self, session: OpenSession, model: str, *, live: bool = True, address: str = "") -> None:
        """Register an open session.

        Args:
            session: The session.
            model: Name of the model that it uses.
            live: Whether it counts towards the load. The drain waits for it in either case.
            address: IP address of the client.
        """
        self._records[session] = SessionRecord(model, asyncio.get_running_loop().time(), live, address)
        self._empty.clear()

    def remove(self, session: OpenSession) -> None:
        """Unregister a session; does nothing when it is not registered."""
        self._records.pop(session, None)
        if not self._records:
            self._empty.set()

    def live(self, *, excluding: OpenSession | None = None) -> list[SessionRecord]:
        """Return the records of the sessions that count towards the load."""
        return [record for session, record in self._records.items() if record.live and session is not excluding]

    def open_resumable(self, start: Start, key: str | None, model: str, address: str = "") -> ResumableSession:
        """Create and register a resumable session on a model, opened with an API key, from an IP address."""
        session = ResumableSession(
            start,
            key,
            model,
            window_s=self._resume_window_s,
            on_ended=self.remove,
            on_discarded=lambda over: self._resumable.pop(over.id, None),
        )
        self._resumable[session.id] = session
        self.opened[model] += 1
        self.add(session, model, address=address)
        return session

    def find_resumable(self, session_id: str) -> ResumableSession | None:
        """Return the session with this id if it is running, disconnected, or ended within the resume window."""
        return self._resumable.get(session_id)

    async def drain(self, drain_s: int, stop_s: int) -> None:
        """Wait for the open sessions to end, with increasing urgency.

        Args:
            drain_s: Time for clients to finish.
            stop_s: Additional time for sessions to process what they have received, and then for them to close.
        """
        self.draining = True
        for session in list(self._records):
            session.warn(drain_s * 1000)
        if await self.wait_empty(drain_s):
            return
        for session in list(self._records):
            await session.stop()
        if await self.wait_empty(stop_s):
            return
        for session in list(self._records):
            session.abandon()
        await self.wait_empty(stop_s)

    async def wait_empty(self, timeout_s: float) -> bool:
        """Wait until no session is open; return ``False`` on timeout."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._empty.wait()
        except TimeoutError:
            return False
        return True
