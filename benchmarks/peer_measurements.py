"""Measure one server of the comparison: the quality of one stream, and the capacity."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from benchmarks import metrics, scoring
from benchmarks.capacity import MAX_STREAMS, find_capacity, stream_limit
from benchmarks.metrics import LastWord, Snapshot, quantile
from benchmarks.options import Options
from benchmarks.processes import ProcessError, ServerDied, ServerProcess, split_cores
from benchmarks.recordings import Recording
from benchmarks.scoring import Errors
from benchmarks.session_logs import SessionLog
from benchmarks.sessions import run_sessions

MAX_LAST_WORD_S = 1.5
CHUNK_MS = 100
"""The frame length for all servers, close to that of their own clients."""


@dataclass(frozen=True)
class StreamQuality:
    """The service quality at a number of parallel streams."""

    streams: int
    words: Sequence[LastWord]
    failures: Sequence[str]
    errors: Errors
    flicker: float
    cpu_share: float
    """Server CPU seconds per second of audio."""

    @property
    def any_delays_s(self) -> list[float]:
        """Delays of the last words in any text."""
        return [word.any_s for word in self.words if word.any_s is not None]

    @property
    def settled_delays_s(self) -> list[float]:
        """Delays of the last words in settled text."""
        return [word.settled_s for word in self.words if word.settled_s is not None]

    @property
    def sustained(self) -> bool:
        """Whether all streams are served in time, with at most half of the last words missing."""
        p95_s = quantile(self.any_delays_s, 0.95)
        if self.failures or p95_s is None:
            return False
        return p95_s <= MAX_LAST_WORD_S and 2 * len(self.any_delays_s) >= len(self.words)


@dataclass
class MeasuredServer:
    """A server, its protocol, and its results."""

    name: str
    protocol: str
    snapshots: Callable[[SessionLog], list[Snapshot]]
    first: int
    """Where the search for the capacity starts."""
    results: list[StreamQuality] = field(default_factory=list)
    """The quality of one stream, followed by those of the search for the capacity."""
    failure: str = ""
    """Why there are no results, or why the search for the capacity has none."""

    @property
    def capacity(self) -> int | None:
        """The largest sustained number of streams; ``None`` if the search failed."""
        if self.failure:
            return None
        return max((result.streams for result in self.results if result.sustained), default=0)

    def measure(self, process: ServerProcess, recordings: Sequence[Recording], options: Options) -> None:
        """Measure one stream per recording, then search for the capacity.

        If the server dies during the search, ``failure`` says so, and the quality of one stream remains.

        Raises:
            ProcessError: the first session failed.
            ServerDied: the server died before the search.
        """
        label = f"{self.name}, warming up"
        warm_up = run_sessions(process, recordings, 1, label, protocol=self.protocol, max_seconds=4)
        if warm_up.failures:
            raise ProcessError(f"The first session failed: {warm_up.failures[0]}")
        single = [self._measure_streams(process, [recording], 1) for recording in recordings]
        self.results.append(_average(single))
        if not self.results[0].sustained:
            return
        try:
            self.results += find_capacity(
                lambda count: self._measure_streams(process, recordings, count),
                stream_limit(options, MAX_STREAMS),
                first=self.first,
                resolution=0.25,
            )
        except ServerDied as error:
            self.failure = str(error)

    def _measure_streams(self, process: ServerProcess, recordings: Sequence[Recording], count: int) -> StreamQuality:
        _, client_cores = split_cores()
        run = run_sessions(
            process,
            recordings,
            count,
            f"{self.name}, {count} stream{'s' if count > 1 else ''}",
            protocol=self.protocol,
            chunk_ms=CHUNK_MS,
            pinned=client_cores,
        )
        by_name = {recording.name: recording for recording in recordings}
        words: list[LastWord] = []
        errors, changed, displayed = Errors(), 0, 0
        for log in run.logs:
            recording, snapshots = by_name[log.recording], self.snapshots(log)
            sentences = [(s.text, s.end_s) for s in recording.sentences if s.end_s is not None]
            words += metrics.last_words(snapshots, sentences, recording.language)
            last = snapshots[-1].text if snapshots else ""
            errors += scoring.errors(" ".join(text for text, _ in sentences), last, recording.language)
            changed += metrics.changed_characters(snapshot.text for snapshot in snapshots)
            displayed += len(last)
        return StreamQuality(count, words, run.failures, errors, changed / max(1, displayed), run.cpu_s / run.audio_s)


def _average(single: Sequence[StreamQuality]) -> StreamQuality:
    """Combine the results of one stream on several recordings."""
    count = len(single)
    return StreamQuality(
        1,
        [word for result in single for word in result.words],
        [failure for result in single for failure in result.failures],
        sum((result.errors for result in single), Errors()),
        sum(result.flicker for result in single) / count,
        sum(result.cpu_share for result in single) / count,
    )
