"""Endpointing: where speech begins, where it ends, and which samples make a segment.

A frame counts as speech when the voice-activity detector says so. Enough such frames within a short window, an onset,
open a segment, which takes some audio from before them along (pre-roll). Silence of a certain length closes it, and
some of that silence stays in it (tail); stray frames that make no onset do not break the silence. A segment that
grows long is split in a good pause, a longer one in a less good one, and one that reaches the limit in its best recent
pause.

Behind every segment that ends in silence, and now and then in a long silence, the segmenter begins anew, with a
detector that has heard no more than a lead-in. So another one that begins there, with the same lead-in, comes to the
same segments: a session can go on elsewhere as if nothing had happened.

All positions are sample indices at 16 kHz since the start of the session. The events depend on the samples and on the
places of `flush` and `reconfigure` alone, never on how the samples were cut into chunks.
"""

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from theresa_protocol.limits import LEAD_IN_MS
from theresa_server.audio.pcm import SAMPLE_RATE_HZ, Pcm, Tape
from theresa_server.audio.splits import SampleSpan, best_split

IsSpeech = Callable[[bytes], bool]
"""Tells whether one frame of audio is speech. It may keep a state: it is shown whole frames in order, without gaps."""


CloseReason = Literal["endpoint", "flush", "end", "limit"]

_MAX_SEGMENT_MS = 30_000
_MAX_FRAME_MS = 30
_MAX_SILENCE_MS = 5_000  # after so much of it, a fresh start
_ONSET_WINDOWS = 2  # an onset may be spread over a window of this many times its own length


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmenterConfig:
    """How speech is cut into segments. The defaults were measured: see `docs/segmentation.md`.

    Attributes:
        aggressiveness: how readily the detector takes a frame for noise, from 0 (rarely) to 3 (often).
        frame_ms: what the detector judges at a time: 10, 20 or 30.
        onset_ms: speech within a window of twice this length that opens a segment.
        preroll_ms: audio from before the onset that the segment takes along.
        silence_ms: silence that closes a segment.
        tail_ms: how much of that silence stays in the segment.
        max_segment_ms: the longest a segment may become, at most 30 s (Whisper's window).
        split_from_ms: from this length on a segment is split in pauses that are shorter than `silence_ms`: the longer
            it is, the shorter they may be. Like the next, for a limit of 30 s; of a lower limit it is the same share.
        split_soon_ms: from this length on, a pause of `split_pause_ms` is good enough to split at once. To look for a
            better one would mean to take back what was shown of the speech behind it, and to show it anew in the next
            segment.
        split_pause_ms: see there.
        split_search_ms: how far back from the limit the best pause is sought where none was good enough; at most half
            of the limit counts.

    Raises:
        ValueError: a figure is out of its range.
    """

    aggressiveness: int = 2
    frame_ms: int = 20
    onset_ms: int = 100
    preroll_ms: int = 400
    silence_ms: int = 500
    tail_ms: int = 300
    max_segment_ms: int = _MAX_SEGMENT_MS
    split_from_ms: int = 10_000
    split_soon_ms: int = 15_000
    split_pause_ms: int = 100
    split_search_ms: int = 5_000

    def __post_init__(self) -> None:
        if self.aggressiveness not in (0, 1, 2, 3):
            raise ValueError(f"aggressiveness must be 0, 1, 2 or 3, not {self.aggressiveness}")
        if self.frame_ms not in (10, 20, 30):
            raise ValueError(f"frame_ms must be 10, 20 or 30, not {self.frame_ms}")
        for name, low, high in (
            ("onset_ms", 10, 1_000),
            ("preroll_ms", 0, 1_000),
            ("silence_ms", 100, 5_000),
            ("tail_ms", 0, 5_000),
            ("max_segment_ms", 1_000, _MAX_SEGMENT_MS),
            ("split_from_ms", 0, _MAX_SEGMENT_MS),
            ("split_soon_ms", 0, _MAX_SEGMENT_MS),
            ("split_pause_ms", 20, 5_000),
            ("split_search_ms", 0, _MAX_SEGMENT_MS),
        ):
            if not low <= getattr(self, name) <= high:
                raise ValueError(f"{name} must be from {low} to {high}, not {getattr(self, name)}")
        if self.split_from_ms > self.split_soon_ms:
            raise ValueError(f"split_from_ms must be at most split_soon_ms ({self.split_soon_ms})")


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """Somebody began to speak; `at` is the first sample of the segment, pre-roll included."""

    at: int


