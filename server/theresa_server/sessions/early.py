"""Early finals: the final of a segment is decoded before its endpoint is reached, so that it is ready at that moment.

The decode is speculative: it is cancelled when the speaker continues.
"""

import asyncio
from collections.abc import Callable
from typing import NamedTuple

from theresa_server.audio.pcm import Pcm
from theresa_server.audio.segments import SegmentClosed
from theresa_server.audio.splits import SampleSpan
from theresa_server.sessions.engine import DecodeResult, DecodeTask
from theresa_server.sessions.settings import Settings
from theresa_server.speech.recognition import DecodeJob, JobKind


class _Speculation(NamedTuple):
    span: SampleSpan
    settings: Settings
    task: DecodeTask


class EarlyFinal:
    """The speculative decode of the open segment's final. ``start`` starts the decoding of a job."""

    def __init__(self, start: Callable[[DecodeJob], DecodeTask]) -> None:
        self._start = start
        self._speculation: _Speculation | None = None
        self._reported = False

    @property
    def active(self) -> bool:
        """Whether the segment is expected to end. No other decode of it is needed then: nothing new is being said."""
        return self._speculation is not None

    def update(self, span: SampleSpan | None, settings: Settings, pcm: Callable[[SampleSpan], Pcm]) -> None:
        """Start the decode for a new span or new settings, and cancel the one for any other.

        Args:
            span: the segment as it would close now; ``None`` while there is speech.
            settings: the settings in force.
            pcm: returns the audio of a span.
        """
        if self._speculation is not None and self._speculation[:2] == (span, settings):
            return
        self.cancel()
        if span is not None:
            task = self._start(settings.job(pcm(span), JobKind.FINAL))
            self._speculation = _Speculation(span, settings, task)
            self._reported = False

    async def result(self) -> DecodeResult | None:
        """Wait for the decode and return its result, once; ``None`` after that, and when the decode is cancelled."""
        if self._speculation is None or self._reported:
            return None
        self._reported = True
        task = self._speculation.task
        await asyncio.wait([task])
        return None if task.cancelled() else task.result()

    def pop_task(self, segment: SegmentClosed, settings: Settings) -> DecodeTask | None:
        """Return the decode if it matches the segment that has closed; cancel it otherwise."""
        speculation, self._speculation = self._speculation, None
        if speculation is None:
            return None
        if speculation[:2] == (SampleSpan(segment.start, segment.end), settings):
            return speculation.task
        speculation.task.cancel()
        return None

    def cancel(self) -> None:
        """Cancel the decode, if any."""
        if self._speculation is not None:
            self._speculation.task.cancel()
            self._speculation = None
