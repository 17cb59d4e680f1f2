"""Other streaming Whisper servers: installed from their packages, each for itself, and started as their pages say."""

import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.logs import Log
from benchmarks.metrics import View
from benchmarks.peer_views import live_views, livekit_views
from benchmarks.processes import ProcessError

ENVIRONMENTS = Path("build/peers")
INSTALL_S = 1200
CONSTRAINTS = "torch==2.13.0\n"
"""The version that resolves to a build without CUDA on the machines that this was written on."""


@dataclass(frozen=True)
class Peer:
    """A server to compare with.

    Attributes:
        name: as its makers write it.
        package: on the Python package index.
        dialect: which of `clients` speaks to it.
        command: what starts it, behind the environment's folder of programs; `{model}` and `{port}` are filled in.
        ready: what its log says when it is.
        path: of its WebSocket.
        views: what a reader sees.
    """

    name: str
    package: str
    dialect: str
    command: Sequence[str]
    ready: str
    path: str
    views: Callable[[Log], list[View]]

    def started(self, model: str, port: int) -> list[str]:
        """The command."""
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
        live_views,
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
        livekit_views,
    ),
)  # fmt: skip


def install(peer: Peer) -> str:
    """Make its environment where it is not there; returns the version that is installed.

    Raises:
        ProcessError: it cannot be installed; the message says why.
    """
    folder = ENVIRONMENTS / peer.package
    done = folder / ".ready"
    if not done.exists():
        folder.mkdir(parents=True, exist_ok=True)
        constraints = folder / "constraints.txt"
        constraints.write_text(CONSTRAINTS, encoding="utf-8")
        _run([sys.executable, "-m", "venv", str(folder)], folder)
        pip = [str(folder / "bin/python"), "-m", "pip", "install", "--prefer-binary", "-c", str(constraints)]
        _run([*pip, peer.package], folder)
        done.touch()
    code = f"from importlib.metadata import version; print(version({peer.package!r}))"
    shown = subprocess.run([str(folder / "bin/python"), "-c", code], capture_output=True, text=True, check=True)
    return shown.stdout.strip()


def _run(command: Sequence[str], folder: Path) -> None:
    log = folder / "install.log"
    try:
        with log.open("ab") as output:
            subprocess.run(command, stdout=output, stderr=subprocess.STDOUT, check=True, timeout=INSTALL_S)
    except subprocess.TimeoutExpired:
        raise ProcessError(f"{folder.name} was not installed within {INSTALL_S} s: see {log}.") from None
    except subprocess.CalledProcessError:
        errors = [line.strip() for line in log.read_text(errors="replace").splitlines() if "error:" in line.lower()]
        raise ProcessError(
            f"{folder.name} cannot be installed: {errors[-1] if errors else 'no reason was given'}"
        ) from None
