"""A server that dies or restarts during a measurement is reported, and has no figures."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from benchmarks import peers, processes
from benchmarks.options import Options
from benchmarks.peer_measurements import MeasuredServer
from benchmarks.peer_transcripts import whisperlivekit_snapshots
from benchmarks.processes import ProcessError, ServerDied, ServerProcess, Usage, free_port, server_process
from benchmarks.recordings import Recording, Sentence
from benchmarks.sessions import run_sessions

FAKE = Path(__file__).with_name("fake_peer.py")


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    path = tmp_path / "one.wav"
    soundfile.write(path, np.zeros(16_000), 16_000)
    return Recording("one", path, [Sentence("one", "en", 0.2, 0.8)], 1.0)


@pytest.fixture(autouse=True)
def _logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "LOGS", tmp_path)


@contextmanager
def fake_peer(behaviour: str) -> Iterator[ServerProcess]:
    port = free_port()
    with server_process([sys.executable, str(FAKE), behaviour, str(port)], "fake", "ready") as process:
        yield replace(process, url=f"ws://127.0.0.1:{port}", name="Fake")


def test_a_server_that_stays_has_figures(recording: Recording) -> None:
    with fake_peer("stay") as server:
        run = run_sessions(server, [recording], 1, "fake", protocol="whisperlivekit", chunk_ms=100)

    assert run.failures == []
    assert 0 <= run.cpu_s < 60


def test_a_server_that_exits_is_reported(recording: Recording) -> None:
    with fake_peer("exit") as server, pytest.raises(ServerDied, match=r"^Fake died after \d+ s\.$"):
        run_sessions(server, [recording], 1, "fake", protocol="whisperlivekit", chunk_ms=100)


def test_a_server_that_restarts_its_worker_is_reported(recording: Recording) -> None:
    with (
        fake_peer("restart") as server,
        pytest.raises(ServerDied, match=r"^Fake (restarted|lost) a process \(.+\) after \d+ s\.$"),
    ):
        run_sessions(server, [recording], 1, "fake", protocol="whisperlivekit", chunk_ms=100)


def test_a_server_that_dies_in_the_search_keeps_the_quality_of_one_stream(recording: Recording) -> None:
    server = MeasuredServer("Fake", "whisperlivekit", whisperlivekit_snapshots, first=2)
    with fake_peer("crowd") as process:
        server.measure(process, [recording], Options(models=["base"], max_streams=2))

    assert re.fullmatch(r"Fake died after \d+ s\.", server.failure)
    assert [result.streams for result in server.results] == [1]
    assert peers._row(server, 0.1)[-1] == server.failure


def test_a_dead_server_has_no_figure_in_the_comparison() -> None:
    server = MeasuredServer("Fake", "whisperlivekit", whisperlivekit_snapshots, 1)
    server.failure = "Fake died after 3 s."

    assert server.capacity is None
    assert peers._row(server, 0.1)[1:] == ["–"] * 7 + ["Fake died after 3 s."]


def test_less_cpu_time_than_before_is_refused() -> None:
    with running() as server:
        now = server.usage()
        with pytest.raises(ProcessError, match="cannot be right"):
            server.cpu_since(replace(now, cpu_s=now.cpu_s + 5))


def test_more_cpu_time_than_all_cores_have_is_refused() -> None:
    with running() as server:
        now = server.usage()
        with pytest.raises(ProcessError, match="cannot be right"):
            server.cpu_since(replace(now, cpu_s=-71_391.0))


def test_a_reused_process_id_is_another_process() -> None:
    with running() as server:
        [(pid, started)] = server.usage().processes
        before = Usage(0.0, {(pid, started): "worker", (pid, "1"): "worker"}, 0.0)
        with pytest.raises(ServerDied, match="lost a process"):
            server.require_alive(before)


@contextmanager
def running() -> Iterator[ServerProcess]:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield ServerProcess("", process.pid)
        process.communicate()
