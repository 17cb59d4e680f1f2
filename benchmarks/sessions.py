"""Run client sessions against a server, and measure what the server uses meanwhile."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
from rich.progress import Progress, TextColumn, TimeRemainingColumn

from benchmarks.clients import TIMEOUT_S, Plan, PlannedSession
from benchmarks.processes import ProcessError, ServerDied, ServerProcess, Usage
from benchmarks.recordings import Recording
from benchmarks.session_logs import SessionLog

STAGGER_S = 0.73
"""The time between the starts of two sessions; not a multiple of any interval of a server."""


@dataclass(frozen=True)
class Run:
    """The logs of parallel sessions, and the resources the server used during them."""

    logs: Sequence[SessionLog]
    cpu_s: float
    audio_s: float
    """The audio of the sessions that completed."""
    memory_bytes: int
    """The peak resident memory."""

    @property
    def failures(self) -> list[str]:
        """The errors of failed sessions."""
        return [log.error for log in self.logs if log.error]


def run_sessions(
    server: ServerProcess,
    recordings: Sequence[Recording],
    count: int,
    label: str,
    *,
    protocol: str = "theresa",
    chunk_ms: int = 20,
    max_seconds: float | None = None,
    pinned: Sequence[int] | None = None,
    stagger_s: float = STAGGER_S,
) -> Run:
    """Run parallel sessions that take the recordings in turn, in a client process.

    Args:
        server: the server to connect to.
        recordings: the audio.
        count: the number of sessions.
        label: the label of the progress bar.
        protocol: a protocol of ``clients``.
        chunk_ms: the length of a frame.
        max_seconds: limit on the audio of each session.
        pinned: the cores of the client process.
        stagger_s: the time between the starts of two sessions.

    Raises:
        ProcessError: the client process failed.
        ServerDied: the server, or one of its processes, ended.
    """
    assigned = [recordings[number % len(recordings)] for number in range(count)]
    sessions = tuple(_plan_session(recording, number * stagger_s) for number, recording in enumerate(assigned))
    plan = Plan(protocol=protocol, url=server.url, sessions=sessions, chunk_ms=chunk_ms, max_seconds=max_seconds)
    lengths_s = [min(recording.seconds, max_seconds or recording.seconds) for recording in assigned]
    expected_s = max(length_s + session.delay_s for length_s, session in zip(lengths_s, sessions, strict=True))
    with tempfile.TemporaryDirectory() as scratch:
        source, target = Path(scratch) / "plan.json", Path(scratch) / "logs.json"
        source.write_bytes(msgspec.json.encode(plan))
        _wait_until_idle(server)
        before = server.usage()
        command = [sys.executable, "-m", "benchmarks.clients", str(source), str(target)]
        memory_bytes = _wait_for_clients(command, server, before, label, expected_s, pinned)
        cpu_s = server.cpu_since(before)
        logs = [SessionLog.from_json(entry) for entry in json.loads(target.read_bytes())]
    completed_s = sum(length_s for length_s, log in zip(lengths_s, logs, strict=True) if not log.error)
    return Run(logs, cpu_s, max(completed_s, 1e-3), memory_bytes)


def _plan_session(recording: Recording, delay_s: float) -> PlannedSession:
    path = str(recording.path.resolve())
    return PlannedSession(recording=recording.name, path=path, language=recording.language, delay_s=delay_s)


def _wait_until_idle(server: ServerProcess) -> None:
    """Wait until the server has finished the work of earlier runs: until it uses less than a tenth of a core."""
    deadline_s, step_s = time.monotonic() + TIMEOUT_S, 0.5
    before_s = -1.0
    while time.monotonic() < deadline_s and (now_s := server.usage().cpu_s) - before_s > step_s / 10:
        before_s = now_s
        time.sleep(step_s)


def _wait_for_clients(
    command: list[str],
    server: ServerProcess,
    before: Usage,
    label: str,
    expected_s: float,
    pinned: Sequence[int] | None,
) -> int:
    """Run the client process with a progress bar, and return the server's peak memory."""
    peak_bytes = 0
    columns = (*Progress.get_default_columns()[:3], TimeRemainingColumn(), TextColumn(""))
    with Progress(*columns, transient=True) as progress, subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        if pinned is not None:
            os.sched_setaffinity(process.pid, pinned)
        task = progress.add_task(label, total=expected_s)
        started_s = time.monotonic()
        while True:
            try:
                process.wait(timeout=0.5)
                break
            except subprocess.TimeoutExpired:
                elapsed_s = time.monotonic() - started_s
                progress.update(task, completed=min(elapsed_s, expected_s))
                peak_bytes = max(peak_bytes, server.memory_bytes())
                try:
                    server.require_alive(before)
                except ServerDied:
                    process.kill()
                    raise
                if elapsed_s > expected_s + 2 * TIMEOUT_S:
                    process.kill()
        if process.returncode:
            output = process.stderr.read().decode(errors="replace").strip() if process.stderr else ""
            raise ProcessError(
                f"The client process exited with status {process.returncode}: {output.rpartition(chr(10))[2]}"
            )
    return peak_bytes
