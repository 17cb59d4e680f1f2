"""Speakers against a server: started, waited for, and what it cost meanwhile."""

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

from benchmarks.clients import PATIENCE_S, Plan, Speaker
from benchmarks.logs import Log
from benchmarks.processes import ProcessError, Running
from benchmarks.recordings import Recording

STAGGER_S = 0.73
"""How long after one speaker the next begins: not a multiple of what a server does in a rhythm."""


@dataclass(frozen=True)
class Run:
    """What was heard, and what the server used while it listened; ``audio_s`` is of sessions that came to their end."""

    logs: Sequence[Log]
    cpu_s: float
    audio_s: float
    wall_s: float
    memory_bytes: int

    @property
    def failed(self) -> list[str]:
        """What went wrong with sessions."""
        return [log.error for log in self.logs if log.error]


def speak(
    server: Running,
    recordings: Sequence[Recording],
    count: int,
    about: str,
    *,
    dialect: str = "theresa",
    chunk_ms: int = 20,
    longest_s: float | None = None,
    pinned: Sequence[int] | None = None,
    stagger_s: float = STAGGER_S,
) -> Run:
    """Let so many speakers, who take the recordings in turns, speak to a server, each once.

    Raises:
        ProcessError: the process of the speakers failed.
    """
    taken = [recordings[number % len(recordings)] for number in range(count)]
    speakers = tuple(
        Speaker(recording=r.name, path=str(r.path.resolve()), language=r.language, delay_s=number * stagger_s)
        for number, r in enumerate(taken)
    )
    plan = Plan(dialect=dialect, url=server.url, speakers=speakers, chunk_ms=chunk_ms, longest_s=longest_s)
    spoken = [min(recording.seconds, longest_s or recording.seconds) for recording in taken]
    expected = max(seconds + speaker.delay_s for seconds, speaker in zip(spoken, speakers, strict=True))
    with tempfile.TemporaryDirectory() as scratch:
        source, target = Path(scratch) / "plan.json", Path(scratch) / "heard.json"
        source.write_bytes(msgspec.json.encode(plan))
        _await_idle(server)
        before, began = server.cpu_s(), time.monotonic()
        command = [sys.executable, "-m", "benchmarks.clients", str(source), str(target)]
        memory = _await(command, server, about, expected, pinned)
        wall_s, cpu_s = time.monotonic() - began, server.cpu_s() - before
        logs = [Log.of(entry) for entry in json.loads(target.read_bytes())]
    heard_s = sum(seconds for seconds, log in zip(spoken, logs, strict=True) if not log.error)
    return Run(logs, cpu_s, max(heard_s, 1e-3), wall_s, memory)


def _await_idle(server: Running) -> None:
    """Wait until a server has done what an earlier run left it with: less than a tenth of a core is idle enough."""
    deadline, step_s = time.monotonic() + PATIENCE_S, 0.5
    before = -1.0
    while time.monotonic() < deadline and (now := server.cpu_s()) - before > step_s / 10:
        before = now
        time.sleep(step_s)


def _await(command: list[str], server: Running, about: str, expected_s: float, pinned: Sequence[int] | None) -> int:
    """Wait for the speakers, with a bar; returns the most memory that the server was seen to have."""
    most = 0
    columns = (*Progress.get_default_columns()[:3], TimeRemainingColumn(), TextColumn(""))
    with Progress(*columns, transient=True) as progress, subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        if pinned is not None:
            os.sched_setaffinity(process.pid, pinned)
        task = progress.add_task(about, total=expected_s)
        began = time.monotonic()
        while True:
            try:
                process.wait(timeout=0.5)
                break
            except subprocess.TimeoutExpired:
                elapsed = time.monotonic() - began
                progress.update(task, completed=min(elapsed, expected_s))
                most = max(most, server.memory_bytes())
                if elapsed > expected_s + 2 * PATIENCE_S:
                    process.kill()
        if process.returncode:
            said = process.stderr.read().decode(errors="replace").strip().rpartition("\n")[2] if process.stderr else ""
            raise ProcessError(f"The speakers ended with status {process.returncode}: {said}")
    return most
