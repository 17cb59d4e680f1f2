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
from dataclasses import dataclass, replace
from pathlib import Path

LOGS = Path("build/benchmarks/logs")
READY_TIMEOUT_S = 120.0
UNLIMITED_ADMISSION = ("--max-sessions", "8192", "--speakers", "10000")
"""Options with which a server refuses sessions only when it is overloaded, to find its capacity."""
COOLDOWN_S = 12.0
"""How long a server that was overloaded refuses sessions: until its load statistics expire."""


class ProcessError(Exception):
    """A process failed; the message is one clear sentence."""


class ServerDied(ProcessError):
    """A server, or a process of it, ended during a measurement: its figures mean nothing."""


@dataclass(frozen=True)
class Usage:
    """The processes of a server at a time, and the CPU time that they have used."""

    at_s: float
    processes: Mapping[tuple[int, str], str]
    """Process id and start time of each running process, and its name. The start time tells a reused id apart."""
    cpu_s: float


@dataclass(frozen=True)
class ServerProcess:
    """A server that is ready."""

    url: str
    pid: int
    name: str = "The server"

    def usage(self) -> Usage:
        """Return the running processes and their CPU seconds, including those of descendants that have ended."""
        stats = {pid: fields for pid in _process_tree(self.pid) if (fields := _stat(pid)) and fields[0] not in "ZX"}
        names = {(pid, fields[19]): _name(pid) for pid, fields in stats.items()}
        ticks = sum(sum(map(int, fields[11:15])) for fields in stats.values())
        return Usage(time.monotonic(), names, ticks / os.sysconf("SC_CLK_TCK"))

    def require_alive(self, before: Usage) -> Usage:
        """Return the usage now.

        Raises:
            ServerDied: a process that was running before has ended, even if another one has replaced it.
        """
        now = self.usage()
        after_s = now.at_s - before.at_s
        if self.pid not in {pid for pid, _ in now.processes} or not before.processes:
            raise ServerDied(f"{self.name} died after {after_s:.0f} s.")
        if gone := before.processes.keys() - now.processes.keys():
            verb = "restarted" if now.processes.keys() - before.processes.keys() else "lost"
            names = ", ".join(sorted(before.processes[one] for one in gone))
            raise ServerDied(f"{self.name} {verb} a process ({names}) after {after_s:.0f} s.")
        return now

    def cpu_since(self, before: Usage) -> float:
        """Return the CPU seconds used since an earlier time.

        Raises:
            ServerDied: a process has ended since.
            ProcessError: the difference is impossible.
        """
        now = self.require_alive(before)
        used_s, elapsed_s = now.cpu_s - before.cpu_s, now.at_s - before.at_s
        if not 0 <= used_s <= (os.cpu_count() or 1) * elapsed_s + 1:
            raise ProcessError(
                f"The CPU time of {self.name} cannot be right: {used_s:.1f} CPU s in {elapsed_s:.1f} s. Run it again."
            )
        return used_s

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
        yield replace(process, url=f"ws{process.url}/v1/stream", name="Theresa")


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
        yield ServerProcess(_wait_for_line(process, log, ready, timeout_s), process.pid, name)
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


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text(encoding="utf-8", errors="replace").strip()
    except (FileNotFoundError, ProcessLookupError):
        return "ended"


def _memory_bytes(pid: int) -> int:
    fields = _stat(pid)
    return int(fields[21]) * os.sysconf("SC_PAGE_SIZE") if fields else 0
