"""``theresa-server`` as a process: start, failure to start, stop."""

import asyncio
import os
import signal
import socket
import subprocess
from pathlib import Path

import pytest
from websockets.asyncio.client import connect

from tests.serving import COMMAND, TIMEOUT_S, Peer, process, read
from theresa_protocol.messages import Draining, End, Final, Start, Started

pytestmark = pytest.mark.slow


def failure(*options: str) -> tuple[int, str]:
    """Return the exit status and standard error of a server that does not start."""
    done = subprocess.run(
        [*COMMAND, "--log-level", "warning", *options], capture_output=True, text=True, timeout=60, check=False
    )
    return done.returncode, done.stderr


@pytest.fixture(scope="module")
def empty_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("empty")


def test_a_missing_model_fails_with_one_line() -> None:
    status, shown = failure("--model", "./no-such-model")
    assert status == 1
    assert shown.count("\n") == 1
    assert shown.startswith("theresa-server: ")
    assert "no-such-model" in shown


def test_a_directory_without_a_model_fails_with_one_line(empty_directory: Path) -> None:
    status, shown = failure("--model", str(empty_directory))
    assert (status, shown.count("\n")) == (1, 1)
    assert "Traceback" not in shown


def test_a_port_in_use_fails_with_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        status, shown = failure("--port", str(taken.getsockname()[1]))
    assert (status, shown.count("\n")) == (1, 1)
    assert "Address already in use" in shown
    assert "--port" in shown


def test_an_invalid_option_is_a_usage_error() -> None:
    status, shown = failure("--max-sessions", "none")
    assert status == 2
    assert "usage:" in shown


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_an_idle_server_stops_at_once_and_cleanly(stop: signal.Signals) -> None:
    with process() as (server, _):
        server.send_signal(stop)
        assert server.wait(TIMEOUT_S) == 0


async def test_a_signal_lets_a_session_finish() -> None:
    with process() as (server, url):
        async with connect(url.replace("http", "ws") + "/v1/stream", proxy=None) as socket_:
            peer = Peer(socket_)
            await peer.say(Start())
            await peer.hear(Started)
            await peer.speak(read("english"))
            server.send_signal(signal.SIGTERM)
            await peer.hear(Draining)
            await peer.say(End())
            assert (await peer.goodbye())[0] == 1000
        assert peer.all(Final)
        assert await asyncio.to_thread(server.wait, TIMEOUT_S) == 0


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
async def test_a_second_signal_stops_at_once(stop: signal.Signals) -> None:
    with process() as (server, url):
        async with connect(url.replace("http", "ws") + "/v1/stream", proxy=None) as socket_:
            peer = Peer(socket_)
            await peer.say(Start())
            await peer.hear(Started)
            server.send_signal(stop)
            await peer.hear(Draining)
            server.send_signal(stop)
            assert (await peer.goodbye())[0] in (1006, 1012)
        assert await asyncio.to_thread(server.wait, TIMEOUT_S) == 130


def test_a_server_that_is_loading_can_be_stopped(tmp_path: Path) -> None:
    """The model file is a pipe that nobody writes to, so loading never finishes."""
    for name in ("config.json", "tokenizer.json", "vocabulary.json"):
        (tmp_path / name).write_text("{}", encoding="utf-8")
    os.mkfifo(tmp_path / "model.bin")
    with process("--model", str(tmp_path), until="listening on") as (server, _):
        server.send_signal(signal.SIGTERM)
        assert server.wait(TIMEOUT_S) == 0
