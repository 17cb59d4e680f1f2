"""Ordered delivery: the finals of a session, and the replies that have their place among them.

A closed segment waits here until it is decoded and everything queued before it has been sent. The replies to ``flush``
and ``end`` wait in the same queue, because they promise that everything before them is final.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace

from theresa_protocol.errors import ErrorCode, RemoteProtocolError
from theresa_protocol.messages import AnyServerMessage, Ended, ErrorMessage
from theresa_server.audio.segments import SegmentClosed
from theresa_server.sessions import rendering
from theresa_server.sessions.context import SessionContext
from theresa_server.sessions.engine import DecodeResult, DecodeTask
from theresa_server.sessions.entity_query import final_query
from theresa_server.sessions.settings import Settings
from theresa_server.sessions.suppressed import SuppressionLog
from theresa_server.speech.guards import Guard
from theresa_server.speech.overlap import without_overlap
from theresa_server.speech.recognition import DecodeJob, EngineError, Hypothesis

MAX_PENDING = 256
"""Pending finals and replies at which the session stops taking input."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingFinal:
    """A closed segment whose final has not been sent yet."""

    number: int
    has_partials: bool
    """Whether a partial with text was sent. The segment needs a final then, even an empty one."""
    segment: SegmentClosed
    settings: Settings
    """The settings in force when the segment closed."""
    job: DecodeJob
    task: DecodeTask | None
    """``None`` if the job waits for the text of the previous segment."""


class Delivery:
    """Sends pending finals and replies in order.

    Args:
        context: the session.
        to_declared: maps positions at 16 kHz to the client's rate.
        before_ended: called before the message ``ended`` is sent.
    """

    def __init__(
        self, context: SessionContext, to_declared: Callable[[int], int], before_ended: Callable[[], None]
    ) -> None:
        self.suppressed = SuppressionLog()
        self._context = context
        self._to_declared = to_declared
        self._before_ended = before_ended
        self._finals_sent = 0
        self._text_before_split = ""
        self._pending: deque[PendingFinal | AnyServerMessage] = deque()
        self._not_empty = asyncio.Event()
        self._delivered = asyncio.Event()

    @property
    def busy(self) -> bool:
        """Whether anything is pending."""
        return bool(self._pending)

    @property
    def full(self) -> bool:
        """Whether the session has to wait before it adds more."""
        return len(self._pending) >= MAX_PENDING

    @property
    def pending_from(self) -> int | None:
        """The position at 16 kHz before which no final is pending; ``None`` when no final is pending."""
        first = next((item for item in self._pending if isinstance(item, PendingFinal)), None)
        return None if first is None else first.segment.settled

    def enqueue(self, item: PendingFinal | AnyServerMessage) -> None:
        """Deliver this after everything that is pending."""
        self._pending.append(item)
        self._not_empty.set()

    async def wait_for_progress(self) -> None:
        """Wait until the next pending item has been delivered."""
        self._delivered.clear()
        await self._delivered.wait()

    async def run(self) -> None:
        """Deliver in order until the last message of the session: ``ended`` or a fatal ``error``."""
        while True:
            while not self._pending:
                self._not_empty.clear()
                await self._not_empty.wait()
            item = self._pending[0]
            message = await self._send_final(item) if isinstance(item, PendingFinal) else item
            if isinstance(message, Ended):
                message = Ended(audio_ms=message.audio_ms, segments=self._finals_sent)
            if isinstance(message, Ended | ErrorMessage):
                await self._context.annotator.finish()
                if isinstance(message, Ended):
                    self._before_ended()
                return self._context.outbox.put(message)
            if message is not None:
                self._context.outbox.put(message)
            self._pending.popleft()
            self._delivered.set()

    def remove_overlap(self, hypothesis: Hypothesis) -> Hypothesis:
        """Remove the words that the segment before a forced split has already produced."""
        if Guard.REPEATS not in self._context.guards:
            return hypothesis
        return without_overlap(hypothesis, self._text_before_split)

    async def _send_final(self, pending: PendingFinal) -> AnyServerMessage | None:
        """Send the final of a segment and submit it for entities; return the fatal error if the model failed."""
        context, segment = self._context, pending.segment
        result = await self._result(pending)
        if isinstance(result, EngineError):
            return rendering.fatal_message(RemoteProtocolError(ErrorCode.INTERNAL, str(result)))
        hypothesis = self.remove_overlap(result)
        if hypothesis.suppressed is not None:
            self.suppressed.add(pending.number, segment, hypothesis.suppressed)
        self._text_before_split = hypothesis.text if segment.reason == "limit" else ""
        if hypothesis.text or pending.has_partials:
            self._finals_sent += bool(hypothesis.text)
            through = self._to_declared(segment.end)
            message = rendering.final_message(pending.number, segment, hypothesis, through, pending.settings)
            context.outbox.put(message)
            context.remember(message)
            context.engine.metrics.record_final(hypothesis)
            query = final_query(pending.number, segment, hypothesis, pending.settings.entities)
            context.annotator.submit_final(query, segment.settled)
        return None

    async def _result(self, pending: PendingFinal) -> DecodeResult:
        """Wait for the decode; repeat it in the session's language when the detected one is doubtful."""
        job = pending.job
        if pending.task is None:
            job = self._context.with_previous_text(job, pending.segment.start)
        result = await (pending.task or self._context.engine.start(job))
        if isinstance(result, EngineError):
            return result
        language = self._context.language.correction(result)
        if language is None:
            return result
        return await self._context.engine.decode(replace(job, language=language))
