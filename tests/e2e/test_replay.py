"""``theresa replay`` against ``theresa-server``, both as processes."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.serving import SAMPLES, process
from theresa_training.metrics import error_rate

REPLAY = [sys.executable, "-m", "theresa_client", "replay"]


def replay(url: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([*REPLAY, "--url", url, *arguments], capture_output=True, text=True, timeout=60, check=False)


def messages(output: str, kind: str) -> list[dict[str, Any]]:
    return [message for line in output.splitlines() if (message := json.loads(line))["type"] == kind]


@pytest.fixture(scope="module")
def references() -> dict[str, list[dict[str, Any]]]:
    """The sentences of each sample: language, text and times."""
    index = json.loads((SAMPLES / "samples.json").read_text(encoding="utf-8"))
    return {recording["file"]: recording["sentences"] for recording in index}


@pytest.mark.parametrize("file", ["english.flac", "mandarin.flac", "both.flac"])
def test_the_finals_match_the_sample(url: str, references: dict[str, list[dict[str, Any]]], file: str) -> None:
    done = replay(url, str(SAMPLES / file), "--speed", "0", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    finals = messages(done.stdout, "final")
    for language in ("en", "zh"):
        said = " ".join(final["text"] for final in finals if final["language"] == language)
        meant = " ".join(sentence["text"] for sentence in references[file] if sentence["language"] == language)
        assert error_rate([(meant, said)], language) <= 10, said


def test_every_sentence_is_found_at_its_time(url: str, references: dict[str, list[dict[str, Any]]]) -> None:
    done = replay(url, str(SAMPLES / "mandarin.flac"), "--speed", "0", "--json")
    finals = messages(done.stdout, "final")
    for sentence in references["mandarin.flac"]:
        middle = (sentence["start_ms"] + sentence["end_ms"]) // 2
        assert any(final["start_ms"] < middle < final["end_ms"] for final in finals)


def test_live_text_grows_while_it_is_spoken(url: str) -> None:
    done = replay(url, str(SAMPLES / "english.flac"), "--speed", "4", "--json")
    texts: dict[int, list[str]] = {}
    for partial in messages(done.stdout, "partial"):
        texts.setdefault(partial["segment"], []).append(partial["text"])
    assert any(len(grown[0]) < len(grown[-1]) for grown in texts.values())


def test_a_pipe_gets_one_plain_line_for_each_utterance(url: str) -> None:
    done = replay(url, str(SAMPLES / "mandarin.flac"), "--speed", "0")
    lines = done.stdout.splitlines()
    assert len(lines) >= 4
    assert all(line.startswith("[00:") and "\x1b" not in line for line in lines)


def test_subtitles_and_text_are_written(url: str, tmp_path: Path) -> None:
    srt, vtt, text = (tmp_path / f"talk.{ending}" for ending in ("srt", "vtt", "txt"))
    done = replay(
        url, str(SAMPLES / "both.flac"), "--speed", "0", "--srt", str(srt), "--vtt", str(vtt), "--text", str(text)
    )
    assert done.returncode == 0
    assert srt.read_text(encoding="utf-8").startswith("1\n00:00:")
    assert vtt.read_text(encoding="utf-8").startswith("WEBVTT\n")
    assert "。" in text.read_text(encoding="utf-8")


def test_several_streams_have_the_same_transcript(url: str) -> None:
    done = replay(url, str(SAMPLES / "mandarin.flac"), "--speed", "0", "--streams", "3", "--json")
    assert done.returncode == 0
    said: dict[str, list[str]] = {}
    for line in map(json.loads, done.stdout.splitlines()):
        if line["message"]["type"] == "final":
            said.setdefault(line["stream"], []).append(line["message"]["text"])
    assert len(said) == 3
    assert len({tuple(texts) for texts in said.values()}) == 1


def test_an_unreadable_recording_is_one_line_on_standard_error(url: str, tmp_path: Path) -> None:
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"RIFF of nothing")
    done = replay(url, str(broken))
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "broken.wav" in done.stderr


def test_no_server_is_one_line_on_standard_error() -> None:
    done = replay("ws://127.0.0.1:9/v1/stream", str(SAMPLES / "english.flac"))
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "theresa-server" in done.stderr


def test_a_killed_server_is_one_line_on_standard_error_and_keeps_the_finals(tmp_path: Path) -> None:
    text = tmp_path / "talk.txt"
    with process() as (server, http):
        url = http.replace("http", "ws") + "/v1/stream"
        command = [*REPLAY, "--url", url, str(SAMPLES / "english.flac"), "--text", str(text), "--reconnect-s", "0"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as client:
            assert client.stdout is not None
            first = client.stdout.readline()
            server.kill()
            _, complaint = client.communicate(timeout=60)
    assert first.startswith("[00:")
    assert (client.returncode, complaint.count("\n")) == (1, 1)
    assert text.read_text(encoding="utf-8").strip() in first
