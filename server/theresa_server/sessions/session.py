"""One session: audio is decoded, segmented and transcribed, and the results are sent. Glue over the pure core.

Three tasks share the work. ``Session`` processes the input in order and segments it; ``OpenSegment`` decodes the
growing segment repeatedly; ``Delivery`` sends finals in the order of their segments. An ``Annotator`` finds entities
beside them. However the input ends, by ``end`` or by an error, all audio received before gets its final first.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Literal

from theresa_protocol.errors import ErrorCode, ProtocolError, RemoteProtocolError
from theresa_protocol.messages import End, Ended, ErrorMessage, Flush, Flushed, Speech, Update, Updated
from theresa_server.audio.decoder import PcmDecoder
from theresa_server.audio.pcm import SAMPLE_RATE_HZ, Pcm
from theresa_server.audio.segmenter import Segmenter
from theresa_server.audio.segments import SegmentClosed, SegmenterConfig, SegmenterEvent, SpeechStarted, SpeechStopped
from theresa_server.audio.vad import Detector, make_detector
from theresa_server.sessions.buffers import Inbox
from theresa_server.sessions.context import SessionContext
from theresa_server.sessions.delivery import Delivery
from theresa_server.sessions.open_segment import OpenSegment
from theresa_server.sessions.progress import ProgressReporter, SessionProgress, statistics
from theresa_server.sessions.rendering import fatal_message, to_ms
from theresa_server.sessions.settings import Settings, amend

SessionInput = bytes | Update | Flush | End | Settings | ProtocolError
"""What an inbox holds. ``Settings`` are those with which a session is resumed; an error ends the session."""

SLICE_SAMPLES = SAMPLE_RATE_HZ // 4
"""Audio is processed in slices of this length, so that a large frame does not hold up the event loop."""


class Session:
    """A session after its ``start``: it reads an inbox and writes to the outbox of its context."""

    def __init__(self, context: SessionContext) -> None:
        self._context = context
        audio, endpointing, start = context.settings.audio, context.settings.endpointing, context.start
        self._decoder = PcmDecoder(audio.encoding, audio.rate, audio.channels, start.sample)
        committed = self._decoder.to_16k(start.committed)
        self._segmenter = Segmenter(endpointing, _detector_of(endpointing), self._decoder.produced, committed)
        self._delivery = Delivery(context, self._decoder.to_declared, self._report_statistics)
        self._open = OpenSegment(context, self._segmenter, self._delivery)
        self._reporter = ProgressReporter(context.outbox, self._progress, lambda: context.engine.pressure)

    @property
    def busy(self) -> bool:
        """Whether the session still owes a final or a reply."""
        return self._delivery.busy

    async def run(self, inbox: Inbox[SessionInput]) -> None:
        """Run until the input ends. The last message in the outbox is ``ended`` or a fatal ``error``."""
        context = self._context
        async with context.annotator.running(), context.tasks as tasks:
            helpers = [
                tasks.create_task(work) for work in (self._open.run(), self._reporter.run(stats=context.settings.stats))
            ]
            delivery = tasks.create_task(self._delivery.run())
            try:
                await self._process(inbox)
                await delivery
            finally:
                for helper in helpers:
                    helper.cancel()

    async def _process(self, inbox: Inbox[SessionInput]) -> None:
        while True:
            await self._wait_for_capacity()
            item = await inbox.get()
            try:
                match item:
                    case bytes():
                        await self._process_audio(item)
                    case Update():
                        self._update(item)
                    case Flush():
                        self._flush("flush")
                        self._delivery.enqueue(Flushed(id=item.id, through=self._decoder.received))
                    case End():
                        self._flush("end")
                        audio_ms = self._context.settings.audio.milliseconds(self._decoder.received)
                        return self._delivery.enqueue(Ended(audio_ms=audio_ms, segments=0))
                    case Settings():
                        self._apply(item)
                    case ProtocolError():
                        raise item
            except ProtocolError as error:
                self._flush("end")
                return self._delivery.enqueue(fatal_message(error))

    async def _process_audio(self, data: bytes) -> None:
        audio, limit_ms = self._context.settings.audio, self._context.limits.max_session_ms
        room = (audio.samples(limit_ms) - self._decoder.received) * audio.sample_bytes
        try:
            pcm = self._decoder.feed(data[:room])
        except ValueError as error:
            raise RemoteProtocolError(ErrorCode.PARTIAL_SAMPLE, f"{error}.") from None
        for piece in _slices(pcm):
            self._handle(self._segmenter.feed(piece))
            await self._wait_for_capacity()
        if len(data) > room:
            raise RemoteProtocolError(
                ErrorCode.SESSION_TOO_LONG, f"A session is limited to {limit_ms // 1000} s of audio."
            )

    def _flush(self, reason: Literal["flush", "end"]) -> None:
        for piece in _slices(self._decoder.flush()):
            self._handle(self._segmenter.feed(piece))
        self._handle(self._segmenter.flush(reason))

    def _handle(self, events: list[SegmenterEvent]) -> None:
        for event in events:
            match event:
                case SpeechStarted(at):
                    self._context.outbox.put(Speech(state="started", at_ms=to_ms(at)))
                case SpeechStopped(at):
                    self._context.outbox.put(Speech(state="stopped", at_ms=to_ms(at)))
                case SegmentClosed():
                    self._delivery.enqueue(self._open.close(event))
        self._open.update()

    def _update(self, update: Update) -> None:
        context = self._context
        try:
            self._apply(amend(context.settings, update, context.offer))
        except RemoteProtocolError as error:
            context.outbox.put(ErrorMessage(code=error.code, message=error.message, param=error.param, fatal=False))
            return
        context.outbox.put(Updated(configuration=context.settings.describe()))

    def _apply(self, settings: Settings) -> None:
        """Use other settings for the input that follows."""
        before, now = self._context.settings.endpointing, settings.endpointing
        self._context.settings = settings
        same_detector = (now.aggressiveness, now.voice_threshold) == (before.aggressiveness, before.voice_threshold)
        self._segmenter.reconfigure(now, None if same_detector else _detector_of(now))
        self._context.language.fixed = settings.language

    async def _wait_for_capacity(self) -> None:
        """Wait while the client does not read, or the finals are too far behind the input."""
        await self._context.outbox.room()
        max_ahead = self._context.limits.max_ahead_ms * SAMPLE_RATE_HZ // 1000
        delivery = self._delivery
        while delivery.full or (delivery.busy and self._segmenter.received - self._committed > max_ahead):
            await delivery.wait_for_progress()

    def _progress(self) -> SessionProgress:
        # A client that resumes on another server sends everything after this position again, so that it receives the
        # entities it is still missing.
        pending_from = self._context.annotator.pending_from
        settled = self._committed if pending_from is None else min(self._committed, pending_from)
        waiting = self._open.is_open or self._delivery.busy
        decoded = max(self._open.decoded_until, self._committed)
        return SessionProgress(
            received=self._decoder.received,
            committed=self._decoder.to_declared(settled),
            lag_ms=to_ms(max(0, self._segmenter.received - decoded) if waiting else 0),
            suppressed_count=self._delivery.suppressed.count,
            suppressed=self._delivery.suppressed.newest,
            vad=self._context.settings.endpointing.vad,
            sound_ms=to_ms(self._segmenter.sound),
            voice_ms=to_ms(self._segmenter.voice),
        )

    def _report_statistics(self) -> None:
        """Send the last statistics of the session, with all that its guards dropped."""
        if self._context.settings.stats:
            self._context.outbox.put(statistics(self._progress(), self._context.engine.pressure))

    @property
    def _committed(self) -> int:
        """The position at 16 kHz before which everything is final."""
        pending_from = self._delivery.pending_from
        return self._segmenter.settled if pending_from is None else pending_from


def _detector_of(config: SegmenterConfig) -> Callable[[], Detector]:
    return partial(make_detector, config.aggressiveness, config.voice_threshold)


def _slices(pcm: Pcm) -> Iterator[Pcm]:
    return (pcm[at : at + SLICE_SAMPLES] for at in range(0, pcm.size, SLICE_SAMPLES))
