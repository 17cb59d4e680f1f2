"""One session: what comes in is heard, cut and decoded, and what was understood goes out. Glue over the pure core.

Three tasks share the work. ``Session`` takes the input in order and cuts segments; ``OpenSegment`` decodes the one that
grows again and again; ``Delivery`` sends finals, in the order of their segments. An ``Annotator`` has what was said
searched for entities. Whatever ends the input, be it ``end`` or an error, all audio that came before it gets its final
first.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Literal

from theresa_protocol.errors import ErrorCode, ProtocolError, RemoteProtocolError
from theresa_protocol.limits import Limits
from theresa_protocol.messages import End, Ended, ErrorMessage, Flush, Flushed, Speech, Update, Updated
from theresa_server.audio.decoder import PcmDecoder
from theresa_server.audio.pcm import SAMPLE_RATE_HZ, Pcm
from theresa_server.audio.segmenter import SegmentClosed, Segmenter, SegmenterEvent, SpeechStarted, SpeechStopped
from theresa_server.audio.vad import webrtc_vad
from theresa_server.engine.local import LocalEngine
from theresa_server.entities.service import EntityService
from theresa_server.sessions.annotator import Annotator
from theresa_server.sessions.buffers import Inbox, Outbox
from theresa_server.sessions.delivery import Delivery
from theresa_server.sessions.jobs import SessionJobs
from theresa_server.sessions.open_segment import OpenSegment
from theresa_server.sessions.rendering import fatal, to_ms
from theresa_server.sessions.reports import Progress, Reports
from theresa_server.sessions.settings import Offer, Settings, amend
from theresa_server.speech.guards import ALL_GUARDS, Guard
from theresa_server.speech.language import LanguageMemory

SessionInput = bytes | Update | Flush | End | Settings | ProtocolError
"""What an inbox holds; ``Settings`` are those with which a session is resumed."""

SLICE_SAMPLES = SAMPLE_RATE_HZ // 4
"""Audio is heard in slices of this length, so that a large frame does not hold up the event loop."""


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
        guards: frozenset[Guard] = ALL_GUARDS,
    ) -> None:
        self.id = session_id
        self._settings = settings
        self._offer = offer
        self._limits = limits
        self._outbox = outbox
        audio = settings.audio
        self._decoder = PcmDecoder(audio.encoding, audio.rate, audio.channels, origin.sample)
        detector = partial(webrtc_vad, settings.endpointing.aggressiveness)
        settled = self._decoder.to_16k(origin.settled)
        self._segmenter = Segmenter(settings.endpointing, detector, self._decoder.produced, settled)
        self._language = LanguageMemory(settings.language, origin.language)
        self._annotator = Annotator(session_id, entities, outbox, settings.offset_unit)
        self._tasks = asyncio.TaskGroup()
        jobs = SessionJobs(engine, session_id, self._tasks)
        self._delivery = Delivery(
            jobs, self._language, outbox, self._annotator, to_declared=self._decoder.to_declared, guards=guards
        )
        self._open = OpenSegment(
            self._segmenter,
            settings,
            jobs,
            self._delivery,
            self._language,
            outbox,
            self._annotator,
            number=origin.segment,
            partial_interval_ms=partial_interval_ms,
        )
        self._reports = Reports(outbox, self._progress, lambda: engine.pressure)

    @property
    def busy(self) -> bool:
        """Whether something that was received has not been answered yet."""
        return self._delivery.busy

    async def run(self, inbox: Inbox[SessionInput]) -> None:
        """Work until the input ends; the last message put into the outbox is ``ended`` or a fatal ``error``."""
        async with self._annotator.running(), self._tasks:
            helpers = [
                self._tasks.create_task(work)
                for work in (self._open.run(), self._reports.run(stats=self._settings.stats))
            ]
            delivery = self._tasks.create_task(self._delivery.run())
            try:
                await self._listen(inbox)
                await delivery
            finally:
                for helper in helpers:
                    helper.cancel()

    async def _listen(self, inbox: Inbox[SessionInput]) -> None:
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
                        self._delivery.pend(Flushed(id=item.id, through=self._decoder.received))
                    case End():
                        self._settle("end")
                        audio_ms = self._settings.audio.milliseconds(self._decoder.received)
                        return self._delivery.pend(Ended(audio_ms=audio_ms, segments=0))
                    case Settings():
                        self._adopt(item)
                    case ProtocolError():
                        raise item
            except ProtocolError as error:
                self._settle("end")
                return self._delivery.pend(fatal(error))

    async def _hear(self, data: bytes) -> None:
        audio, limit_ms = self._settings.audio, self._limits.max_session_ms
        room = (audio.samples(limit_ms) - self._decoder.received) * audio.sample_bytes
        try:
            pcm = self._decoder.feed(data[:room])
        except ValueError as error:
            raise RemoteProtocolError(ErrorCode.PARTIAL_SAMPLE, f"{error}.") from None
        for piece in _slices(pcm):
            self._advance(self._segmenter.feed(piece))
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
                    self._outbox.put(Speech(state="started", at_ms=to_ms(at)))
                case SpeechStopped(at):
                    self._outbox.put(Speech(state="stopped", at_ms=to_ms(at)))
                case SegmentClosed():
                    self._delivery.pend(self._open.close(event))
        self._open.follow()

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
        self._settings = self._open.settings = settings
        self._segmenter.reconfigure(
            now, None if now.aggressiveness == before.aggressiveness else partial(webrtc_vad, now.aggressiveness)
        )
        self._language.fixed = settings.language

    async def _keep_pace(self) -> None:
        """Wait while too much is undecided or the client does not read; nothing new is taken in meanwhile."""
        await self._outbox.room()
        most = self._limits.max_ahead_ms * SAMPLE_RATE_HZ // 1000
        delivery = self._delivery
        while delivery.full or (delivery.busy and self._segmenter.received - self._committed > most):
            await delivery.progress()

    def _progress(self) -> Progress:
        # A client that comes back elsewhere sends what is behind this once more: so it holds for entities, too.
        waits_from = self._annotator.waits_from
        settled = self._committed if waits_from is None else min(self._committed, waits_from)
        waiting = self._open.growing or self._delivery.busy
        lag = max(0, self._segmenter.received - max(self._open.heard, self._committed)) if waiting else 0
        return Progress(
            received=self._decoder.received,
            committed=self._decoder.to_declared(settled),
            lag_ms=to_ms(lag),
        )

    @property
    def _committed(self) -> int:
        """The sample at 16 kHz before which everything is final."""
        waits_from = self._delivery.waits_from
        return self._segmenter.settled if waits_from is None else waits_from


def _slices(pcm: Pcm) -> Iterator[Pcm]:
    return (pcm[at : at + SLICE_SAMPLES] for at in range(0, pcm.size, SLICE_SAMPLES))
