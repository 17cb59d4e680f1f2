"""One session: what comes in is heard, cut and decoded, and what was understood goes out. Glue over the pure core.

Three tasks share the work. ``_listen`` takes the input in order and cuts segments; ``_deliver`` sends finals, in the
order of their segments; ``_partials`` decodes the open segment again and again, one job at a time. An ``Annotator`` has
what was said searched for entities. Whatever ends the input, be it ``end`` or an error, all audio that came before it
gets its final first.
"""

import asyncio
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

from theresa_protocol.errors import ErrorCode, ProtocolError, RemoteProtocolError
from theresa_protocol.limits import Limits
from theresa_protocol.messages import (
    AnyServerMessage,
    End,
    Ended,
    ErrorMessage,
    Flush,
    Flushed,
    Speech,
    Update,
    Updated,
)
from theresa_server import rendering
from theresa_server.annotator import Annotator
from theresa_server.audio import PcmDecoder
from theresa_server.early import Decoding, EarlyFinal
from theresa_server.engine.continuing import without_repeat
from theresa_server.engine.guards import USUAL_GUARDS, Guard
from theresa_server.engine.local import LocalEngine
from theresa_server.engine.ports import DecodeJob, EngineError, Hypothesis
from theresa_server.entities.service import EntityService
from theresa_server.language import LanguageMemory
from theresa_server.pcm import SAMPLE_RATE_HZ, Pcm
from theresa_server.reports import Progress, Reports
from theresa_server.said import said_at_last, said_so_far
from theresa_server.segmenter import SegmentClosed, Segmenter, SegmenterEvent, SpeechStarted, SpeechStopped
from theresa_server.settings import Offer, Settings, amend
from theresa_server.streams import Inbox, Outbox
from theresa_server.utterance import Utterance
from theresa_server.vad import webrtc_vad

Input = bytes | Update | Flush | End | Settings | ProtocolError
"""What an inbox holds; ``Settings`` are those with which a session is resumed."""

SLICE_SAMPLES = SAMPLE_RATE_HZ // 4
"""Audio is heard in slices of this length, so that a large frame does not hold up the event loop."""

MAX_PENDING = 256
"""Finals and answers to ``flush`` that may be on their way before no more input is taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a session begins: elsewhere than at 0 when it goes on with one that began on another server.

    ``sample`` is that of the first audio, at the declared rate; what lies before ``settled`` is only a lead-in.
    ``language`` is that of the final before.
    """

    sample: int = 0
    settled: int = 0
    segment: int = 0
    language: str | None = None


@dataclass(frozen=True, slots=True)
class _Closed:
    """A closed segment on its way to its final, with the settings of the moment when it closed."""

    number: int
    shown: bool
    segment: SegmentClosed
    settings: Settings
    job: DecodeJob
    decoding: Decoding


