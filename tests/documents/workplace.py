"""Where the commands of a page are run: a folder with all the files that pages name, and servers on other ports.

Commands are run as they are written, with these exceptions:

- the port 8080 is that of a server which runs already, and 5000 one that is free;
- servers are run until they are ready, and stopped;
- stock models are the demo model, in a cache of its own;
- ``theresa listen`` hears a sound card of its own, until something was said.

Coverage does not follow them: it would count the copies of the packages that ``mlflow models serve`` runs as more code.
"""

import asyncio
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import soundfile

from tests.client.soundcard import SoundCard, plugged_in
from tests.demo_copy import demo_copy
from tests.documents.blocks import ROOT, Step
from tests.serving import SAMPLES, RunningServer, read, wait_for_port
from theresa_server.cache.model_cache import ModelCache
from theresa_server.engine.whisper import resolving
from theresa_server.entities import models as entity_models
from theresa_server.entities.hanlp import published

TIMEOUT_S = 120
STOCK = ("base", "small", "large-v3-turbo")
PUBLISHED = "CLOSE_TOK_POS_NER_SRL_DEP_SDP_CON_ELECTRA_SMALL_ZH"
OWN = ("my-model", "my-whisper", "my-whisper-ct2")
RECORDINGS = ("talk.wav", "talk.mp3", "talk.m4a", "talk.flac", "会议.mp3", "meeting.mp3")
SHORT = slice(0, int(1.7 * 16_000))
"""A sentence."""


class Workplace:
    """A folder in which commands are run."""

    def __init__(self, folder: Path, server: RunningServer) -> None:
        self.folder = folder
        self._server = server
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._free_port = str(free.getsockname()[1])
        self._staying: list[subprocess.Popen[str]] = []
        _furnish(folder)

    def run(self, step: Step) -> str:
        """Run a step to its end; returns what it printed."""
        text = self._elsewhere(step.text)
        if step.language == "python":
            return self._to_its_end([sys.executable, "-c", text])
        words = shlex.split(text, comments=True)
        for program in ("curl", "jq", "mlflow"):
            if program in words and shutil.which(program, path=self._environment()["PATH"]) is None:
                pytest.skip(f"needs the program {program}")
        if words[:2] == ["theresa", "listen"]:
            return self._listen(text)
        if words[0] == "theresa-server" and (len(words) == 1 or words[1].startswith("-")):
            return self._until(text, "ready on")
        if words[:3] == ["mlflow", "models", "serve"]:
            return self._until(text, "Application startup complete", stays=True)
        return self._to_its_end(["bash", "-c", text])

    def close(self) -> None:
        """Stop what was left running."""
        for process in self._staying:
            _signal(process, signal.SIGKILL)
            process.communicate()

    def _elsewhere(self, text: str) -> str:
        """A command with ports that are there."""
        ours = self._server.http.rpartition(":")[2]
        text = re.sub(r"--port 8080\b", "--port 0", text)
        return re.sub(r"\b8080\b", ours, re.sub(r"\b5000\b", self._free_port, text))

    def _environment(self) -> dict[str, str]:
        binaries = Path(sys.executable).parent
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("THERESA_", "COVERAGE_"))}
        return kept | {
            "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}",
            "THERESA_URL": self._server.url,
            "THERESA_PORT": "0",
            "THERESA_CACHE": str(self.folder / "cache"),
            "KEY": "secret",
            "MLFLOW_DISABLE_TELEMETRY": "true",
            "PYTHONWARNINGS": "ignore",
        }

    def _to_its_end(self, command: list[str]) -> str:
        done = subprocess.run(
            command, cwd=self.folder, env=self._environment(), capture_output=True, text=True, timeout=TIMEOUT_S,
            check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    def _listen(self, command: str) -> str:
        """Run ``theresa listen`` with somebody at its microphone, whom Ctrl-C follows."""
        for name in re.findall(r"--save (\S+)", command):
            (self.folder / name).unlink()  # no recording is replaced
        place = self.folder / "card"
        place.mkdir()
        try:
            with plugged_in(place) as card:
                environment = self._environment() | {
                    name: value for name, value in card.environment.items() if os.environ.get(name) != value
                }
                return asyncio.run(_listen(card, command, self.folder, environment))
        finally:
            shutil.rmtree(place)

    def _until(self, command: str, sign: str, *, stays: bool = False) -> str:
        """Run a server until it says that it is up, then stop it, unless later commands need it."""
        process = subprocess.Popen(
            ["bash", "-c", command], cwd=self.folder, env=self._environment(), stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, start_new_session=True,
        )  # fmt: skip
        said: list[str] = []
        assert process.stdout is not None
        with _at_most(process):
            for line in process.stdout:
                said.append(line)
                if sign in line:
                    break
            else:
                pytest.fail("".join(said))
        if stays:
            self._staying.append(process)
            wait_for_port(int(self._free_port))
        else:
            _signal(process, signal.SIGTERM)
            process.communicate(timeout=TIMEOUT_S)
            assert process.returncode == 0
        return ""


async def _listen(card: SoundCard, command: str, folder: Path, environment: dict[str, str]) -> str:
    process = await asyncio.create_subprocess_exec(
        "bash", "-c", command, cwd=folder, env=environment, stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    assert process.stderr is not None
    async with asyncio.timeout(TIMEOUT_S), card.awake():
        if "--list-devices" not in command:
            await process.stderr.readuntil(b"Listening to")
            await card.play(read("both")[SHORT].tobytes(), "headset" if "headset" in command else "desk")
            os.killpg(process.pid, signal.SIGINT)
        printed, told = await process.communicate()
    assert process.returncode == 0, told.decode()
    return printed.decode()


def _furnish(folder: Path) -> None:
    for name in ("server", "training", "benchmarks"):
        (folder / name).symlink_to(ROOT / name)
    for name in RECORDINGS:  # what is in a file counts, not its name
        soundfile.write(folder / name, read("both")[SHORT], 16_000, format="WAV" if name.endswith("wav") else "FLAC")
    (folder / "speech.pcm").write_bytes(read("mandarin")[SHORT].tobytes())
    for name in ("english", "mandarin", "both"):
        (folder / f"{name}.flac").symlink_to(SAMPLES / f"{name}.flac")
    (folder / "terms.txt").write_text("米哈游\tORGANIZATION\nTheresa\tPRODUCT\n", encoding="utf-8")
    cache = ModelCache(folder / "cache")
    for name in STOCK:
        demo_copy(folder, name).rename(_made(cache.path_of(resolving.CACHE_KIND, resolving.repository_of(name))))
    for name in OWN:
        demo_copy(folder, name)
    for place in (folder / "my-ner", cache.path_of(published.CACHE_KIND, PUBLISHED)):
        shutil.copytree(entity_models.resolve_entity_model("demo", None), place)


def _made(place: Path) -> Path:
    place.parent.mkdir(parents=True, exist_ok=True)
    return place


@contextmanager
def _at_most(process: subprocess.Popen[str]) -> Iterator[None]:
    """Kill a process that takes too long, so that reading from it ends."""
    watch = threading.Timer(TIMEOUT_S, _signal, [process, signal.SIGKILL])
    watch.start()
    try:
        yield
    finally:
        watch.cancel()


def _signal(process: subprocess.Popen[str], number: int) -> None:
    os.killpg(process.pid, number)
