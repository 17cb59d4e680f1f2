"""Server processes: start them, wait until they are ready, pin them to cores, and measure their resources."""

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
READY_TIMEOUT_S = 120.0
UNLIMITED_ADMISSION = ("--max-sessions", "8192", "--speakers", "10000")
"""Options with which a server refuses sessions only when it is overloaded, to find its capacity."""


class ProcessError(Exception):
    """A process failed; the message is one clear sentence."""


@dataclass(frozen=True)
class ServerProcess:
    """A server that is ready."""

    url: str
    pid: int

    def cpu_s(self) -> float:
        """Return the CPU seconds used so far, including those of all descendants, running or not."""
        return sum(_cpu_s(pid) for pid in _process_tree(self.pid))

    def memory_bytes(self) -> int:
        """Return the resident memory, including that of all descendants."""
        return sum(_memory_bytes(pid) for pid in _process_tree(self.pid))


def cores() -> list[int]:
    """Return the cores available to this process."""
    return sorted(os.sched_getaffinity(0))


def split_cores() -> tuple[list[int], list[int]]:
    """Return the cores of the server and of the clients: separate if there are more than two, else shared."""
    available = cores()
    return (available[:-1], available[-1:]) if len(available) > 2 else (available, available)


def free_port() -> int:
    """Return an unused port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def theresa_server(
    *options: str, pinned: Sequence[int] | None = None, module: str = "theresa_server"
) -> Iterator[ServerProcess]:
    """Run a Theresa server without entity recognition; ``url`` is the address of its stream."""
    command = [sys.executable, "-m", module, "--port", "0", "--entities", "off", *options]
    with server_process(command, "theresa", r"ready on http(\S+)", pinned=pinned) as process:
        yield ServerProcess(f"ws{process.url}/v1/stream", process.pid)


@contextmanager
def server_process(
    command: Sequence[str],
    name: str,
    ready: str,
    *,
    pinned: Sequence[int] | None = None,
    environment: Mapping[str, str] | None = None,
    timeout_s: float = READY_TIMEOUT_S,
) -> Iterator[ServerProcess]:
    """Run a server, from the log line that signals readiness until the context exits.

    The log is written to ``build/benchmarks/logs``. The process runs in its own process group, which is terminated as a
    whole.

    Args:
        command: the start command.
        name: the name of the log file.
        ready: a pattern of the log line; its first group, if any, becomes ``url``.
        pinned: the cores of the process.
        environment: additional environment variables.
        timeout_s: how long to wait for the log line.

    Raises:
        ProcessError: the server exited, or was not ready in time.
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
            os.sched_setaffinity(process.pid, pinned)  # before it starts threads, which inherit the setting
        yield ServerProcess(_wait_for_line(process, log, ready, timeout_s), process.pid)
    finally:
        _terminate(process)


def _wait_for_line(process: "subprocess.Popen[bytes]", log: Path, ready: str, timeout_s: float) -> str:
    deadline_s = time.monotonic() + timeout_s
    while time.monotonic() < deadline_s:
        if match := re.search(ready, log.read_text(encoding="utf-8", errors="replace")):
            return match[1] if match.re.groups else ""
        if process.poll() is not None:
            raise ProcessError(f"{log.stem} exited with status {process.returncode}; see {log}.")
        time.sleep(0.1)
    raise ProcessError(f"{log.stem} was not ready within {timeout_s:.0f} s; see {log}.")


def _terminate(process: "subprocess.Popen[bytes]") -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
            process.wait(timeout=8)
        except ProcessLookupError:
            break
        except subprocess.TimeoutExpired:
            continue
    process.wait()


def _process_tree(pid: int) -> list[int]:
    """Return the ids of a process and all its descendants (Linux)."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (fields := _stat(int(entry.name))):
            parents[int(entry.name)] = int(fields[1])
    tree = [pid]
    for ancestor in tree:  # grows during the iteration
        tree += [child for child, parent in parents.items() if parent == ancestor]
    return tree


def _stat(pid: int) -> list[str]:
    """Return the fields of /proc/PID/stat after the name, which may contain anything: state, parent, … (proc(5))."""
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
