"""Processes to be measured: started, found to be ready, pinned to cores, and what they cost."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

LOGS = Path("build/benchmarks/logs")
READY_S = 120.0
OPEN_TO_ALL = ("--max-sessions", "8192", "--speakers", "10000")
"""Options of a server that expects any number, and refuses only while it is late: to find out how many it carries."""


class ProcessError(Exception):
    """A process did not do what it was started for; the message is one clear sentence."""


@dataclass(frozen=True)
class Running:
    """A server that is ready."""

    url: str
    pid: int

    def cpu_s(self) -> float:
        """CPU seconds that it and all its descendants, also those that have ended, have used so far."""
        return sum(_cpu_s(pid) for pid in _family(self.pid))

    def memory_bytes(self) -> int:
        """Resident memory of it and its descendants."""
        return sum(_memory_bytes(pid) for pid in _family(self.pid))


def cores() -> list[int]:
    """The cores that this process may use."""
    return sorted(os.sched_getaffinity(0))


def split_cores() -> tuple[list[int], list[int]]:
    """Cores for the server and for the speakers: apart where there are more than two, else all for both."""
    mine = cores()
    return (mine[:-1], mine[-1:]) if len(mine) > 2 else (mine, mine)


def free_port() -> int:
    """A port that nobody listens on at the moment."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def theresa(*options: str, pinned: Sequence[int] | None = None, module: str = "theresa_server") -> Iterator[Running]:
    """A Theresa server without entities, in a process of its own; `url` is its stream's."""
    command = [sys.executable, "-m", module, "--port", "0", "--entities", "off", *options]
    with server(command, "theresa", r"ready on http(\S+)", pinned=pinned) as running:
        yield Running(f"ws{running.url}/v1/stream", running.pid)


@contextmanager
def server(
    command: Sequence[str],
    name: str,
    ready: str,
    *,
    pinned: Sequence[int] | None = None,
    environment: Mapping[str, str] | None = None,
    within_s: float = READY_S,
) -> Iterator[Running]:
    """A server process from when its log has a line that matches `ready`, whose first group becomes `url`.

    The log goes to `build/benchmarks/logs`. The process gets a group of its own, all of which is ended at the end.

    Raises:
        ProcessError: it ended, or had no such line in time.
    """
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / f"{name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**os.environ, **(environment or {})},
        )
    try:
        if pinned is not None:
            os.sched_setaffinity(process.pid, pinned)  # before it has any threads, which inherit it
        yield Running(_await_line(process, log, ready, within_s), process.pid)
    finally:
        _end(process)


def _await_line(process: "subprocess.Popen[bytes]", log: Path, ready: str, within_s: float) -> str:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if found := re.search(ready, log.read_text(encoding="utf-8", errors="replace")):
            return found[1] if found.re.groups else ""
        if process.poll() is not None:
            raise ProcessError(f"{log.stem} ended with status {process.returncode}: see {log}.")
        time.sleep(0.1)
    raise ProcessError(f"{log.stem} was not ready within {within_s:.0f} s: see {log}.")


def _end(process: "subprocess.Popen[bytes]") -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
            process.wait(timeout=8)
        except ProcessLookupError:
            break
        except subprocess.TimeoutExpired:
            continue
    process.wait()


def _family(pid: int) -> list[int]:
    """A process and all its descendants (Linux)."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (fields := _stat(int(entry.name))):
            parents[int(entry.name)] = int(fields[1])
    found = [pid]
    for ancestor in found:  # grows while it is gone through
        found += [child for child, parent in parents.items() if parent == ancestor]
    return found


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat behind the name, which may hold anything: state, parent, … (proc(5))."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _cpu_s(pid: int) -> float:
    fields = _stat(pid)
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK") if fields else 0.0


def _memory_bytes(pid: int) -> int:
    fields = _stat(pid)
    return int(fields[21]) * os.sysconf("SC_PAGE_SIZE") if fields else 0
