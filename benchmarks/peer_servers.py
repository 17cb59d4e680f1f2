"""Other streaming Whisper servers: installed from their packages into separate environments, started as documented."""

import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.metrics import Snapshot
from benchmarks.peer_transcripts import whisperlive_snapshots, whisperlivekit_snapshots
from benchmarks.processes import ProcessError
from benchmarks.session_logs import SessionLog

ENVIRONMENTS = Path("build/peers")
INSTALL_TIMEOUT_S = 1200
CONSTRAINTS = "torch==2.13.0\n"
"""A version for which pip selects a build without CUDA on the reference machine."""


@dataclass(frozen=True)
class Peer:
    """A server to compare with."""

    name: str
    package: str
    """Its name on the Python package index."""
    protocol: str
    """Its protocol in ``clients``."""
    command: Sequence[str]
    """The start command, relative to the environment's ``bin`` folder, with placeholders ``{model}`` and ``{port}``."""
    ready: str
    """A pattern of the log line that signals readiness."""
    path: str
    """The path of its WebSocket."""
    snapshots: Callable[[SessionLog], list[Snapshot]]
    """Reads the displayed text from a log."""

    def start_command(self, model: str, port: int) -> list[str]:
        """Return the complete start command."""
        program, *rest = (part.format(model=model, port=port) for part in self.command)
        return [str(ENVIRONMENTS.resolve() / self.package / "bin" / program), *rest]


_WHISPER_LIVE = (
    "from whisper_live.server import TranscriptionServer; "
    "TranscriptionServer().run('127.0.0.1', {port}, backend='faster_whisper', "
    "faster_whisper_custom_model_path='{model}', single_model=True, max_clients=256, max_connection_time=3600)"
)

PEERS = (
    Peer(
        "WhisperLive",
        "whisper-live",
        "whisperlive",
        ("python", "-c", _WHISPER_LIVE),
        r"server listening on",
        "",
        whisperlive_snapshots,
    ),
    Peer(
        "WhisperLiveKit",
        "whisperlivekit",
        "whisperlivekit",
        (
            "whisperlivekit-server", "--host", "127.0.0.1", "--port", "{port}", "--backend-policy", "localagreement",
            "--backend", "faster-whisper", "--model_dir", "{model}", "--pcm-input", "--warmup-file", "",
        ),
        r"Uvicorn running on",
        "/asr",
        whisperlivekit_snapshots,
    ),
)  # fmt: skip


def install(peer: Peer) -> str:
    """Install a peer if it is missing, and return the installed version.

    Raises:
        ProcessError: the installation failed; the message says why.
    """
    folder = ENVIRONMENTS / peer.package
    marker = folder / ".ready"
    if not marker.exists():
        folder.mkdir(parents=True, exist_ok=True)
        constraints = folder / "constraints.txt"
        constraints.write_text(CONSTRAINTS, encoding="utf-8")
        _run([sys.executable, "-m", "venv", str(folder)], folder)
        pip = [str(folder / "bin/python"), "-m", "pip", "install", "--prefer-binary", "-c", str(constraints)]
        _run([*pip, peer.package], folder)
        marker.touch()
    code = f"from importlib.metadata import version; print(version({peer.package!r}))"
    process = subprocess.run([str(folder / "bin/python"), "-c", code], capture_output=True, text=True, check=True)
    return process.stdout.strip()


def _run(command: Sequence[str], folder: Path) -> None:
    log = folder / "install.log"
    try:
        with log.open("ab") as output:
            subprocess.run(command, stdout=output, stderr=subprocess.STDOUT, check=True, timeout=INSTALL_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        raise ProcessError(
            f"The installation of {folder.name} took longer than {INSTALL_TIMEOUT_S} s; see {log}."
        ) from None
    except subprocess.CalledProcessError:
        errors = [line.strip() for line in log.read_text(errors="replace").splitlines() if "error:" in line.lower()]
        reason = errors[-1] if errors else f"see {log}"
        raise ProcessError(f"The installation of {folder.name} failed: {reason}") from None
