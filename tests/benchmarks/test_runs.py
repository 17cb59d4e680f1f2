"""Each benchmark runs on a few seconds of the sample recordings and prints its results."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from benchmarks.__main__ import main
from benchmarks.peer_servers import ENVIRONMENTS, PEERS
from tests.conftest import ROOT
from tests.serving import SAMPLES

QUICK = ["--model", "demo", "--corpus", str(SAMPLES), "--seconds", "2", "--max-streams", "2"]
"""Two seconds hold the first sentence of a sample."""


def run(*arguments: str) -> str:
    """Return the output of a benchmark process in the checkout."""
    command = [sys.executable, "-m", "benchmarks", *arguments, *QUICK]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False, timeout=150)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def rows(output: str) -> list[list[str]]:
    """Return the cells of the rows of all tables."""
    return [[cell.strip() for cell in line.split("│")[1:-1]] for line in output.splitlines() if line.startswith("│")]


@pytest.mark.slow
@pytest.mark.parametrize("language", ["english", "mandarin"])
def test_latency(language: str) -> None:
    [one, all_] = rows(run("latency", "--only", language))

    assert one[0] == language
    assert all_[1] != "– / –"


@pytest.mark.slow
def test_stability() -> None:
    [one, all_] = rows(run("stability", "--only", "mandarin"))

    assert one[1:3] == all_[1:3] == ["0.0", "0.0"]


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
    table = rows(run("gateway", "--only", "english"))

    assert [row[0] for row in table] == ["2", "2"]
    assert [row[3] for row in table] == ["0", "0"]


@pytest.mark.slow
def test_accuracy(tmp_path: Path) -> None:
    entries = json.loads((SAMPLES / "samples.json").read_text(encoding="utf-8"))
    for name, sample in (("en_read", "english"), ("zh_words", "mandarin")):
        (tmp_path / name).mkdir()
        shutil.copy(SAMPLES / f"{sample}.flac", tmp_path / name)
        sentences = next(entry["sentences"] for entry in entries if entry["file"] == f"{sample}.flac")
        text, language = " ".join(one["text"] for one in sentences), sentences[0]["language"]
        line = {"file": f"{sample}.flac", "text": text, "language": language, "speaker": "a", "seconds": 20}
        (tmp_path / name / "manifest.jsonl").write_text(json.dumps(line), encoding="utf-8")
    (tmp_path / "noise").mkdir()
    soundfile.write(tmp_path / "noise" / "quiet.wav", np.zeros(16_000), 16_000)
    line = {"file": "quiet.wav", "text": "", "language": None, "speaker": None, "seconds": 1}
    (tmp_path / "noise" / "manifest.jsonl").write_text(json.dumps(line), encoding="utf-8")

    output = run("accuracy", "--speech", str(tmp_path), "--sets", "en_read", "zh_words")

    assert [row[0] for row in rows(output)] == ["en_read", "zh_words", "**all**"]
    assert [[row[4], row[6]] for row in rows(output)] == [["0.0", "0.0"]] * 3  # socket and REST
    assert "1 recordings without words: demo outputs nothing." in output


@pytest.mark.soak
def test_peers() -> None:
    if not all((ENVIRONMENTS / peer.package / ".ready").exists() for peer in PEERS):
        pytest.skip("needs the other servers: python -m benchmarks peers installs them")
    table = rows(run("peers", "--only", "mandarin"))

    assert [row[0] for row in table] == ["Theresa", "WhisperLive", "WhisperLiveKit"]


def test_the_help_lists_benchmarks_models_and_options(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    output = capsys.readouterr().out

    for name in ("latency", "peers", "--corpus", "--quick", "like-tiny"):
        assert name in output


def test_the_figures_of_a_quick_run_are_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["latency", "--quick", "--write"])

    assert "leave out --quick or --write" in capsys.readouterr().err


def test_missing_recordings_of_people_are_a_single_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["accuracy", "--model", "demo", "--speech", str(tmp_path)]) == 1
    assert "--speech DIR" in capsys.readouterr().out


def test_an_error_is_a_single_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["latency", "--corpus", os.devnull]) == 1
    assert capsys.readouterr().out.count("\n") == 1
