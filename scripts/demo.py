"""Stream recordings through a server in real time, and compare the transcript with the reference.

Without a choice of model, Whisper base is fetched first, and transcribes people who speak English and Mandarin. On a
machine that cannot fetch it, the demo model transcribes the synthetic samples that it knows. At a terminal, the server
keeps running afterwards, for a browser or ``theresa listen``. Run by ``make demo``; needs the package with its extra
``server`` or ``entities``.
"""

import argparse
import contextlib
import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from difflib import SequenceMatcher
from http import HTTPStatus
from http.client import HTTPConnection
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

BIN = Path(sys.executable).parent
DEFAULT_MODEL = "base"
DEFAULT_PORT = 8080
START_TIMEOUT_S = 600
"""A large model takes minutes to load from a slow disk."""
POLL_INTERVAL_S = 0.1
STOP_TIMEOUT_S = 10
WORD = re.compile(r"[\u3400-\u9fff]|[^\W\u3400-\u9fff]+(?:'[^\W\u3400-\u9fff]+)*")
"""The unit of comparison: one Chinese character, or one word of another script."""

console = Console(highlight=False)


class DemoError(Exception):
    """The demo failed. The message is one clear sentence."""


def main() -> int:
    """Run the demo; returns the exit status."""
    parser = argparse.ArgumentParser(prog="make demo", description="Stream recordings through a server in real time.")
    parser.add_argument(
        "--model", help="the name of a stock Whisper model (default: base), demo, or a CTranslate2 directory"
    )
    parser.add_argument("--entities", default="demo", help="demo, a HanLP directory, or off")
    parser.add_argument("--speed", default="1", help="1 is real time, 0 is as fast as the server allows")
    parser.add_argument("files", nargs="*", type=Path, help="recordings (default: those that ship with Theresa)")
    options = parser.parse_args()
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, lambda number, _: sys.exit(128 + number))  # unwinds, which also stops the server
    try:
        model = fetch(options.model)
        folder = files("theresa_server") / "assets" / ("samples" if model == "demo" else "people")
        with as_file(folder) as shipped, serving(model, options.entities) as (server, address):
            for recording in options.files or [shipped / entry["file"] for entry in index(shipped)]:
                replay(recording, address, options.speed, entities=options.entities != "off")
            if sys.stdout.isatty():
                keep_running(server, address, model)
    except DemoError as error:
        console.print(Text(str(error), style="red"))
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def fetch(model: str | None) -> str:
    """Fetch a model, with a progress bar, and return it; without a choice, the best that this machine can get.

    Raises:
        DemoError: if the model was chosen and cannot be fetched.
    """
    wanted = model or DEFAULT_MODEL
    if wanted == "demo" or Path(wanted).is_dir():
        return wanted
    pull = ["theresa-server", "models", "pull", wanted]
    console.print(Text(f"$ {shlex.join(pull)}", style="bold"))
    pulled = subprocess.run(pull, executable=BIN / pull[0], stdout=subprocess.DEVNULL, check=False)
    if pulled.returncode == 0:
        return wanted
    if model is not None:
        raise DemoError(f"The model {wanted} cannot be fetched. See the error above.")
    console.print(
        "Without Whisper, a tiny demo model transcribes synthetic speech: it understands nothing else.", style="yellow"
    )
    return "demo"


