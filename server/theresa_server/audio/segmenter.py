"""Endpointing: where speech starts and ends, and which samples form a segment.

The voice activity detector classifies each frame as silence, sound or voice. Enough frames with sound within a short
window, the last of them a voice, are an onset. It opens a segment, which includes some audio from before (pre-roll). In
an open segment only frames with a voice are speech, so that music behind a voice does not keep the segment open.
Silence of a certain length closes it, and some of that silence stays in it (tail). Stray frames that form no onset do
not interrupt it. A long segment is split in a pause: the longer it is, the shorter the pause may be. A segment that
reaches the limit is split in its best recent pause.

After every segment that ends in silence, and regularly during long silence, the segmenter restarts, with a detector
that has processed only a lead-in. Another segmenter that starts there with the same lead-in produces the same segments.
This lets a session continue on another server as if nothing had happened.

All positions are sample indices at 16 kHz from the start of the session. The events depend only on the samples, and on
when ``flush`` and ``reconfigure`` are called, never on how the samples are divided into chunks.
"""

import math
from collections import deque
from collections.abc import Callable
from typing import Literal

import numpy as np

from theresa_protocol.limits import LEAD_IN_MS
from theresa_server.audio.activity import Activity
from theresa_server.audio.evidence import EvidenceLog, VoiceEvidence
from theresa_server.audio.pcm import SAMPLE_RATE_HZ, Pcm, SampleBuffer
from theresa_server.audio.segments import (
    MAX_SEGMENT_MS,
    CloseReason,
    SegmentClosed,
    SegmenterConfig,
    SegmenterEvent,
    SpeechStarted,
    SpeechStopped,
)
from theresa_server.audio.splits import SampleSpan, best_split
from theresa_server.audio.vad import Detector, voice_probabilities

_MAX_FRAME_MS = 30
_BLOCK_MS = 100
_MAX_SILENCE_MS = 5_000  # the segmenter restarts after this much silence
_ONSET_WINDOWS = 2  # an onset may be spread over a window of this many times its length


