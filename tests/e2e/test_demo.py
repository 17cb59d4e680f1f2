"""``make demo``, as somebody sees it at a terminal and as it goes into a pipe."""

import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.serving import SAMPLES

SPOKEN = "Orion Systems opened a new office in Shanghai on Friday."


@pytest.fixture
def command(root: Path) -> list[str]:
    recording = str(SAMPLES / "both.flac")
    return [
        sys.executable,
        str(root / "scripts" / "demo.py"),
        "--model",
        "demo",
        "--entities",
        "off",
        "--speed",
        "0",
        recording,
    ]


def lines(descriptor: int) -> Iterator[str]:
    """What is written to a terminal, line by line, until it is closed."""
    buffer = ""
    while True:
        try:
            piece = os.read(descriptor, 65_536)
        except OSError:  # nobody has the terminal open any more
            return
        *whole, buffer = (buffer + piece.decode(errors="replace")).split("\n")
        yield from whole


def test_in_a_pipe_it_ends_behind_the_recordings(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    assert done.returncode == 0, done.stderr
    assert SPOKEN in done.stdout
    assert "39 words or Chinese characters, no differences" in done.stdout
    assert "The server keeps running" not in done.stdout


def test_at_a_terminal_the_server_stays_to_be_spoken_to(command: list[str]) -> None:
    ours, theirs = pty.openpty()
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, process_group=0) as demo:
        os.close(theirs)
        try:
            written = lines(ours)
            address = next(found[0] for line in written if (found := re.search(r"http://[\d.:]+/", line)))
            page = httpx.get(address, trust_env=False, timeout=60)
            listen = next(line for line in written if "theresa listen" in line or "theresa' listen" in line)
            assert any("Ctrl-C" in line for line in written)
            demo.send_signal(signal.SIGINT)
            status = demo.wait(20)
        finally:
            demo.kill()
            os.close(ours)

    assert "Theresa – Live transcription" in page.text
    assert listen
    assert status == 0


def test_without_a_source_of_whisper_the_demo_model_stands_in(root: Path, tmp_path: Path) -> None:
    nowhere = {"PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": "http://127.0.0.1:9/simple", "HF_HUB_OFFLINE": "1"}
    environment = os.environ | nowhere | {"THERESA_CACHE": str(tmp_path), "HF_HOME": str(tmp_path)}
    command = [sys.executable, str(root / "scripts" / "demo.py"), "--entities", "off", "--speed", "0"]

    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)

    assert done.returncode == 0, done.stderr
    assert "Without Whisper, a tiny demo model transcribes synthetic speech" in done.stdout
    assert SPOKEN in done.stdout


def test_a_model_that_was_chosen_and_cannot_be_fetched_is_an_error(root: Path, tmp_path: Path) -> None:
    environment = os.environ | {"THERESA_CACHE": str(tmp_path), "HF_HOME": str(tmp_path), "HF_HUB_OFFLINE": "1"}
    command = [sys.executable, str(root / "scripts" / "demo.py"), "--model", "small"]

    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)

    assert done.returncode == 1
    assert "The model small cannot be fetched." in done.stdout
    assert "HF_HUB_OFFLINE" in done.stderr
