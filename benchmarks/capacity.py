"""How many live streams one machine can serve, and how delays grow with the load."""

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Protocol, TypeVar

from benchmarks.latency import Latencies
from benchmarks.metrics import quantile
from benchmarks.options import QUICK_STREAMS, Options, titled
from benchmarks.plots import Line, chart
from benchmarks.processes import COOLDOWN_S, LOGS, UNLIMITED_ADMISSION, cores, split_cores, theresa_server
from benchmarks.recordings import Recording
from benchmarks.reports import Report, Table, Target, ms
from benchmarks.sessions import Run, run_sessions
from benchmarks.targets import bounds

ABOUT = (
    "Parallel real-time streams of dialogues; each one starts 0.73 s after the previous one. A number of streams is "
    "sustained when no session is refused or disconnected, the p95 delay of finals after the endpoint silence is at "
    "most 300 ms, and the p95 age of partials is at most 1.5 s. The search doubles the number until it is not "
    "sustained, and then bisects. *CPU*: server CPU seconds per second of audio. *Late*: the maximum delay of the "
    "clients in sending audio."
)
MAX_FINAL_S, MAX_AGE_S = 0.3, 1.5
STREAM_S = 30.0
"""The audio of each stream."""
MAX_STREAMS = 96
COLUMNS = ("streams", "final p95 ms", "age p95 ms", "refused or cut", "CPU", "late ms", "sustained")


@dataclass(frozen=True)
class LoadPoint:
    """The service quality at a number of parallel streams."""

    streams: int
    final_s: float | None
    """p95 delay of finals after the endpoint silence."""
    age_s: float | None
    """p95 age of partials."""
    failed: int
    """Sessions that were refused or disconnected."""
    cpu_share: float
    """Server CPU seconds per second of audio."""
    late_s: float
    """Maximum delay of the clients in sending audio."""

    @classmethod
    def of(cls, run: Run, recordings: Sequence[Recording]) -> "LoadPoint":
        """Return the service quality of a run."""
        latencies = Latencies.of(run, recordings)
        return cls(
            len(run.logs),
            quantile(latencies.finals, 0.95),
            quantile(latencies.ages, 0.95),
            len(run.failures),
            run.cpu_s / run.audio_s,
            max(log.late_s for log in run.logs),
        )

    @property
    def sustained(self) -> bool:
        """Whether all streams are served in time."""
        if self.final_s is None or self.age_s is None or self.failed:
            return False
        return self.final_s <= MAX_FINAL_S and self.age_s <= MAX_AGE_S


class Measurement(Protocol):
    """The outcome at a number of parallel streams."""

    @property
    def streams(self) -> int:
        """The number of streams."""
        ...

    @property
    def sustained(self) -> bool:
        """Whether all streams are served in time."""
        ...


M = TypeVar("M", bound=Measurement)


def find_capacity(measure_at: Callable[[int], M], max_streams: int, first: int = 1, resolution: float = 0.1) -> list[M]:
    """Search for the largest sustained number of streams.

    The search doubles the number from ``first`` on, then bisects until the gap is at most ``resolution`` of the number.

    Returns:
        All measurements, ordered by number of streams.
    """
    points = [measure_at(min(first, max_streams))]
    while points[-1].sustained and points[-1].streams < max_streams:
        points.append(measure_at(min(max_streams, 2 * points[-1].streams)))
    if not points[-1].sustained and len(points) > 1:
        low, high = points[-2].streams, points[-1].streams
        while high - low > max(1, low * resolution):
            points.append(measure_at((low + high) // 2))
            low, high = (points[-1].streams, high) if points[-1].sustained else (low, points[-1].streams)
    return sorted(points, key=lambda point: point.streams)


def with_cooldown(measure_at: Callable[[int], M]) -> Callable[[int], M]:
    """Wrap a measurement to wait after an overload: the server refuses sessions until its load statistics expire."""
    sustained = [True]

    def measure(streams: int) -> M:
        if not sustained[-1]:
            time.sleep(COOLDOWN_S)
        point = measure_at(streams)
        sustained.append(point.sustained)
        return point

    return measure


def stream_limit(options: Options, usual: int) -> int:
    """Return the upper limit of the search."""
    return options.max_streams or (QUICK_STREAMS if options.quick else usual)


def measure(options: Options) -> Report:
    """Find the capacity of each model."""
    report = Report("capacity", "Capacity", ABOUT)
    lines = []
    for model in options.models:
        points = _measure_model(options, model)
        capacity = max((p.streams for p in points if p.sustained), default=0)
        title = titled(model)
        report.tables.append(Table(f"Model {title}: {capacity} streams", COLUMNS, [_row(p) for p in points]))
        expected = _expected_speakers(options.model_path(model))
        report.notes.append(f"By its own estimate, the server can serve {expected} with {title}.")
        if limits := bounds(model):
            name = f"streams at the capacity criterion, {len(cores())} cores, {title}"
            report.targets.append(Target(name, f"≥ {limits.streams}", str(capacity), capacity >= limits.streams))
        report.data[title] = {"capacity": capacity, "points": [asdict(p) for p in points]}
        lines.append(Line(f"{title}, final", [(p.streams, p.final_s * 1000) for p in points if p.final_s is not None]))
        lines.append(Line(f"{title}, age", [(p.streams, p.age_s * 1000) for p in points if p.age_s is not None]))
    report.drawings["capacity.svg"] = chart(
        "Delay by number of streams", "parallel streams", "p95, ms", lines, limit=MAX_FINAL_S * 1000
    )
    return report


def _expected_speakers(model: str) -> str:
    """Return how many speakers the server can serve, as it logs at startup."""
    server_cores, _ = split_cores()
    with theresa_server("--model", model, pinned=server_cores):
        match = re.search(r"about \d+ speakers?", (LOGS / "theresa.log").read_text(encoding="utf-8"))
    return match[0] if match else "any number of speakers"


def _measure_model(options: Options, model: str) -> list[LoadPoint]:
    server_cores, client_cores = split_cores()
    recordings = options.recordings(model, "dialogue", seconds=STREAM_S)
    with theresa_server("--model", options.model_path(model), *UNLIMITED_ADMISSION, pinned=server_cores) as server:

        def measure_at(streams: int) -> LoadPoint:
            label = f"{titled(model)}, {streams} streams"
            run = run_sessions(server, recordings, streams, label, pinned=client_cores)
            return LoadPoint.of(run, recordings)

        return find_capacity(with_cooldown(measure_at), stream_limit(options, MAX_STREAMS))


def _row(point: LoadPoint) -> list[str]:
    sustained = "yes" if point.sustained else "no"
    cells = [str(point.streams), ms(point.final_s), ms(point.age_s), str(point.failed)]
    return [*cells, f"{point.cpu_share:.3f}", ms(point.late_s), sustained]