class Segmenter:
    """Divides a stream of audio into segments of speech.

    Segments are in order, disjoint and never longer than the limit; the audio between them is silence.
    ``SpeechStarted`` and ``SpeechStopped`` alternate. Each pair encloses one segment, or several if it was split: then
    each starts where the previous one ends. Only the open segment, or else the pre-roll, is kept in memory, with the
    lead-in before it.

    Args:
        config: how to segment.
        make_detector: returns a new voice activity detector; see `theresa_server.audio.vad`.
        begin: the position of the first sample.
        settled: where segmentation starts; the audio before is lead-in. Defaults to ``begin``.
    """

    def __init__(
        self, config: SegmenterConfig, make_detector: Callable[[], Detector], begin: int = 0, settled: int | None = None
    ) -> None:
        self._config = config
        self._make_detector = make_detector
        self._buffer = SampleBuffer(begin)
        self._open_start: int | None = None
        self._evidence = EvidenceLog()
        self._counted = begin if settled is None else settled  # frames before this position are in the counts
        self._sound = self._voice = 0
        self._restart(self._counted)

    def _restart(self, position: int) -> None:
        """Restart: further events depend only on the audio from here on, and on the lead-in before it."""
        self._settled = position
        self._start = position  # start of the open segment, or the earliest start of the next one
        self._cursor = position  # all frames before this position have been classified
        self._speech_end = position  # after the last frame of speech
        self._detector: Detector | None = None  # created for the next frame
        self._onset: deque[SampleSpan] = deque()  # frames with sound in the onset window that do not count yet
        self._voice_end = position  # after the last frame with a voice
        self._pauses: list[SampleSpan] = []  # pauses in the open segment, each followed by speech

    @property
    def received(self) -> int:
        """Position after the last sample fed."""
        return self._buffer.end

    @property
    def settled(self) -> int:
        """Position before which every sample is in a closed segment or in silence. It never moves back.

        A segmenter that starts here produces the same segments, except right after a split of long speech.
        """
        return self._settled

    @property
    def sound(self) -> int:
        """How many of the samples are in frames with any sound, voices included."""
        return self._sound

    @property
    def voice(self) -> int:
        """How many of the samples are in frames with a voice."""
        return self._voice

    @property
    def open_start(self) -> int | None:
        """First sample of the open segment, if one is open."""
        return self._open_start

    @property
    def expected_span(self) -> SampleSpan | None:
        """The open segment as it will close if the silence continues; ``None`` during speech."""
        tail = _samples(self._config.tail_ms)
        if self._open_start is None or self._cursor - self._speech_end < tail:
            return None
        return SampleSpan(self._open_start, self._speech_end + tail)

    def open_pcm(self, span: SampleSpan | None = None) -> Pcm:
        """Return a copy of the open segment as received so far, or of a span of it; empty if none is open."""
        start = self.received if self._open_start is None else self._open_start
        return self._buffer.view(*(span or SampleSpan(start, self.received))).copy()

    def open_voice(self, span: SampleSpan | None = None) -> VoiceEvidence | None:
        """Return what the detectors found in the open segment so far, or in a span of it."""
        return self._evidence.evidence(span or SampleSpan(self._start, self._cursor))

    def reconfigure(self, config: SegmenterConfig, make_detector: Callable[[], Detector] | None = None) -> None:
        """Use another configuration, and another detector if given, from the next frame on."""
        self._config = config
        if make_detector is not None:
            self._make_detector = make_detector
            self._detector = None

    def feed(self, pcm: Pcm) -> list[SegmenterEvent]:
        """Process the next samples and return the resulting events.

        Raises:
            ValueError: the audio is not 1-D `int16`.
        """
        if pcm.ndim != 1 or pcm.dtype != np.int16:
            raise ValueError(f"pcm must be 1-D int16, not {pcm.ndim}-D {pcm.dtype}")
        events: list[SegmenterEvent] = []
        block = _samples(_BLOCK_MS)
        for at in range(0, pcm.size, block):
            # In blocks, so that the buffer stays small however much audio arrives at once.
            self._buffer.append(pcm[at : at + block])
            events += self._process_frames()
        return events

    def flush(self, reason: Literal["flush", "end"]) -> list[SegmenterEvent]:
        """Settle all audio received: close the open segment, or the incomplete onset of one.

        More audio may be fed afterwards. Speech that continues opens a new segment.
        """
        events: list[SegmenterEvent] = []
        if self._onset_has_voice and self._open_start is None:
            events.append(self._open())
        elif self._onset_has_voice:
            self._resume()
        # The last, incomplete frame is never classified. It counts like the frame before it.
        silent = self._speech_end < self._cursor
        self._cursor = max(self.received, self._cursor)
        if self._open_start is not None:
            end = min(self._speech_end + _samples(self._config.tail_ms), self.received) if silent else self.received
            events += self._stop(end, reason)
        self._restart(self._cursor)
        self._discard(self._cursor)
        return events

    def _process_frames(self) -> list[SegmenterEvent]:
        """Classify all complete frames, and return the resulting events."""
        events: list[SegmenterEvent] = []
        frame = _samples(self._config.frame_ms)
        while (count := (self.received - self._cursor) // frame) > 0:
            detector = self._detector = self._detector or self._prepared_detector()
            frames = self._buffer.view(self._cursor, self._cursor + count * frame).reshape(count, frame)
            for activity, probability in zip(detector(frames), voice_probabilities(detector, count), strict=True):
                span = SampleSpan(self._cursor, self._cursor + frame)
                self._evidence.append(span, activity, probability)
                events += self._process_frame(span, activity)
                if self._detector is not detector:
                    break  # The segmenter has restarted, and another detector continues from there.
        return events

    def _process_frame(self, frame: SampleSpan, activity: Activity) -> list[SegmenterEvent]:
        """Return the events that result from the next frame."""
        self._cursor = frame.end
        self._count(frame, activity)
        if self._open_start is None:
            return self._process_closed(frame, activity)
        return self._process_open(frame, activity)

    def _count(self, frame: SampleSpan, activity: Activity) -> None:
        """Count the samples of a frame, unless they were counted before a restart."""
        uncounted = frame.end - max(frame.begin, self._counted)
        if uncounted > 0:
            self._sound += uncounted * (activity >= Activity.SOUND)
            self._voice += uncounted * (activity is Activity.VOICE)
            self._counted = frame.end

    def _prepared_detector(self) -> Detector:
        """Return a new detector that has adapted to the background noise of the lead-in."""
        detector = self._make_detector()
        frame = _samples(self._config.frame_ms)
        lead_in = min(self._cursor - self._buffer.start, _samples(LEAD_IN_MS)) // frame * frame
        if lead_in:
            detector(self._buffer.view(self._cursor - lead_in, self._cursor).reshape(-1, frame))
        return detector

    def _discard(self, position: int) -> None:
        """Exclude the audio before a position from further segments. Some of it is kept as lead-in."""
        self._start = max(self._start, min(position, self.received))
        self._evidence.trim(self._start)
        self._buffer.trim(self._start - _samples(LEAD_IN_MS))

    @property
    def _onset_has_voice(self) -> bool:
        return bool(self._onset) and self._voice_end > self._onset[0].begin

    def _onset_complete(self, frame: SampleSpan, activity: Activity) -> bool:
        """Move the onset window to this frame and return whether it contains enough sound and ends with a voice."""
        if activity:
            self._onset.append(frame)
        if activity is Activity.VOICE:
            self._voice_end = frame.end
        onset = _samples(self._config.onset_ms)
        window = max(_ONSET_WINDOWS * onset, frame.end - frame.begin)  # always contains this frame
        while self._onset and self._onset[0].begin < frame.end - window:
            self._onset.popleft()
        return activity is Activity.VOICE and sum(span.length for span in self._onset) >= onset

    def _process_closed(self, frame: SampleSpan, activity: Activity) -> list[SegmenterEvent]:
        """Open a segment if this frame completes an onset."""
        if self._onset_complete(frame, activity):
            return [self._open(), *self._split_at_limit()]
        first = self._onset[0].begin if self._onset else frame.end
        self._discard(first - _samples(self._config.preroll_ms))
        if not self._onset_has_voice and self._start - self._settled >= _samples(_MAX_SILENCE_MS):
            self._restart(self._start)
        return []

    def _process_open(self, frame: SampleSpan, activity: Activity) -> list[SegmenterEvent]:
        """Close or split the open segment if this frame ends it or brings it to the limit."""
        speech = activity is Activity.VOICE
        # After the tail only a new onset counts as speech, so that stray frames of noise do not keep a segment open.
        pausing = frame.begin - self._speech_end > _samples(self._config.tail_ms)
        if self._onset_complete(frame, activity) or (speech and not pausing):
            return [*self._split_in(self._resume()), *self._split_at_limit()]
        if not speech and frame.end - self._speech_end >= _samples(self._config.silence_ms):
            return self._stop(min(self._speech_end + _samples(self._config.tail_ms), frame.end), "endpoint")
        return self._split_at_limit()

    def _open(self) -> SpeechStarted:
        """Open a segment that starts with the onset."""
        self._discard(self._onset[0].begin - _samples(self._config.preroll_ms))
        self._open_start = self._start
        self._speech_end = self._onset[-1].end
        self._onset.clear()
        return SpeechStarted(self._open_start)

    def _resume(self) -> SampleSpan:
        """Add the onset to the open segment and return the pause before it."""
        pause = SampleSpan(self._speech_end, max(self._speech_end, self._onset[0].begin))
        if pause.length:
            self._pauses.append(pause)
        self._speech_end = self._onset[-1].end
        self._onset.clear()
        return pause

    def _close(self, end: int, reason: CloseReason) -> SegmentClosed:
        """Close the open segment at ``end``, and keep the audio from there on."""
        pcm = self._buffer.view(self._start, end).copy()
        voice = self._evidence.evidence(SampleSpan(self._start, end))
        closed = SegmentClosed(self._start, end, pcm, reason, self._settled, voice)
        self._discard(end)
        self._settled = end
        self._open_start = None
        self._pauses = [pause for pause in self._pauses if pause.begin >= end]
        return closed

    def _stop(self, end: int, reason: CloseReason) -> list[SegmenterEvent]:
        """Close the open segment because speech has stopped."""
        events: list[SegmenterEvent] = [SpeechStopped(self._speech_end), self._close(end, reason)]
        self._restart(end)
        return events

    def _split_in(self, pause: SampleSpan) -> list[SegmenterEvent]:
        """Split the open segment in this pause if the pause is long enough."""
        split = (pause.begin + pause.end) // 2
        if self._open_start is None or split - self._open_start >= _samples(self._config.max_segment_ms):
            return []
        if pause.length < self._split_pause(split - self._open_start):
            return []
        closed = self._close(split, "limit")
        self._open_start = split
        return [closed]

    def _split_pause(self, length: int) -> float:
        """Return the shortest pause in which to split a segment of this length; it decreases with the length."""
        config = self._config
        share = config.max_segment_ms / MAX_SEGMENT_MS
        lengths = [share * _samples(length) for length in (config.split_from_ms, config.split_soon_ms)]
        pauses = _samples(config.silence_ms), _samples(min(config.split_pause_ms, config.silence_ms))
        return float(np.interp(length, lengths, pauses, left=math.inf))

    def _split_at_limit(self) -> list[SegmenterEvent]:
        """Split the open segment until another frame of any size fits."""
        events: list[SegmenterEvent] = []
        longest = _samples(self._config.max_segment_ms)
        while self._open_start is not None and self._cursor - self._open_start > longest - _samples(_MAX_FRAME_MS):
            limit = min(self._open_start + longest, self._cursor)
            search = min(_samples(self._config.split_search_ms), (limit - self._open_start) // 2)
            pause = SampleSpan(self._speech_end, self._onset[0].begin if self._onset else self._cursor)
            split = best_split(self._buffer, (*self._pauses, pause), SampleSpan(limit - search, limit))
            if self._speech_end <= split:
                # Only silence follows the split, so wait for an onset instead of opening another segment.
                events += self._stop(split, "limit")
            else:
                events.append(self._close(split, "limit"))
                self._open_start = split
        return events


def _samples(milliseconds: int) -> int:
    return milliseconds * SAMPLE_RATE_HZ // 1000
