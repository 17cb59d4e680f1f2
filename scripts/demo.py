"""Stream recordings through a server of their own, live, and show the reference beside what came back.

At a terminal the server stays when they are through, to be spoken to: in a browser, or with ``theresa listen``.
Run by ``make demo``; needs the package installed with its extra ``server``, or ``entities``.
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
DEFAULT_PORT = 8080
START_S = 600
"""A stock model may have to be fetched first."""
POLL_S = 0.1
STOP_S = 10
WORD = re.compile(r"[\u3400-\u9fff]|[^\W\u3400-\u9fff]+(?:'[^\W\u3400-\u9fff]+)*")
"""What is compared: one Chinese character, or one word of another script."""

console = Console(highlight=False)


class DemoError(Exception):
    """The demo cannot go on; the message is one clear sentence."""


def main() -> int:
    """Run the demo; returns the exit status."""
    parser = argparse.ArgumentParser(prog="make demo", description="Stream recordings through a server, live.")
    parser.add_argument("--model", default="demo", help="demo, the name of a stock Whisper, or a CTranslate2 directory")
    parser.add_argument("--entities", default="demo", help="demo, a HanLP directory, or off")
    parser.add_argument("--speed", default="1", help="1 is real time, 0 as fast as the server allows")
    parser.add_argument("files", nargs="*", type=Path, help="recordings; none: the samples that ship with Theresa")
    options = parser.parse_args()
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, lambda number, _: sys.exit(128 + number))  # so that the server is stopped, too
    try:
        samples_of = files("theresa_server") / "assets" / "samples"
        with as_file(samples_of) as samples, serving(options.model, options.entities) as (server, address):
            for recording in options.files or [samples / sample["file"] for sample in index(samples)]:
                replay(recording, address, options.speed, entities=options.entities != "off")
            if sys.stdout.isatty():
                stay(server, address)
    except DemoError as error:
        console.print(Text(str(error), style="red"))
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


@contextmanager
def serving(model: str, entities: str) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A server on a port of this machine, and its host:port, once it is ready; stopped at the end."""
    address = f"127.0.0.1:{free_port()}"
    host, port = address.split(":")
    command = ["theresa-server", "--port", port, "--model", model, "--entities", entities]
    console.print(Text(f"$ {shlex.join(command)}", style="bold"), soft_wrap=True)
    command += ["--host", host, "--log-level", "warning"]
    program = BIN / command[0]
    with subprocess.Popen(command, executable=program, process_group=0) as server:  # Ctrl-C is for the client
        try:
            wait_until_ready(server, address)
            yield server, address
        finally:
            server.terminate()
            try:
                server.wait(STOP_S)
            except subprocess.TimeoutExpired:
                server.kill()


def free_port() -> int:
    """A port that nobody listens on: the one that clients ask for by themselves, if it is free."""
    for wanted in (DEFAULT_PORT, 0):
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", wanted)) as probe:
            port: int = probe.getsockname()[1]
            return port
    raise DemoError("No port of this machine is free.")


def wait_until_ready(server: subprocess.Popen[bytes], address: str) -> None:
    """Return when the server has loaded its model. Raises ``DemoError`` when it stops before, or takes too long."""
    begun = time.monotonic()
    while time.monotonic() - begun < START_S:
        if is_ready(address):
            console.print(f"ready after {time.monotonic() - begun:.1f} s", style="dim")
            return
        try:
            server.wait(POLL_S)
        except subprocess.TimeoutExpired:
            continue
        raise DemoError("The server could not start: its reason is above.")
    raise DemoError(f"The server was not ready within {START_S} s.")


def is_ready(address: str) -> bool:
    """Whether the server answers that it takes sessions."""
    connection = HTTPConnection(address, timeout=1)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == HTTPStatus.OK
    except OSError:  # it does not listen yet
        return False
    finally:
        connection.close()


def replay(recording: Path, address: str, speed: str, *, entities: bool) -> None:
    """Stream one recording; the client itself shows partials, finals and entities."""
    wanted = ["--entities"] if entities else []
    console.print(Text(f"\n$ {shlex.join(['theresa', 'replay', recording.name, *wanted])}", style="bold"))
    with tempfile.TemporaryDirectory() as folder:
        heard = Path(folder) / "heard.txt"
        command = [str(BIN / "theresa"), "replay", str(recording), *wanted, "--speed", speed]
        with subprocess.Popen([*command, "--text", str(heard), "--url", f"ws://{address}/v1/stream"]) as client:
            try:
                status = client.wait()
            except KeyboardInterrupt:
                client.wait()  # it finishes what was said so far
                raise
        if status != 0:
            raise DemoError(f"theresa replay ended with status {status}.")
        text = heard.read_text(encoding="utf-8")
    if reference := reference_of(recording):
        compare(reference, " ".join(text.split()))


def stay(server: subprocess.Popen[bytes], address: str) -> None:
    """Let people speak to the server, until Ctrl-C."""
    command = [os.path.relpath(BIN / "theresa"), "listen"]
    if not address.endswith(f":{DEFAULT_PORT}"):
        command += ["--url", f"ws://{address}/v1/stream"]
    with contextlib.suppress(KeyboardInterrupt):
        console.print(Text("\nThe server stays. Speak to it:", style="bold"))
        console.print(Text(f"  in a browser    http://{address}/"), soft_wrap=True)
        console.print(Text(f"  in a terminal   {shlex.join(command)}"), soft_wrap=True)
        console.print("Ctrl-C stops it.", style="dim")
        server.wait()
        raise DemoError("The server has stopped by itself: its reason is above.")


def reference_of(recording: Path) -> str | None:
    """What is said in a recording, where a ``samples.json`` beside it tells."""
    for sample in index(recording.parent):
        if sample["file"] == recording.name:
            return " ".join(sentence["text"] for sentence in sample["sentences"])
    return None


def index(folder: Path) -> list[dict[str, Any]]:
    """The entries of a folder's ``samples.json``; none where there is no such file."""
    table = folder / "samples.json"
    return json.loads(table.read_text(encoding="utf-8")) if table.is_file() else []


def compare(reference: str, heard: str) -> None:
    """Print both, with what differs in red, and how much that is."""
    expected, actual = list(WORD.finditer(reference)), list(WORD.finditer(heard))
    changes = SequenceMatcher(None, _folded(expected), _folded(actual), autojunk=False).get_opcodes()
    left, right, differ = Text(reference), Text(heard), 0
    for kind, start, end, first, last in changes:
        if kind != "equal":
            differ += max(end - start, last - first)
            _mark(left, expected[start:end])
            _mark(right, actual[first:last])
    verdict = "all the same" if differ == 0 else f"{differ} differ"
    console.print(Text.assemble(("reference  ", "bold"), left), soft_wrap=True)
    console.print(Text.assemble(("heard      ", "bold"), right), soft_wrap=True)
    console.print(Text(f"           {len(expected)} words or Chinese characters, {verdict}", style="dim"))


def _folded(words: Sequence[re.Match[str]]) -> list[str]:
    return [word[0].casefold() for word in words]


def _mark(text: Text, words: Sequence[re.Match[str]]) -> None:
    for word in words:
        text.stylize("red", word.start(), word.end())


if __name__ == "__main__":
    sys.exit(main())
