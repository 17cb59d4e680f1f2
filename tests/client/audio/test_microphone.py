"""A microphone as a source: audio is passed on, and losses are reported."""

import asyncio
import math
from array import array

import pytest

from theresa_client.audio import microphone as module
from theresa_client.audio.capture_queue import CaptureQueue
from theresa_client.audio.levels import MicrophoneStatus
from theresa_client.audio.microphone import BUFFER_MS, Microphone
from theresa_client.errors import SourceLost
from theresa_protocol.audio import AudioFormat

AUDIO = AudioFormat(rate=8_000)
TONE = array("h", [9_000, -9_000] * 400).tobytes()
"""A tenth of a second."""


class Captured:
    """A microphone, and its notices."""

    def __init__(self) -> None:
        self.status = MicrophoneStatus()
        self.notices: list[str] = []
        self.queue = CaptureQueue(AUDIO, lambda: None)
        self.microphone = Microphone("desk", self.queue, self.status, self.notices.append)

    def capture(self, pcm: bytes, begin_s: float = 0.0, *, overflow: bool = False) -> None:
        self.queue.put(pcm, begin_s, overflow=overflow)
        self.microphone.read_queue()

    async def rest(self) -> bytes:
        self.microphone.close()
        return b"".join([chunk async for chunk in self.microphone.chunks(500)])


@pytest.fixture
async def captured() -> Captured:
    return Captured()


async def test_audio_captured_before_the_first_read_is_kept(captured: Captured) -> None:
    captured.capture(TONE)
    captured.capture(TONE)
    assert await captured.rest() == TONE * 2


async def test_audio_after_close_is_ignored(captured: Captured) -> None:
    captured.microphone.close()
    captured.capture(TONE)
    assert await captured.rest() == b""


async def test_audio_still_in_the_driver_at_stop_is_captured(captured: Captured) -> None:
    assert captured.microphone.stop()
    captured.capture(TONE)
    async with asyncio.timeout(30):
        assert b"".join([chunk async for chunk in captured.microphone.chunks(500)]) == TONE


@pytest.mark.parametrize("key", ["m", "M", " "])
async def test_a_key_mutes_and_unmutes(captured: Captured, key: str) -> None:
    captured.microphone.handle_key(key)
    captured.capture(TONE)
    captured.microphone.handle_key(key)
    captured.capture(TONE)
    assert await captured.rest() == bytes(len(TONE)) + TONE


async def test_other_keys_do_nothing(captured: Captured) -> None:
    captured.microphone.handle_key("x")
    assert not captured.status.muted


async def test_a_muted_microphone_still_shows_its_level(captured: Captured) -> None:
    captured.microphone.handle_key("m")
    captured.capture(TONE)
    assert captured.status.meter.peak_dbfs == pytest.approx(20 * math.log10(9_000 / 32_768))


async def test_audio_lost_by_the_driver_becomes_silence_and_is_reported_once_and_at_the_end(captured: Captured) -> None:
    captured.capture(TONE, 10.0)
    captured.capture(TONE, 10.2, overflow=True)
    captured.capture(TONE, 10.4, overflow=True)
    silence = bytes(len(TONE))
    assert await captured.rest() == TONE + silence + TONE + silence + TONE
    told = "This computer could not keep up with the microphone: lost audio is replaced by silence."
    assert captured.notices.count(told) == 1
    assert captured.microphone.warnings() == ["0.2 s of audio were lost and replaced by silence."]


async def test_a_long_outage_replaces_the_newest_audio_with_silence(captured: Captured) -> None:
    fits = BUFFER_MS // 100
    for _ in range(fits + 5):
        captured.capture(TONE)
    assert captured.status.waiting_ms == BUFFER_MS + 500
    assert captured.status.lost_ms == 500
    assert captured.notices == [
        "The server has been unreachable for too long: new audio is replaced by silence until it returns."
    ]
    assert await captured.rest() == TONE * fits + bytes(5 * len(TONE))


async def test_digital_silence_is_reported_once(captured: Captured) -> None:
    for _ in range(80):
        captured.capture(bytes(len(TONE)))
    assert captured.notices == ["The microphone 'desk' delivers only digital silence: is it muted?"]


async def test_a_lost_device_is_an_error_after_its_audio_is_sent(captured: Captured) -> None:
    captured.capture(TONE)
    captured.microphone.lose_device()
    chunks = captured.microphone.chunks(500)
    assert await anext(chunks) == TONE
    with pytest.raises(SourceLost, match="The microphone 'desk' has disappeared"):
        await anext(chunks)


async def test_a_device_that_stalls_is_lost(captured: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STALL_S", 0.01)
    captured.capture(TONE)
    chunks = captured.microphone.chunks(500)
    assert await anext(chunks) == TONE
    with pytest.raises(SourceLost, match="delivered no audio for"):
        await anext(chunks)


async def test_a_released_device_is_not_lost(captured: Captured) -> None:
    captured.capture(TONE)
    captured.microphone.close()
    captured.microphone.lose_device()
    assert await captured.rest() == TONE