@contextmanager
def serving(model: str, entities: str) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Start a local server, and yield it with its host:port when it is ready; stop it at the end."""
    address = f"127.0.0.1:{free_port()}"
    host, port = address.split(":")
    command = ["theresa-server", "--port", port, "--model", model, "--entities", entities]
    console.print(Text(f"$ {shlex.join(command)}", style="bold"), soft_wrap=True)
    console.print("loading the models and measuring the speed of this machine ...", style="dim")
    command += ["--host", host, "--log-level", "warning"]
    program = BIN / command[0]
    with subprocess.Popen(command, executable=program, process_group=0) as server:  # Ctrl-C goes to the client alone
        try:
            wait_until_ready(server, address)
            yield server, address
        finally:
            server.terminate()
            try:
                server.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                server.kill()


def free_port() -> int:
    """Return a free port, preferably the default port of clients."""
    for wanted in (DEFAULT_PORT, 0):
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", wanted)) as probe:
            port: int = probe.getsockname()[1]
            return port
    raise DemoError("No port is free on this machine.")


def wait_until_ready(server: subprocess.Popen[bytes], address: str) -> None:
    """Wait until the server is ready.

    Raises:
        DemoError: if the server exits, or takes longer than ``START_TIMEOUT_S``.
    """
    started_s = time.monotonic()
    while time.monotonic() - started_s < START_TIMEOUT_S:
        if is_ready(address):
            console.print(f"ready after {time.monotonic() - started_s:.1f} s", style="dim")
            return
        try:
            server.wait(POLL_INTERVAL_S)
        except subprocess.TimeoutExpired:
            continue
        raise DemoError("The server could not start. See the error above.")
    raise DemoError(f"The server was not ready within {START_TIMEOUT_S} s.")


def is_ready(address: str) -> bool:
    """Return whether the server admits sessions."""
    connection = HTTPConnection(address, timeout=1)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == HTTPStatus.OK
    except OSError:  # not listening yet
        return False
    finally:
        connection.close()


def replay(recording: Path, address: str, speed: str, *, entities: bool) -> None:
    """Stream one recording. The client itself shows partials, finals and entities.

    Raises:
        DemoError: if the client fails.
    """
    wanted = ["--entities"] if entities else []
    console.print(Text(f"\n$ {shlex.join(['theresa', 'replay', recording.name, *wanted])}", style="bold"))
    with tempfile.TemporaryDirectory() as folder:
        transcript = Path(folder) / "transcript.txt"
        command = [str(BIN / "theresa"), "replay", str(recording), *wanted, "--speed", speed]
        with subprocess.Popen([*command, "--text", str(transcript), "--url", f"ws://{address}/v1/stream"]) as client:
            try:
                status = client.wait()
            except KeyboardInterrupt:
                client.wait()  # it still prints the remaining finals
                raise
        if status != 0:
            raise DemoError(f"theresa replay exited with status {status}.")
        text = transcript.read_text(encoding="utf-8")
    if reference := reference_of(recording):
        compare(reference, " ".join(text.split()))


def keep_running(server: subprocess.Popen[bytes], address: str, model: str) -> None:
    """Keep the server running until Ctrl-C, and show how to use it.

    Raises:
        DemoError: if the server exits by itself.
    """
    command = [os.path.relpath(BIN / "theresa"), "listen"]
    if not address.endswith(f":{DEFAULT_PORT}"):
        command += ["--url", f"ws://{address}/v1/stream"]
    with contextlib.suppress(KeyboardInterrupt):
        console.print(Text("\nThe server keeps running. Try it with a microphone:", style="bold"))
        console.print(Text(f"  in a browser    http://{address}/"), soft_wrap=True)
        console.print(Text(f"  in a terminal   {shlex.join(command)}"), soft_wrap=True)
        if model == "demo":
            console.print("The demo model understands only its own small vocabulary.", style="yellow")
        console.print("Press Ctrl-C to stop.", style="dim")
        server.wait()
        raise DemoError("The server stopped unexpectedly. See the error above.")


def reference_of(recording: Path) -> str | None:
    """Return the reference transcript of a recording, if a ``samples.json`` next to it has one."""
    for sample in index(recording.parent):
        if sample["file"] == recording.name:
            return " ".join(sentence["text"] for sentence in sample["sentences"])
    return None


def index(folder: Path) -> list[dict[str, Any]]:
    """Return the entries of a folder's ``samples.json``, if there is one."""
    table = folder / "samples.json"
    return json.loads(table.read_text(encoding="utf-8")) if table.is_file() else []


def compare(reference: str, transcript: str) -> None:
    """Print both texts, with differences in red, and the number of differences."""
    expected, actual = list(WORD.finditer(reference)), list(WORD.finditer(transcript))
    changes = SequenceMatcher(None, _folded(expected), _folded(actual), autojunk=False).get_opcodes()
    left, right, differences = Text(reference), Text(transcript), 0
    for kind, start, end, first, last in changes:
        if kind != "equal":
            differences += max(end - start, last - first)
            _mark(left, expected[start:end])
            _mark(right, actual[first:last])
    verdict = "no differences" if differences == 0 else f"differences: {differences}"
    console.print(Text.assemble(("reference  ", "bold"), left), soft_wrap=True)
    console.print(Text.assemble(("transcript ", "bold"), right), soft_wrap=True)
    console.print(Text(f"           {len(expected)} words or Chinese characters, {verdict}", style="dim"))


def _folded(words: Sequence[re.Match[str]]) -> list[str]:
    return [word[0].casefold() for word in words]


def _mark(text: Text, words: Sequence[re.Match[str]]) -> None:
    for word in words:
        text.stylize("red", word.start(), word.end())


if __name__ == "__main__":
    sys.exit(main())
