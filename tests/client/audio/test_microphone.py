"""A microphone as a source: what comes in goes out, and what does not is told."""

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


class Heard:
    """A microphone, and what a person is told of it."""

    def __init__(self) -> None:
        self.status = MicrophoneStatus()
        self.told: list[str] = []
        self.queue = CaptureQueue(AUDIO, lambda: None)
        self.microphone = Microphone("desk", self.queue, self.status, self.told.append)

    def say(self, pcm: bytes, begin_s: float = 0.0, *, overflow: bool = False) -> None:
        self.queue.put(pcm, begin_s, overflow=overflow)
        self.microphone.read_queue()

    async def rest(self) -> bytes:
        self.microphone.close()
        return b"".join([chunk async for chunk in self.microphone.chunks(500)])


@pytest.fixture
async def heard() -> Heard:
    return Heard()


async def test_what_is_said_before_anybody_asks_is_kept(heard: Heard) -> None:
    heard.say(TONE)
    heard.say(TONE)
    assert await heard.rest() == TONE * 2


async def test_what_comes_after_the_end_is_not_taken_in(heard: Heard) -> None:
    heard.microphone.close()
    heard.say(TONE)
    assert await heard.rest() == b""


async def test_what_the_driver_still_holds_when_it_is_stopped_is_taken_in(heard: Heard) -> None:
    assert heard.microphone.stop()
    heard.say(TONE)
    async with asyncio.timeout(5):
        assert b"".join([chunk async for chunk in heard.microphone.chunks(500)]) == TONE


@pytest.mark.parametrize("key", ["m", "M", " "])
async def test_a_key_mutes_and_unmutes(heard: Heard, key: str) -> None:
    heard.microphone.handle_key(key)
    heard.say(TONE)
    heard.microphone.handle_key(key)
    heard.say(TONE)
    assert await heard.rest() == bytes(len(TONE)) + TONE


async def test_other_keys_do_nothing(heard: Heard) -> None:
    heard.microphone.handle_key("x")
    assert not heard.status.muted


async def test_a_muted_microphone_still_shows_its_level(heard: Heard) -> None:
    heard.microphone.handle_key("m")
    heard.say(TONE)
    assert heard.status.meter.peak_dbfs == pytest.approx(20 * math.log10(9_000 / 32_768))


async def test_sound_that_a_driver_lost_is_silence_and_told_once_and_at_the_end(heard: Heard) -> None:
    heard.say(TONE, 10.0)
    heard.say(TONE, 10.2, overflow=True)
    heard.say(TONE, 10.4, overflow=True)
    silence = bytes(len(TONE))
    assert await heard.rest() == TONE + silence + TONE + silence + TONE
    told = "This computer could not keep up with the microphone: lost audio is replaced by silence."
    assert heard.told.count(told) == 1
    assert heard.microphone.warnings() == ["0.2 s of audio were lost and replaced by silence."]


async def test_a_server_that_is_away_too_long_costs_the_newest_sound_and_no_time(heard: Heard) -> None:
    fits = BUFFER_MS // 100
    for _ in range(fits + 5):
        heard.say(TONE)
    assert heard.status.waiting_ms == BUFFER_MS + 500
    assert heard.status.lost_ms == 500
    assert heard.told == [
        "The server has been unreachable for too long: new audio is replaced by silence until it returns."
    ]
    assert await heard.rest() == TONE * fits + bytes(5 * len(TONE))


async def test_digital_silence_is_asked_about_once(heard: Heard) -> None:
    for _ in range(80):
        heard.say(bytes(len(TONE)))
    assert heard.told == ["The microphone 'desk' delivers only digital silence: is it muted?"]


async def test_a_device_that_ends_by_itself_is_lost_once_all_is_sent(heard: Heard) -> None:
    heard.say(TONE)
    heard.microphone.lose_device()
    chunks = heard.microphone.chunks(500)
    assert await anext(chunks) == TONE
    with pytest.raises(SourceLost, match="The microphone 'desk' has disappeared"):
        await anext(chunks)


async def test_a_device_that_gives_nothing_any_more_is_lost(heard: Heard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STALL_S", 0.01)
    heard.say(TONE)
    chunks = heard.microphone.chunks(500)
    assert await anext(chunks) == TONE
    with pytest.raises(SourceLost, match="delivered no audio for"):
        await anext(chunks)


async def test_a_device_that_is_given_back_is_not_lost(heard: Heard) -> None:
    heard.say(TONE)
    heard.microphone.close()
    heard.microphone.lose_device()
    assert await heard.rest() == TONE