class Session:
    """A session after its ``start``: feed it from ``inbox``, read it from ``outbox``."""

    def __init__(
        self,
        session_id: str,
        settings: Settings,
        *,
        offer: Offer,
        limits: Limits,
        partial_interval_ms: int,
        engine: LocalEngine,
        entities: EntityService | None,
        outbox: Outbox,
        origin: Origin = Origin(),
        guards: frozenset[Guard] = USUAL_GUARDS,
    ) -> None:
        self.id = session_id
        self._settings = settings
        self._offer = offer
        self._limits = limits
        self._partial_interval = partial_interval_ms * SAMPLE_RATE_HZ // 1000
        self._engine = engine
        self._outbox = outbox
        self._annotator = Annotator(session_id, entities, outbox, settings.offset_unit)
        audio = settings.audio
        self._decoder = PcmDecoder(audio.encoding, audio.rate, audio.channels, origin.sample)
        detector = partial(webrtc_vad, settings.endpointing.aggressiveness)
        settled = self._decoder.to_16k(origin.settled)
        self._segmenter = Segmenter(settings.endpointing, detector, self._decoder.produced, settled)
        self._language = LanguageMemory(settings.language, origin.language)
        self._numbered = origin.segment
        self._finals = 0
        self._guards = guards
        self._before_split = ""
        self._utterance: Utterance | None = None
        self._heard = 0
        self._reports = Reports(outbox, self._progress, lambda: engine.pressure)
        self._early = EarlyFinal(lambda job: self._begin(_final_job(job, self._utterance)))
        self._grown = asyncio.Event()
        self._pending: deque[_Closed | AnyServerMessage] = deque()
        self._pended = asyncio.Event()
        self._delivered = asyncio.Event()
        self._tasks = asyncio.TaskGroup()

    @property
    def busy(self) -> bool:
        """Whether something that was received has not been answered yet."""
        return bool(self._pending)

    async def run(self, inbox: Inbox[Input]) -> None:
        """Work until the input ends; the last message put into the outbox is ``ended`` or a fatal ``error``."""
        async with self._annotator.running(), self._tasks:
            helpers = [
                self._tasks.create_task(work)
                for work in (self._partials(), self._reports.run(stats=self._settings.stats))
            ]
            delivery = self._tasks.create_task(self._deliver())
            try:
                await self._listen(inbox)
                await delivery
            finally:
                for helper in helpers:
                    helper.cancel()

    # --- input ---------------------------------------------------------------------------------------------------

    async def _listen(self, inbox: Inbox[Input]) -> None:
        while True:
            await self._keep_pace()
            item = await inbox.get()
            try:
                match item:
                    case bytes():
                        await self._hear(item)
                    case Update():
                        self._update(item)
                    case Flush():
                        self._settle("flush")
                        self._pend(Flushed(id=item.id, through=self._decoder.received))
                    case End():
                        self._settle("end")
                        audio_ms = self._settings.audio.milliseconds(self._decoder.received)
                        return self._pend(Ended(audio_ms=audio_ms, segments=0))
                    case Settings():
                        self._adopt(item)
                    case ProtocolError():
                        raise item
            except ProtocolError as error:
                self._settle("end")
                return self._pend(fatal(error))

    async def _hear(self, data: bytes) -> None:
        audio, limit_ms = self._settings.audio, self._limits.max_session_ms
        room = (audio.samples(limit_ms) - self._decoder.received) * audio.sample_bytes
        try:
            pcm = self._decoder.feed(data[:room])
        except ValueError as error:
            raise RemoteProtocolError(ErrorCode.PARTIAL_SAMPLE, f"{error}.") from None
        for piece in _slices(pcm):
            self._advance(self._segmenter.feed(piece))
            self._grown.set()
            await self._keep_pace()
        if len(data) > room:
            raise RemoteProtocolError(
                ErrorCode.SESSION_TOO_LONG, f"A session holds at most {limit_ms // 1000} s of audio."
            )

    def _settle(self, reason: Literal["flush", "end"]) -> None:
        for piece in _slices(self._decoder.flush()):
            self._advance(self._segmenter.feed(piece))
        self._advance(self._segmenter.flush(reason))

    def _advance(self, events: list[SegmenterEvent]) -> None:
        for event in events:
            match event:
                case SpeechStarted(at):
                    self._outbox.put(Speech(state="started", at_ms=rendering.to_ms(at)))
                case SpeechStopped(at):
                    self._outbox.put(Speech(state="stopped", at_ms=rendering.to_ms(at)))
                case SegmentClosed():
                    self._close(event)
        start = self._segmenter.open_start
        if start is not None and self._utterance is None:
            opened = self._segmenter.received
            free = self._engine.transcriber.free_samples
            self._utterance = Utterance(self._next_number(), start, opened, self._partial_interval, free)
        self._early.foresee(self._segmenter.foreseen, self._settings, self._segmenter.open_pcm)

    def _close(self, segment: SegmentClosed) -> None:
        utterance, self._utterance = self._utterance, None
        self._engine.withdraw_partial(self.id)
        self._annotator.close()
        number = utterance.number if utterance else self._next_number()
        job = _final_job(self._settings.job(segment.pcm, final=True), utterance)
        decoding = self._early.claim(segment, self._settings) or self._begin(job)
        self._pend(_Closed(number, bool(utterance and utterance.shown), segment, self._settings, job, decoding))

    def _next_number(self) -> int:
        self._numbered += 1
        return self._numbered - 1

    def _update(self, update: Update) -> None:
        try:
            self._adopt(amend(self._settings, update, self._offer))
        except RemoteProtocolError as error:
            message = ErrorMessage(code=error.code, message=error.message, param=error.param, fatal=False)
            self._outbox.put(message)
            return
        self._outbox.put(Updated(configuration=self._settings.describe()))

    def _adopt(self, settings: Settings) -> None:
        """Go on with other settings."""
        before, now = self._settings.endpointing, settings.endpointing
        self._settings = settings
        self._segmenter.reconfigure(
            now, None if now.aggressiveness == before.aggressiveness else partial(webrtc_vad, now.aggressiveness)
        )
        self._language.fixed = settings.language

    async def _keep_pace(self) -> None:
        """Wait while too much is undecided or the client does not read; nothing new is taken in meanwhile."""
        await self._outbox.room()
        most = self._limits.max_ahead_ms * SAMPLE_RATE_HZ // 1000
        while len(self._pending) >= MAX_PENDING or (
            self._pending and self._segmenter.received - self._committed() > most
        ):
            self._delivered.clear()
            await self._delivered.wait()

    # --- output --------------------------------------------------------------------------------------------------

    def _pend(self, item: _Closed | AnyServerMessage) -> None:
        self._pending.append(item)
        self._pended.set()

    async def _deliver(self) -> None:
        """Send what is pending, in order, until the goodbye has been sent."""
        while True:
            while not self._pending:
                self._pended.clear()
                await self._pended.wait()
            item = self._pending[0]
            message = await self._finalise(item) if isinstance(item, _Closed) else item
            if isinstance(message, Ended):
                message = Ended(audio_ms=message.audio_ms, segments=self._finals)
            if isinstance(message, Ended | ErrorMessage):
                await self._annotator.finish()
                return self._outbox.put(message)
            if message is not None:
                self._outbox.put(message)
            self._pending.popleft()
            self._delivered.set()

    async def _finalise(self, closed: _Closed) -> AnyServerMessage | None:
        """Send the final of a segment, and have it searched. Returns the error where the model failed."""
        hypothesis = await closed.decoding
        if not isinstance(hypothesis, EngineError):
            language = self._language.correction(hypothesis)
            if language is not None:
                hypothesis = await self._decode(replace(closed.job, language=language))
        if isinstance(hypothesis, EngineError):
            return fatal(RemoteProtocolError(ErrorCode.INTERNAL, str(hypothesis)))
        hypothesis = self._unrepeated(hypothesis)
        self._before_split = hypothesis.text if closed.segment.reason == "limit" else ""
        if hypothesis.text or closed.shown:
            self._finals += bool(hypothesis.text)
            through = self._decoder.to_declared(closed.segment.end)
            self._outbox.put(rendering.final(closed.number, closed.segment, hypothesis, through, closed.settings))
            said = said_at_last(closed.number, closed.segment, hypothesis, closed.settings.entities)
            self._annotator.finalise(said, closed.segment.settled)
        return None

    def _unrepeated(self, hypothesis: Hypothesis) -> Hypothesis:
        """The hypothesis without what was said already before its segment was split off by force."""
        return without_repeat(hypothesis, self._before_split) if Guard.REPEATS in self._guards else hypothesis

    def _begin(self, job: DecodeJob) -> Decoding:
        return self._tasks.create_task(self._decode(job))

    async def _decode(self, job: DecodeJob) -> Hypothesis | EngineError:
        try:
            return await self._engine.decode(self.id, job)
        except EngineError as error:
            return error

    async def _partials(self) -> None:
        while True:
            await self._grown.wait()
            self._grown.clear()
            utterance, end = self._utterance, self._segmenter.received
            if utterance is None or self._pending or not self._settings.partials:
                continue
            hypothesis = await self._heard_so_far(utterance, end)
            if hypothesis is None or utterance is not self._utterance or self._pending:
                continue
            self._heard = end
            if self._language.doubts(hypothesis):
                continue
            view = utterance.decoded(hypothesis, end - utterance.start)
            if view is not None:
                wanted = self._settings.entities
                self._outbox.put(rendering.partial(utterance, view, hypothesis, end, self._settings))
                if wanted is not None and wanted.options.partials:
                    self._annotator.grow(said_so_far(utterance, view, hypothesis, end, wanted))

    async def _heard_so_far(self, utterance: Utterance, end: int) -> Hypothesis | None:
        """What the open segment says, if that is to be found out now."""
        if self._early.expected:
            heard = await self._early.heard()
            return self._unrepeated(heard) if isinstance(heard, Hypothesis) else None
        if not utterance.due(end):
            return None
        utterance.asked(end)
        job = self._settings.job(self._segmenter.open_pcm(), final=False)
        heard = await self._decode(utterance.partial_job(job))
        if not isinstance(heard, Hypothesis) or self._early.expected:  # which begins with what was stable before this
            return None
        return utterance.whole(heard if utterance.begins_later else self._unrepeated(heard))

    def _progress(self) -> Progress:
        # A client that comes back elsewhere sends what is behind this once more: so it holds for entities, too.
        waits_from = self._annotator.waits_from
        settled = self._committed() if waits_from is None else min(self._committed(), waits_from)
        waiting = self._utterance is not None or bool(self._pending)
        lag = max(0, self._segmenter.received - max(self._heard, self._committed())) if waiting else 0
        return Progress(
            received=self._decoder.received,
            committed=self._decoder.to_declared(settled),
            lag_ms=rendering.to_ms(lag),
        )

    def _committed(self) -> int:
        """The sample at 16 kHz before which everything is final."""
        first = next((item for item in self._pending if isinstance(item, _Closed)), None)
        return self._segmenter.settled if first is None else first.segment.settled


def fatal(error: ProtocolError) -> ErrorMessage:
    """The message after which the connection closes."""
    return ErrorMessage(code=error.code, message=error.message, param=error.param, fatal=True)


def _final_job(job: DecodeJob, utterance: Utterance | None) -> DecodeJob:
    """The job of a final, with what is known from the partials."""
    return job if utterance is None else utterance.final_job(job)


def _slices(pcm: Pcm) -> Iterator[Pcm]:
    return (pcm[at : at + SLICE_SAMPLES] for at in range(0, pcm.size, SLICE_SAMPLES))