@dataclass(frozen=True, slots=True)
class SpeechStopped:
    """Speech ended; `at` is the sample behind the last frame of speech."""

    at: int


@dataclass(frozen=True, slots=True)
class SegmentClosed:
    """A segment is complete; `pcm` is a copy of its samples, [start, end). `settled` is what was so before it."""

    start: int
    end: int
    pcm: Pcm = field(compare=False, repr=False)
    reason: CloseReason
    settled: int


SegmenterEvent = SpeechStarted | SpeechStopped | SegmentClosed


class Segmenter:
    """Cuts a stream of audio into segments of speech.

    Segments are in order, disjoint and never longer than the limit; what lies between them is silence. `SpeechStarted`
    and `SpeechStopped` alternate, and each pair encloses one segment, or several when the limit split it: then the next
    begins where the last one ended. Keeps the open segment, or else the pre-roll, and the lead-in before it.

    Args:
        config: how to segment.
        make_detector: makes voice-activity detectors that have heard nothing yet; see `theresa_server.audio.vad`.
        begin: position of the first sample.
        settled: where to begin to judge: the audio before is lead-in. `begin` when left out.
    """

    def __init__(
        self, config: SegmenterConfig, make_detector: Callable[[], IsSpeech], begin: int = 0, settled: int | None = None
    ) -> None:
        self._config = config
        self._make_detector = make_detector
        self._tape = Tape(begin)
        self._open_start: int | None = None
        self._begin_at(begin if settled is None else settled)

    def _begin_at(self, position: int) -> None:
        """Begin anew: what follows depends on nothing but the audio from here on, and on the lead-in before it."""
        self._settled = position
        self._start = position  # of the open segment, or of what its pre-roll may reach back to
        self._cursor = position  # everything before it has been judged
        self._speech_end = position  # behind the last frame of speech
        self._is_speech: IsSpeech | None = None  # made when the next frame is judged
        self._onset: deque[SampleSpan] = deque()  # frames of speech within the onset window that do not count yet
        self._pauses: list[SampleSpan] = []  # within the open segment, each followed by speech

    @property
    def received(self) -> int:
        """Position behind the last sample fed."""
        return self._tape.end

    @property
    def settled(self) -> int:
        """Every sample before this position lies in a closed segment or in a gap, for good; it never goes back.

        A segmenter that begins here comes to the same segments, but behind a split of speech that was too long.
        """
        return self._settled

    @property
    def open_start(self) -> int | None:
        """First sample of the open segment, if one is open."""
        return self._open_start

    @property
    def foreseen(self) -> SampleSpan | None:
        """The open segment as it will close if the silence goes on; none while somebody speaks."""
        tail = _samples(self._config.tail_ms)
        if self._open_start is None or self._cursor - self._speech_end < tail:
            return None
        return SampleSpan(self._open_start, self._speech_end + tail)

    def open_pcm(self, span: SampleSpan | None = None) -> Pcm:
        """Copy of the open segment as far as it has been received, or of a part of it; empty when none is open."""
        start = self.received if self._open_start is None else self._open_start
        return self._tape.view(*(span or SampleSpan(start, self.received))).copy()

    def reconfigure(self, config: SegmenterConfig, make_detector: Callable[[], IsSpeech] | None = None) -> None:
        """Go on with other figures, and another detector where one is given, from the next frame."""
        self._config = config
        if make_detector is not None:
            self._make_detector = make_detector
            self._is_speech = None

    def feed(self, pcm: Pcm) -> list[SegmenterEvent]:
        """Take the next samples and return what they led to.

        Raises:
            ValueError: the audio is not 1-D `int16`.
        """
        if pcm.ndim != 1 or pcm.dtype != np.int16:
            raise ValueError(f"pcm must be 1-D int16, not {pcm.ndim}-D {pcm.dtype}")
        events: list[SegmenterEvent] = []
        frame = _samples(self._config.frame_ms)
        taken = 0
        while taken < pcm.size:
            # Frame by frame, so that the tape stays small however much comes at once. A frame that is more than
            # complete was begun under a configuration with longer ones.
            missing = max(self._cursor + frame - self.received, 0)
            self._tape.append(pcm[taken : taken + missing])
            taken += missing
            while self.received - self._cursor >= frame:
                events += self._judge(self._cursor + frame)
        return events

    def flush(self, reason: Literal["flush", "end"]) -> list[SegmenterEvent]:
        """Settle everything received: close the open segment, or what may have been the first moment of one.

        Feeding may go on; speech that continues opens a new segment.
        """
        events: list[SegmenterEvent] = []
        if self._onset and self._open_start is None:
            events.append(self._open())
        elif self._onset:
            self._resume()
        # The last, incomplete frame is never judged. It goes with what came before it.
        silent = self._speech_end < self._cursor
        self._cursor = max(self.received, self._cursor)
        if self._open_start is not None:
            end = min(self._speech_end + _samples(self._config.tail_ms), self.received) if silent else self.received
            events += self._stop(end, reason)
        self._begin_at(self._cursor)
        self._forget(self._cursor)
        return events

    def _judge(self, end: int) -> list[SegmenterEvent]:
        """Ask the detector about the frame from the cursor to `end`, and draw the conclusions."""
        frame = SampleSpan(self._cursor, end)
        if self._is_speech is None:
            self._is_speech = self._prepared_detector()
        speech = self._is_speech(self._tape.view(*frame).tobytes())
        self._cursor = end
        if self._open_start is None:
            return self._wait(frame, speech)
        return self._continue(frame, speech)

    def _prepared_detector(self) -> IsSpeech:
        """A detector that has heard the lead-in: it knows the noise."""
        detector = self._make_detector()
        frame = _samples(self._config.frame_ms)
        begin = max(self._tape.start, self._cursor - _samples(LEAD_IN_MS))
        for at in range(begin + (self._cursor - begin) % frame, self._cursor, frame):
            detector(self._tape.view(at, at + frame).tobytes())
        return detector

    def _forget(self, position: int) -> None:
        """Nothing before a position will be in a segment; as lead-in it may still be wanted."""
        self._start = max(self._start, min(position, self.received))
        self._tape.trim(self._start - _samples(LEAD_IN_MS))

    def _onset_complete(self, frame: SampleSpan, speech: bool) -> bool:
        """Slide the onset window on to this frame and tell whether there is enough speech in it."""
        if speech:
            self._onset.append(frame)
        onset = _samples(self._config.onset_ms)
        window = max(_ONSET_WINDOWS * onset, frame.end - frame.begin)  # this very frame is always within it
        while self._onset and self._onset[0].begin < frame.end - window:
            self._onset.popleft()
        return sum(span.length for span in self._onset) >= onset

    def _wait(self, frame: SampleSpan, speech: bool) -> list[SegmenterEvent]:
        """Open a segment where this frame completes an onset; none is open so far."""
        if self._onset_complete(frame, speech):
            return [self._open(), *self._split_at_limit()]
        first = self._onset[0].begin if self._onset else frame.end
        self._forget(first - _samples(self._config.preroll_ms))
        if not self._onset and self._start - self._settled >= _samples(_MAX_SILENCE_MS):
            self._begin_at(self._start)
        return []

    def _continue(self, frame: SampleSpan, speech: bool) -> list[SegmenterEvent]:
        """Close or split the open segment where this frame ends it or brings it to the limit."""
        # Beyond the tail, speech has to begin anew: a stray frame of noise must not keep a segment open.
        pausing = frame.begin - self._speech_end > _samples(self._config.tail_ms)
        if self._onset_complete(frame, speech) or (speech and not pausing):
            return [*self._split_in(self._resume()), *self._split_at_limit()]
        if not speech and frame.end - self._speech_end >= _samples(self._config.silence_ms):
            return self._stop(min(self._speech_end + _samples(self._config.tail_ms), frame.end), "endpoint")
        return self._split_at_limit()

    def _open(self) -> SpeechStarted:
        """Open a segment with the speech of the onset."""
        self._forget(self._onset[0].begin - _samples(self._config.preroll_ms))
        self._open_start = self._start
        self._speech_end = self._onset[-1].end
        self._onset.clear()
        return SpeechStarted(self._open_start)

    def _resume(self) -> SampleSpan:
        """Count the speech of the onset to the open segment; returns the pause before it."""
        pause = SampleSpan(self._speech_end, max(self._speech_end, self._onset[0].begin))
        if pause.length:
            self._pauses.append(pause)
        self._speech_end = self._onset[-1].end
        self._onset.clear()
        return pause

    def _close(self, end: int, reason: CloseReason) -> SegmentClosed:
        """Close the open segment at `end`; the audio from there on is kept."""
        pcm = self._tape.view(self._start, end).copy()
        closed = SegmentClosed(self._start, end, pcm, reason, self._settled)
        self._forget(end)
        self._settled = end
        self._open_start = None
        self._pauses = [pause for pause in self._pauses if pause.begin >= end]
        return closed

    def _stop(self, end: int, reason: CloseReason) -> list[SegmenterEvent]:
        """Close the open segment because nobody speaks any more."""
        events: list[SegmenterEvent] = [SpeechStopped(self._speech_end), self._close(end, reason)]
        self._begin_at(end)
        return events

    def _split_in(self, pause: SampleSpan) -> list[SegmenterEvent]:
        """Split the open segment in a pause that is good enough for its length."""
        split = (pause.begin + pause.end) // 2
        if self._open_start is None or split - self._open_start >= _samples(self._config.max_segment_ms):
            return []
        if pause.length < self._good_pause(split - self._open_start):
            return []
        closed = self._close(split, "limit")
        self._open_start = split
        return [closed]

    def _good_pause(self, length: int) -> float:
        """How long a pause must be for a segment of some length to be split there: the shorter, the longer that is."""
        config = self._config
        share = config.max_segment_ms / _MAX_SEGMENT_MS
        lengths = [share * _samples(length) for length in (config.split_from_ms, config.split_soon_ms)]
        pauses = _samples(config.silence_ms), _samples(min(config.split_pause_ms, config.silence_ms))
        return float(np.interp(length, lengths, pauses, left=math.inf))

    def _split_at_limit(self) -> list[SegmenterEvent]:
        """Split the open segment until another frame of any size fits into it."""
        events: list[SegmenterEvent] = []
        longest = _samples(self._config.max_segment_ms)
        while self._open_start is not None and self._cursor - self._open_start > longest - _samples(_MAX_FRAME_MS):
            limit = min(self._open_start + longest, self._cursor)
            search = min(_samples(self._config.split_search_ms), (limit - self._open_start) // 2)
            pause = SampleSpan(self._speech_end, self._onset[0].begin if self._onset else self._cursor)
            split = best_split(self._tape, (*self._pauses, pause), SampleSpan(limit - search, limit))
            if self._speech_end <= split:
                # Nobody has spoken since: what follows would be silence alone, so wait for an onset instead.
                events += self._stop(split, "limit")
            else:
                events.append(self._close(split, "limit"))
                self._open_start = split
        return events


def _samples(milliseconds: int) -> int:
    return milliseconds * SAMPLE_RATE_HZ // 1000
