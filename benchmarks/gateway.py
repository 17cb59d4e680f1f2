"""What a session costs without a model: how many one core carries, and how much memory each takes."""

from collections.abc import Sequence
from itertools import takewhile

from benchmarks.capacity import Point, point, rested, search
from benchmarks.options import Options
from benchmarks.processes import OPEN_TO_ALL, cores, theresa
from benchmarks.recordings import Recording
from benchmarks.reports import Report, Table, Target, ms
from benchmarks.running import speak

ABOUT = (
    "The server with a recogniser that answers at once, on one core; the speakers on another one, where there is "
    "one. Each stream is a dialogue at the pace of speech, with partials and finals. A number is held when nobody "
    "is cut off, p95 of the final behind the complete endpoint silence is at most 300 ms, and p95 of the age of "
    "partials is at most 1.5 s. *CPU* is in milliseconds for each second of one stream. *Memory* is what the "
    "server's resident memory had grown by at most, for each stream; the target's is that before the first number that "
    "was too much, which leaves more behind."
)
SPOKEN_S = 15.0
FIRST, MOST_STREAMS = 128, 1024


def measure(options: Options) -> Report:
    """The search with frames of 100 ms, and of 20 ms, which are five times as many."""
    serving, speaking = cores()[:1], cores()[-1:]
    report = Report("gateway", "Gateway", ABOUT)
    recordings = options.recordings("dialogue-english")
    for chunk_ms in (100, 20):
        held, rows, memory = _searched(options, recordings, chunk_ms, serving, speaking)
        columns = ("streams", "final p95 ms", "age p95 ms", "cut off", "CPU ms", "memory kB", "held")
        report.tables.append(Table(f"Frames of {chunk_ms} ms: {held} streams on one core", columns, rows))
        report.data[f"{chunk_ms} ms"] = {"held": held, "bytes": memory}
        report.targets.append(
            Target(
                f"gateway, null engine, frames of {chunk_ms} ms, streams on one core",
                "≥ 300, ≤ 1 MB each",
                f"{held}, {memory / 1e6:.2f} MB each",
                held >= 300 and memory <= 1e6,
            )
        )
    return report


def _searched(
    options: Options, recordings: Sequence[Recording], chunk_ms: int, serving: Sequence[int], speaking: Sequence[int]
) -> tuple[int, list[list[str]], float]:
    """The largest number that is held, a row for each that was tried, and the memory of a stream (bytes)."""
    memories: dict[int, float] = {}
    tried: list[Point] = []
    with theresa(*OPEN_TO_ALL, pinned=serving, module="benchmarks.null_server") as server:
        speak(server, recordings, 2, "warming up", dialect="crowd", longest_s=3, pinned=speaking)
        before = server.memory_bytes()

        def measure_at(streams: int) -> Point:
            about = f"{streams} streams, frames of {chunk_ms} ms"
            longest_s = options.longest_s or SPOKEN_S
            run = speak(
                server, recordings, streams, about, dialect="crowd", chunk_ms=chunk_ms, longest_s=longest_s,
                pinned=speaking, stagger_s=0,
            )  # fmt: skip
            memories[streams] = (run.memory_bytes - before) / streams
            tried.append(point(run, recordings))
            return tried[-1]

        points = search(rested(measure_at), options.most_streams or MOST_STREAMS, first=FIRST, grain=0.25)
    held = max((p.streams for p in points if p.held), default=0)
    rows = [
        [str(p.streams), ms(p.final_s), ms(p.age_s), str(p.failed), f"{p.cpu_share * 1000:.1f}",
         f"{memories[p.streams] / 1000:.0f}", "yes" if p.held else "no"]
        for p in points
    ]  # fmt: skip
    # Behind a number that was too much, memory is what that had needed.
    calm = list(takewhile(lambda p: p.held, tried)) or tried[:1]
    return held, rows, memories[calm[-1].streams]
