"""Each benchmark runs, on a few seconds of the sample recordings, and says what it found."""

import os
import subprocess
import sys

import pytest

from benchmarks.__main__ import main
from benchmarks.peer_servers import ENVIRONMENTS, PEERS
from tests.conftest import ROOT
from tests.serving import SAMPLES

QUICK = ["--model", "demo", "--corpus", str(SAMPLES), "--seconds", "2", "--most-streams", "2"]
"""Two seconds hold the first sentence of a sample."""


def run(*arguments: str) -> str:
    """Its output. In a process, as somebody would start it, from the checkout."""
    command = [sys.executable, "-m", "benchmarks", *arguments, *QUICK]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False, timeout=150)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def rows(output: str) -> list[list[str]]:
    """The cells of the rows of all tables."""
    return [[cell.strip() for cell in line.split("│")[1:-1]] for line in output.splitlines() if line.startswith("│")]


@pytest.mark.slow
@pytest.mark.parametrize("language", ["english", "mandarin"])
def test_latency(language: str) -> None:
    [one, all_] = rows(run("latency", "--only", language))

    assert one[0] == language
    assert all_[1] != "– / –"


@pytest.mark.slow
def test_accuracy() -> None:
    [one, all_] = rows(run("accuracy", "--only", "mandarin"))

    assert one[2] == all_[2] == "0.0"  # offline, the whole recording is heard


@pytest.mark.slow
def test_cost() -> None:
    [one, _] = rows(run("cost", "--only", "mandarin"))

    assert float(one[1]) > 0
    assert float(one[2]) > 0


@pytest.mark.slow
def test_capacity() -> None:
    assert [row[0] for row in rows(run("capacity", "--only", "english"))] == ["1", "2"]


@pytest.mark.slow
def test_gateway() -> None:
    found = rows(run("gateway", "--only", "english"))

    assert [row[0] for row in found] == ["2", "2"]
    assert [row[3] for row in found] == ["0", "0"]


@pytest.mark.soak
def test_peers() -> None:
    if not all((ENVIRONMENTS / peer.package / ".ready").exists() for peer in PEERS):
        pytest.skip("needs the other servers: python -m benchmarks peers installs them")
    found = rows(run("peers", "--only", "mandarin"))

    assert [row[0] for row in found] == ["Theresa", "WhisperLive", "WhisperLiveKit"]


def test_help_teaches(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    said = capsys.readouterr().out

    for name in ("latency", "peers", "--corpus", "like-tiny"):
        assert name in said


def test_what_cannot_be_measured_is_one_clear_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["latency", "--corpus", os.devnull]) == 1
    assert capsys.readouterr().out.count("\n") == 1
