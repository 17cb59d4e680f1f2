"""The final of a segment, decoded while its endpoint is still awaited, so that it is out the moment that is reached."""

import asyncio
from collections.abc import Callable

from theresa_server.audio.pcm import Pcm
from theresa_server.audio.segmenter import SegmentClosed
from theresa_server.audio.splits import SampleSpan
from theresa_server.sessions.jobs import Decoding, Outcome
from theresa_server.sessions.settings import Settings
from theresa_server.speech.recognition import DecodeJob, JobKind


class EarlyFinal:
    """What is being decoded of the open segment as if nobody were to speak on; ``decode`` begins it."""

    def __init__(self, decode: Callable[[DecodeJob], Decoding]) -> None:
        self._decode = decode
        self._under_way: tuple[SampleSpan, Settings, Decoding] | None = None
        self._told = False

    @property
    def expected(self) -> bool:
        """Whether the segment is expected to end: nothing new is said, so nothing else need be decoded of it."""
        return self._under_way is not None

    def foresee(self, span: SampleSpan | None, settings: Settings, pcm: Callable[[SampleSpan], Pcm]) -> None:
        """Take in how the segment would end now, ``None`` while somebody speaks; drop what was begun for another."""
        if self._under_way is not None and self._under_way[:2] == (span, settings):
            return
        self.drop()
        if span is not None:
            self._under_way = span, settings, self._decode(settings.job(pcm(span), JobKind.FINAL))
            self._told = False

    async def heard(self) -> Outcome | None:
        """What was said, if it is not final yet. ``None`` where that was told before, or somebody speaks on."""
        if self._under_way is None or self._told:
            return None
        self._told = True
        decoding = self._under_way[2]
        await asyncio.wait([decoding])
        return None if decoding.cancelled() else decoding.result()

    def claim(self, segment: SegmentClosed, settings: Settings) -> Decoding | None:
        """The decoding of a segment that has closed, if it was foreseen."""
        foreseen, self._under_way = self._under_way, None
        if foreseen is None:
            return None
        span, asked, decoding = foreseen
        if (span, asked) == (SampleSpan(segment.start, segment.end), settings):
            return decoding
        decoding.cancel()
        return None

    def drop(self) -> None:
        """Somebody speaks on: give up what was begun."""
        if self._under_way is not None:
            self._under_way[2].cancel()
            self._under_way = None
