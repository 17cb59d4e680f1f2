"""The recorder: its file is always valid, and it never blocks the session."""

import asyncio
import wave
from pathlib import Path

import pytest

from theresa_client.audio import recorder as module
from theresa_client.audio.recorder import LIMIT_MS, Recorder
from theresa_protocol.audio import AudioFormat

STEREO = AudioFormat(rate=44_100, channels=2)
SECOND = bytes(range(200)) * 882


async def record(path: Path, *pieces: bytes, begun: bool = True) -> tuple[Recorder, list[str]]:
    told: list[str] = []
    recorder = Recorder(path, STEREO, told.append)
    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        group.create_task(recorder.run())
        for piece in pieces:
            recorder.append(piece)
        if begun:
            recorder.begin()
        recorder.finish()
    return recorder, told


def content(path: Path) -> tuple[int, int, bytes]:
    with wave.open(str(path)) as file:
        return file.getframerate(), file.getnchannels(), file.readframes(file.getnframes())


async def test_a_recording_includes_audio_from_before_the_session(tmp_path: Path) -> None:
    recorder, _ = await record(tmp_path / "会议.wav", SECOND, SECOND[:400])
    assert recorder.failure is None
    assert content(tmp_path / "会议.wav") == (44_100, 2, SECOND + SECOND[:400])


async def test_no_session_leaves_no_file(tmp_path: Path) -> None:
    await record(tmp_path / "a.wav", SECOND, begun=False)
    assert not (tmp_path / "a.wav").exists()


async def test_a_cancelled_recording_is_finished(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "a.wav", STEREO, print)
    recorder.begin()
    task = asyncio.create_task(recorder.run())
    recorder.append(SECOND)
    await asyncio.sleep(0)
    task.cancel()
    async with asyncio.timeout(30):
        await asyncio.gather(task, return_exceptions=True)
    assert content(tmp_path / "a.wav")[2] == SECOND


async def test_an_existing_file_is_kept_and_reported(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_text("dear diary")
    recorder, told = await record(tmp_path / "a.wav", SECOND)
    assert (tmp_path / "a.wav").read_text() == "dear diary"
    assert told == [f"Recording to {tmp_path / 'a.wav'} has stopped: File exists. The transcript continues."]
    assert str(recorder.failure) == f"{tmp_path / 'a.wav'} holds only the first 0.0 s of audio: File exists."


async def test_a_slow_disk_ends_the_recording_only(tmp_path: Path) -> None:
    recorder, told = await record(tmp_path / "a.wav", *[SECOND] * (LIMIT_MS // 1_000 + 1))
    assert len(told) == 1
    assert "the disk is too slow" in str(recorder.failure)


async def test_a_file_too_large_for_wav_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_BYTES", len(SECOND) - 1)
    recorder, _ = await record(tmp_path / "a.wav", SECOND)
    assert str(recorder.failure).endswith("of audio: a WAV file cannot exceed 4 GiB.")
