"""Compare Theresa with WhisperLive and WhisperLiveKit: same audio, same model directory, same machine, same run."""

import shlex
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from functools import partial

from benchmarks.metrics import quantile
from benchmarks.offline import run_passes
from benchmarks.options import Options, titled
from benchmarks.peer_measurements import MeasuredServer
from benchmarks.peer_servers import PEERS, Peer, install
from benchmarks.processes import (
    UNLIMITED_ADMISSION,
    ProcessError,
    ServerProcess,
    free_port,
    server_process,
    split_cores,
    theresa_server,
)
from benchmarks.reports import Report, Table
from benchmarks.session_logs import theresa_snapshots

ABOUT = (
    "Real-time dialogues, alternately in English and Mandarin, with the language given and the same model directory "
    "for all servers. *Last word*: time from when the last word of a sentence has been spoken until it is displayed, "
    "in any text and in settled text (p50 / p95 in seconds, one stream). *Lost*: sentences whose last word is missing "
    "in the last text. *Flicker*: characters displayed and later changed, per character of the last text. *Streams*: "
    "the largest number at which the p95 delay of the last word in any text is at most 1.5 s, no session is "
    "disconnected, and at most half of the last words are lost. A server that dies or restarts a process during a "
    "measurement has no figures from it."
)
COLUMNS = (
    "",
    "CPU s per s",
    "÷ offline",
    "last word, any text",
    "last word, settled",
    "lost",
    "WER/CER %",
    "flicker",
    "streams",
)


def measure(options: Options) -> Report:
    """Measure one server after the other."""
    report = Report("peers", "Comparison with other servers", ABOUT)
    name = options.models[0]
    recordings = options.recordings(name, "dialogue")
    model = options.model_path(name)
    passes = run_passes(model, recordings)
    offline_share = sum(one.cpu_s for one in passes) / sum(recording.seconds for recording in recordings)
    servers = []
    for server, start in _servers(model, report):
        try:
            with start() as process:
                server.measure(process, recordings, options)
        except (ProcessError, OSError) as error:
            server.failure = str(error)
        if server.failure:
            report.notes.append(f"{server.name}: {server.failure}")
        servers.append(server)
    rows = [_row(server, offline_share) for server in servers]
    title = f"Model {titled(name)}; one offline pass takes {offline_share:.4f} CPU s per s"
    report.tables.append(Table(title, COLUMNS, rows))
    report.data |= {
        server.name: {"cpu": server.results[0].cpu_share, "streams": server.capacity}
        for server in servers
        if server.results
    }
    return report


def _servers(
    model: str, report: Report
) -> Iterator[tuple[MeasuredServer, Callable[[], AbstractContextManager[ServerProcess]]]]:
    """Yield each server and how to start it."""
    server_cores, _ = split_cores()
    report.notes.append(f"Theresa: `theresa-server --model {_short_path(model)} {' '.join(UNLIMITED_ADMISSION)}`.")
    yield (
        MeasuredServer("Theresa", "theresa", theresa_snapshots, 8),
        lambda: theresa_server("--model", model, *UNLIMITED_ADMISSION, pinned=server_cores),
    )
    for peer in PEERS:
        yield MeasuredServer(peer.name, peer.protocol, peer.snapshots, 2), partial(_peer_server, peer, model, report)


def _short_path(model: str) -> str:
    """Return the last two parts of a path, to keep local folders out of the report."""
    return "/".join(model.rsplit("/", 2)[-2:])


@contextmanager
def _peer_server(peer: Peer, model: str, report: Report) -> Iterator[ServerProcess]:
    """Run a peer's server; it is installed first if it is missing."""
    version, port = install(peer), free_port()
    command = peer.start_command(model, port)
    quoted = " ".join(part if shlex.quote(part) == part else f'"{part}"' for part in command[1:])
    arguments = quoted.replace(model, _short_path(model)).replace(str(port), "PORT")
    report.notes.append(f"{peer.name} {version}: `{command[0].rsplit('/', 1)[-1]} {arguments}`.")
    server_cores, _ = split_cores()
    with server_process(command, peer.package, peer.ready, pinned=server_cores, timeout_s=180) as process:
        yield replace(process, url=f"ws://127.0.0.1:{port}{peer.path}", name=peer.name)


def _row(server: MeasuredServer, offline_share: float) -> list[str]:
    if not server.results:
        return [server.name, *["–"] * 7, server.failure or "not measured"]
    single = server.results[0]
    lost = len(single.words) - len(single.any_delays_s)
    return [
        server.name,
        f"{single.cpu_share:.3f}",
        f"{single.cpu_share / offline_share:.1f}",
        _quantiles(single.any_delays_s),
        _quantiles(single.settled_delays_s),
        f"{lost} of {len(single.words)}",
        f"{single.errors.percent:.1f}",
        f"{single.flicker:.2f}",
        str(server.capacity) if server.capacity is not None else server.failure,
    ]


def _quantiles(values: Sequence[float]) -> str:
    return " / ".join("–" if (value := quantile(values, share)) is None else f"{value:.2f}" for share in (0.5, 0.95))
