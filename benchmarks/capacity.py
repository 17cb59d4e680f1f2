"""How many people one machine can listen to at once, and what happens to the delays on the way there."""

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Protocol, TypeVar

from benchmarks import latency
from benchmarks.metrics import quantile
from benchmarks.options import Options
from benchmarks.plots import Line, chart
from benchmarks.processes import LOGS, OPEN_TO_ALL, cores, split_cores, theresa
from benchmarks.recordings import Recording
from benchmarks.reports import Report, Table, Target, ms
from benchmarks.running import Run, speak

ABOUT = (
    "So many speakers at once, each a dialogue at the pace of speech, one beginning 0.73 s after the other. A "
    "number is held when nobody is refused or cut off, p95 of the final behind the complete endpoint silence is at "
    "most 300 ms, and p95 of the age of partials is at most 1.5 s. The search doubles until a number is not held, "
    "and halves the gap from there. *CPU* is that of the server for each second of audio; *late* is how late the "
    "speakers themselves were at worst."
)
FINAL_S, AGE_S = 0.3, 1.5
SPOKEN_S = 30.0
"""How much each speaker says."""
MOST_STREAMS = 96
REST_S = 12.0
COLUMNS = ("streams", "final p95 ms", "age p95 ms", "refused or cut", "CPU", "late ms", "held")


@dataclass(frozen=True)
class Point:
    """What so many streams got."""

    streams: int
    final_s: float | None
    age_s: float | None
    failed: int
    cpu_share: float
    late_s: float

    @property
    def held(self) -> bool:
        """Whether all of them were served well enough."""
        if self.final_s is None or self.age_s is None or self.failed:
            return False
        return self.final_s <= FINAL_S and self.age_s <= AGE_S


class Measured(Protocol):
    """What so many streams got, and whether that was good enough."""

    @property
    def streams(self) -> int:
        """How many."""
        ...

    @property
    def held(self) -> bool:
        """Whether all of them were served well enough."""
        ...


P = TypeVar("P", bound=Measured)


def search(measure_at: Callable[[int], P], most: int, first: int = 1, grain: float = 0.1) -> list[P]:
    """All points that were measured on the way to the largest number that is held, in their order.

    Doubles from ``first``, then halves the gap until it is no wider than ``grain`` of the number.
    """
    points = [measure_at(min(first, most))]
    while points[-1].held and points[-1].streams < most:
        points.append(measure_at(min(most, 2 * points[-1].streams)))
    if not points[-1].held and len(points) > 1:
        low, high = points[-2].streams, points[-1].streams
        while high - low > max(1, low * grain):
            points.append(measure_at((low + high) // 2))
            low, high = (points[-1].streams, high) if points[-1].held else (low, points[-1].streams)
    return sorted(points, key=lambda point: point.streams)


def rested(measure_at: Callable[[int], P]) -> Callable[[int], P]:
    """The same, but behind a number that was too much the server may forget that first: it refuses while it is late."""
    held = [True]

    def measure_rested(streams: int) -> P:
        if not held[-1]:
            time.sleep(REST_S)
        found = measure_at(streams)
        held.append(found.held)
        return found

    return measure_rested


def point(run: Run, recordings: Sequence[Recording]) -> Point:
    """Read one out of a run."""
    found = latency.waits(run, recordings)
    return Point(
        len(run.logs),
        quantile(found.finals, 0.95),
        quantile(found.ages, 0.95),
        len(run.failed),
        run.cpu_s / run.audio_s,
        max(log.late_s for log in run.logs),
    )


def measure(options: Options) -> Report:
    """The search, for each model."""
    report = Report("capacity", "Capacity", ABOUT)
    lines = []
    for model in options.models:
        points = _searched(options, model)
        held = max((p.streams for p in points if p.held), default=0)
        report.tables.append(Table(f"Model {model}: {held} streams", COLUMNS, [_row(p) for p in points]))
        expected = _expected(options.model(model))
        report.notes.append(f"Left to itself, the server expects to carry {expected} speakers with {model}.")
        aim = f"streams at the capacity criterion, {len(cores())} cores, {model}"
        report.targets.append(Target(aim, "≥ 20", str(held), held >= 20))
        report.data[model] = {"held": held, "points": [asdict(p) for p in points]}
        lines.append(Line(f"{model}, final", [(p.streams, p.final_s * 1000) for p in points if p.final_s is not None]))
        lines.append(Line(f"{model}, age", [(p.streams, p.age_s * 1000) for p in points if p.age_s is not None]))
    drawing = chart("Delay by streams", "streams at once", "p95, ms", lines, limit=FINAL_S * 1000)
    report.drawings["capacity.svg"] = drawing
    return report


def _expected(model: str) -> str:
    """What the server says of itself when it is ready; it refuses those who are more than that."""
    serving, _ = split_cores()
    with theresa("--model", model, pinned=serving):
        said = re.search(r"about (\d+) speakers at once", (LOGS / "theresa.log").read_text(encoding="utf-8"))
    return f"about {said[1]}" if said else "any number of"


def _searched(options: Options, model: str) -> list[Point]:
    """All points of one model."""
    serving, speaking = split_cores()
    recordings, longest_s = options.recordings("dialogue"), options.longest_s or SPOKEN_S
    with theresa("--model", options.model(model), *OPEN_TO_ALL, pinned=serving) as server:

        def measure_at(streams: int) -> Point:
            about = f"{model}, {streams} streams"
            return point(speak(server, recordings, streams, about, longest_s=longest_s, pinned=speaking), recordings)

        return search(rested(measure_at), options.most_streams or MOST_STREAMS)


def _row(found: Point) -> list[str]:
    held = "yes" if found.held else "no"
    cells = [str(found.streams), ms(found.final_s), ms(found.age_s), str(found.failed)]
    return [*cells, f"{found.cpu_share:.3f}", ms(found.late_s), held]
