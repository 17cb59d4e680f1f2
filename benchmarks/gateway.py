"""The cost of a session without a model: streams per core, and memory per stream."""

from collections.abc import Sequence
from itertools import takewhile

from benchmarks.capacity import LoadPoint, find_capacity, stream_limit, with_cooldown
from benchmarks.options import Options
from benchmarks.processes import UNLIMITED_ADMISSION, cores, theresa_server
from benchmarks.recordings import Recording
from benchmarks.reports import Report, Table, Target, ms
from benchmarks.sessions import run_sessions

ABOUT = (
    "The server on one core with a null transcriber, which returns immediately; the clients run on another core if "
    "there is one. Every stream is a real-time dialogue with partials and finals. A number of streams is sustained "
    "when no session is disconnected, the p95 delay of finals after the endpoint silence is at most 300 ms, and the "
    "p95 age of partials is at most 1.5 s. *CPU*: milliseconds per second of a stream. *Memory*: peak growth of the "
    "server's resident memory per stream. The target uses the value before the first overload, since memory does not "
    "shrink afterwards."
)
STREAM_S = 15.0
"""The audio of each stream."""
TARGET_CHUNK_MS = 100
FIRST, MAX_STREAMS = 128, 1024
COLUMNS = ("streams", "final p95 ms", "age p95 ms", "cut off", "CPU ms", "memory kB", "sustained")


def measure(options: Options) -> Report:
    """Find the capacity with frames of 100 ms and of 20 ms."""
    server_cores, client_cores = cores()[:1], cores()[-1:]
    report = Report("gateway", "Gateway", ABOUT)
    recordings = options.recordings("null", "dialogue-english", seconds=STREAM_S)
    for chunk_ms in (100, 20):
        capacity, rows, memory = _measure_chunks(options, recordings, chunk_ms, server_cores, client_cores)
        report.tables.append(Table(f"Frames of {chunk_ms} ms: {capacity} streams on one core", COLUMNS, rows))
        report.data[f"{chunk_ms} ms"] = {"capacity": capacity, "bytes": memory}
        name = f"gateway, null transcriber, frames of {chunk_ms} ms, streams on one core"
        measured = f"{capacity}, {memory / 1e6:.2f} MB each"
        if chunk_ms == TARGET_CHUNK_MS:
            report.targets.append(Target(name, "≥ 300, ≤ 1 MB each", measured, capacity >= 300 and memory <= 1e6))
    return report


def _measure_chunks(
    options: Options,
    recordings: Sequence[Recording],
    chunk_ms: int,
    server_cores: Sequence[int],
    client_cores: Sequence[int],
) -> tuple[int, list[list[str]], float]:
    """Return the capacity, a table row per measurement, and the memory of a stream in bytes."""
    memory_by_streams: dict[int, float] = {}
    measured: list[LoadPoint] = []
    with theresa_server(*UNLIMITED_ADMISSION, pinned=server_cores, module="benchmarks.null_server") as server:
        run_sessions(server, recordings, 2, "warming up", protocol="bulk", max_seconds=3, pinned=client_cores)
        before = server.memory_bytes()

        def measure_at(streams: int) -> LoadPoint:
            label = f"{streams} streams, frames of {chunk_ms} ms"
            run = run_sessions(
                server, recordings, streams, label, protocol="bulk", chunk_ms=chunk_ms,
                pinned=client_cores, stagger_s=0,
            )  # fmt: skip
            memory_by_streams[streams] = (run.memory_bytes - before) / streams
            measured.append(LoadPoint.of(run, recordings))
            return measured[-1]

        max_streams = stream_limit(options, MAX_STREAMS)
        points = find_capacity(with_cooldown(measure_at), max_streams, first=FIRST, resolution=0.25)
    capacity = max((p.streams for p in points if p.sustained), default=0)
    rows = [
        [str(p.streams), ms(p.final_s), ms(p.age_s), str(p.failed), f"{p.cpu_share * 1000:.1f}",
         f"{memory_by_streams[p.streams] / 1000:.0f}", "yes" if p.sustained else "no"]
        for p in points
    ]  # fmt: skip
    # After an overload, the memory is still that of the overload.
    before_overload = list(takewhile(lambda p: p.sustained, measured)) or measured[:1]
    return capacity, rows, memory_by_streams[before_overload[-1].streams]
