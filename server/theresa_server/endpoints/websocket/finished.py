"""Transcripts of Realtime sessions whose connection was cut, until their clients fetch them or they expire."""

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec

from theresa_server.openai.realtime.server_events import ServerEvent, TranscriptCompletedEvent

MAX_SESSIONS = 256
"""Sessions that are kept; the oldest give way."""

MAX_ITEMS = 100
"""Items that are kept of each session, the newest."""


@dataclass(slots=True, kw_only=True)
class FinishedSession:
    """The items of a session whose connection was cut."""

    key: str | None
    """The API key of the session."""
    completed: bool = False
    """Whether all audio has been transcribed."""
    items: list[TranscriptCompletedEvent] = field(default_factory=list)

    def add(self, events: Iterable[ServerEvent]) -> None:
        """Add the items that are complete."""
        self.items += [event for event in events if isinstance(event, TranscriptCompletedEvent)]
        del self.items[:-MAX_ITEMS]

    def describe(self, session_id: str) -> dict[str, Any]:
        """Return the session as JSON."""
        return {
            "id": session_id,
            "object": "realtime.transcription_session",
            "status": "completed" if self.completed else "in_progress",
            "items": [msgspec.to_builtins(item) for item in self.items],
        }


class FinishedSessions:
    """The sessions, each for ``window_s`` after it was completed. 0 keeps none."""

    def __init__(self, window_s: float) -> None:
        self._window_s = window_s
        self._sessions: OrderedDict[str, FinishedSession] = OrderedDict()

    def find(self, session_id: str) -> FinishedSession | None:
        """Return a session, unless it is unknown or has expired."""
        return self._sessions.get(session_id)

    @contextmanager
    def open(self, session_id: str, key: str | None) -> Iterator[FinishedSession]:
        """Record a session inside the context."""
        session = FinishedSession(key=key)
        if self._window_s > 0:
            self._sessions[session_id] = session
            if len(self._sessions) > MAX_SESSIONS:
                self._sessions.popitem(last=False)
        try:
            yield session
        finally:
            session.completed = True
            asyncio.get_running_loop().call_later(self._window_s, self._sessions.pop, session_id, None)
