"""The finals of a session, and whatever else has its place among them, in the order of the audio.

A segment that has closed waits here for its decoding, behind all that was pending before it; so do the answers to
``flush`` and ``end``, since they promise that everything before them is final.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace

from theresa_protocol.errors import ErrorCode, RemoteProtocolError
from theresa_protocol.messages import AnyServerMessage, Ended, ErrorMessage
from theresa_server.audio.segmenter import SegmentClosed
from theresa_server.sessions import rendering
from theresa_server.sessions.annotator import Annotator
from theresa_server.sessions.buffers import Outbox
from theresa_server.sessions.entity_query import final_query
from theresa_server.sessions.jobs import Decoding, Outcome, SessionJobs
from theresa_server.sessions.settings import Settings
from theresa_server.speech.guards import Guard
from theresa_server.speech.language import LanguageMemory
from theresa_server.speech.overlap import without_overlap
from theresa_server.speech.recognition import DecodeJob, EngineError, Hypothesis

MAX_PENDING = 256
"""Finals and answers to ``flush`` that may be on their way before no more input is taken."""


@dataclass(frozen=True, slots=True)
class Closed:
    """A closed segment on its way to its final, with the settings of the moment when it closed.

    ``shown``: a listener has seen text of it, so that it needs a final even where nothing was said.
    """

    number: int
    shown: bool
    segment: SegmentClosed
    settings: Settings
    job: DecodeJob
    decoding: Decoding


class Delivery:
    """Puts what is pending into the outbox. ``to_declared`` maps positions at 16 kHz to the rate of the client."""

    def __init__(
        self,
        jobs: SessionJobs,
        language: LanguageMemory,
        outbox: Outbox,
        annotator: Annotator,
        *,
        to_declared: Callable[[int], int],
        guards: frozenset[Guard],
    ) -> None:
        self._jobs = jobs
        self._language = language
        self._outbox = outbox
        self._annotator = annotator
        self._to_declared = to_declared
        self._guards = guards
        self._finals = 0
        self._before_split = ""
        self._pending: deque[Closed | AnyServerMessage] = deque()
        self._pended = asyncio.Event()
        self._delivered = asyncio.Event()

    @property
    def busy(self) -> bool:
        """Whether anything is pending."""
        return bool(self._pending)

    @property
    def full(self) -> bool:
        """Whether nothing more should be added for now."""
        return len(self._pending) >= MAX_PENDING

    @property
    def waits_from(self) -> int | None:
        """The sample at 16 kHz before which no final is pending; ``None`` where none is."""
        first = next((item for item in self._pending if isinstance(item, Closed)), None)
        return None if first is None else first.segment.settled

    def pend(self, item: Closed | AnyServerMessage) -> None:
        """Deliver this behind all that is pending."""
        self._pending.append(item)
        self._pended.set()

    async def progress(self) -> None:
        """Wait until something that is pending has been delivered."""
        self._delivered.clear()
        await self._delivered.wait()

    async def run(self) -> None:
        """Deliver in order, until the goodbye is out: ``ended`` or a fatal ``error``."""
        while True:
            while not self._pending:
                self._pended.clear()
                await self._pended.wait()
            item = self._pending[0]
            message = await self._finalise(item) if isinstance(item, Closed) else item
            if isinstance(message, Ended):
                message = Ended(audio_ms=message.audio_ms, segments=self._finals)
            if isinstance(message, Ended | ErrorMessage):
                await self._annotator.finish()
                return self._outbox.put(message)
            if message is not None:
                self._outbox.put(message)
            self._pending.popleft()
            self._delivered.set()

    def unrepeated(self, hypothesis: Hypothesis) -> Hypothesis:
        """The hypothesis without what was said already before its segment was split off by force."""
        return without_overlap(hypothesis, self._before_split) if Guard.REPEATS in self._guards else hypothesis

    async def _finalise(self, closed: Closed) -> AnyServerMessage | None:
        """Send the final of a segment, and have it searched. Returns the error where the model failed."""
        outcome = await self._in_its_language(closed)
        if isinstance(outcome, EngineError):
            return rendering.fatal(RemoteProtocolError(ErrorCode.INTERNAL, str(outcome)))
        hypothesis = self.unrepeated(outcome)
        self._before_split = hypothesis.text if closed.segment.reason == "limit" else ""
        if hypothesis.text or closed.shown:
            self._finals += bool(hypothesis.text)
            through = self._to_declared(closed.segment.end)
            self._outbox.put(rendering.final(closed.number, closed.segment, hypothesis, through, closed.settings))
            self._jobs.metrics.record_final(hypothesis)
            said = final_query(closed.number, closed.segment, hypothesis, closed.settings.entities)
            self._annotator.finalise(said, closed.segment.settled)
        return None

    async def _in_its_language(self, closed: Closed) -> Outcome:
        """What a segment says, decoded once more where its language is not the one it was taken for."""
        outcome = await closed.decoding
        if isinstance(outcome, EngineError):
            return outcome
        language = self._language.correction(outcome)
        return outcome if language is None else await self._jobs.decode(replace(closed.job, language=language))
