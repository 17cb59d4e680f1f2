"""The state that the parts of one session share."""

import asyncio
from dataclasses import dataclass, field, replace

from theresa_protocol.limits import Limits
from theresa_protocol.messages import Final
from theresa_server.engine.local import LocalEngine
from theresa_server.entities.service import EntityService
from theresa_server.sessions.annotator import Annotator
from theresa_server.sessions.buffers import Outbox
from theresa_server.sessions.engine import SessionEngine
from theresa_server.sessions.rendering import to_ms
from theresa_server.sessions.settings import Offer, Settings
from theresa_server.speech.guards import ALL_GUARDS, Guard
from theresa_server.speech.language import LanguageTracker
from theresa_server.speech.previous_text import MAX_CHARACTERS, PreviousText
from theresa_server.speech.recognition import DecodeJob


@dataclass(frozen=True, slots=True, kw_only=True)
class StartPosition:
    """Where the audio and the numbering of a session start.

    Both start at 0, except for a session that continues one from another server.
    """

    sample: int = 0
    """The first sample that the client sends, at the declared rate."""
    committed: int = 0
    """The first sample to transcribe, at the declared rate. The audio before it is only a lead-in for the detector."""
    segment: int = 0
    """The number of the first segment."""
    language: str | None = None
    """The language of the last final on the other server."""
    previous: PreviousText | None = None
    """The text of that final."""


@dataclass(slots=True, kw_only=True)
class SessionContext:
    """Everything that ``Session``, ``OpenSegment`` and ``Delivery`` share.

    ``settings`` is the one field that changes during a session, and the one place where its settings live. A segment
    that closes takes the settings of that moment with it.
    """

    session_id: str
    settings: Settings
    """The settings in force; an update replaces the whole value."""
    offer: Offer
    limits: Limits
    partial_interval_ms: int
    """Audio between two partials of a segment."""
    local_engine: LocalEngine
    entities: EntityService | None
    """``None`` when the server recognises no entities."""
    outbox: Outbox
    start: StartPosition = StartPosition()
    guards: frozenset[Guard] = ALL_GUARDS

    tasks: asyncio.TaskGroup = field(init=False, default_factory=asyncio.TaskGroup)
    """The tasks of the session; entered by ``Session.run``."""
    engine: SessionEngine = field(init=False)
    annotator: Annotator = field(init=False)
    language: LanguageTracker = field(init=False)
    _previous: PreviousText | None = field(init=False)

    def __post_init__(self) -> None:
        self.engine = SessionEngine(self.local_engine, self.session_id, self.tasks)
        self.annotator = Annotator(self.session_id, self.entities, self.outbox, self.settings.offset_unit)
        self.language = LanguageTracker(self.settings.language, self.start.language)
        self._previous = self.start.previous

    def remember(self, final: Final) -> None:
        """Keep the text of a final that was sent. It is context for the next segment."""
        if final.text:
            self._previous = PreviousText(
                text=final.text[-MAX_CHARACTERS:],
                language=final.language,
                end_ms=final.end_ms,
                confidence=final.confidence,
            )

    def with_previous_text(self, job: DecodeJob, start: int) -> DecodeJob:
        """Add the text before a segment that starts at sample ``start`` (16 kHz), if it is context for the segment.

        Call this when the final of the segment before has been sent, so that the result does not depend on timing.
        """
        if self._previous is None or not self.engine.uses_previous_text:
            return job
        return replace(job, previous=self._previous.as_context(to_ms(start)))
