"""A microphone as a source: what comes in goes out, and what does not is told."""

import asyncio
import math
from array import array

import pytest

from theresa_client.audio import microphone as module
from theresa_client.audio.intake import Intake
from theresa_client.audio.levels import Gauge
from theresa_client.audio.microphone import BACKLOG_MS, Microphone
from theresa_client.errors import SourceLost
from theresa_protocol.audio import AudioFormat

AUDIO = AudioFormat(rate=8_000)
TONE = array("h", [9_000, -9_000] * 400).tobytes()
"""A tenth of a second."""


class Heard:
    """A microphone, and what a person is told of it."""

    def __init__(self) -> None:
        self.gauge = Gauge()
        self.told: list[str] = []
        self.intake = Intake(AUDIO, lambda: None)
        self.microphone = Microphone("desk", self.intake, self.gauge, self.told.append)

    def say(self, pcm: bytes, begin_s: float = 0.0, *, overflow: bool = False) -> None:
        self.intake.put(pcm, begin_s, overflow=overflow)
        self.microphone.hear()

    async def rest(self) -> bytes:
        self.microphone.end()
        return b"".join([chunk async for chunk in self.microphone.chunks(500)])


@pytest.fixture
async def heard() -> Heard:
    return Heard()


async def test_what_is_said_before_anybody_asks_is_kept(heard: Heard) -> None:
    heard.say(TONE)
    heard.say(TONE)
    assert await heard.rest() == TONE * 2


async def test_what_comes_after_the_end_is_not_taken_in(heard: Heard) -> None:
    heard.microphone.end()
    heard.say(TONE)
    assert await heard.rest() == b""


async def test_what_the_driver_still_holds_when_it_is_stopped_is_taken_in(heard: Heard) -> None:
    assert heard.microphone.stop()
    heard.say(TONE)
    async with asyncio.timeout(30):
        assert b"".join([chunk async for chunk in heard.microphone.chunks(500)]) == TONE


@pytest.mark.parametrize("key", ["m", "M", " "])
async def test_a_key_mutes_and_unmutes(heard: Heard, key: str) -> None:
    heard.microphone.press(key)
    heard.say(TONE)
    heard.microphone.press(key)
    heard.say(TONE)
    assert await heard.rest() == bytes(len(TONE)) + TONE


async def test_other_keys_do_nothing(heard: Heard) -> None:
    heard.microphone.press("x")
    assert not heard.gauge.muted


async def test_a_muted_microphone_still_shows_its_level(heard: Heard) -> None:
    heard.microphone.press("m")
    heard.say(TONE)
    assert heard.gauge.meter.peak_dbfs == pytest.approx(20 * math.log10(9_000 / 32_768))


async def test_sound_that_a_driver_lost_is_silence_and_told_once_and_at_the_end(heard: Heard) -> None:
    heard.say(TONE, 10.0)
    heard.say(TONE, 10.2, overflow=True)
    heard.say(TONE, 10.4, overflow=True)
    silence = bytes(len(TONE))
    assert await heard.rest() == TONE + silence + TONE + silence + TONE
    told = "This computer could not keep up with the microphone: silence stands for what was lost."
    assert heard.told.count(told) == 1
    assert heard.microphone.remarks() == ["0.2 s of sound were lost, and are silence in the transcript's times."]


async def test_a_server_that_is_away_too_long_costs_the_newest_sound_and_no_time(heard: Heard) -> None:
    fits = BACKLOG_MS // 100
    for _ in range(fits + 5):
        heard.say(TONE)
    assert heard.gauge.waiting_ms == BACKLOG_MS + 500
    assert heard.gauge.lost_ms == 500
    assert heard.told == [
        "The server has been away for too long to keep all sound: silence stands for what is said from here on."
    ]
    assert await heard.rest() == TONE * fits + bytes(5 * len(TONE))


async def test_digital_silence_is_asked_about_once(heard: Heard) -> None:
    for _ in range(80):
        heard.say(bytes(len(TONE)))
    assert heard.told == ["The microphone 'desk' gives nothing but digital silence: is it muted?"]


async def test_a_device_that_ends_by_itself_is_lost_once_all_is_sent(heard: Heard) -> None:
    heard.say(TONE)
    heard.microphone.lose()
    chunks = heard.microphone.chunks(500)
    assert await anext(chunks) == TONE
    with pytest.raises(SourceLost, match="The microphone 'desk' is gone"):
        await anext(chunks)


async def test_a_device_that_gives_nothing_any_more_is_lost(heard: Heard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STALL_S", 0.01)
    heard.say(TONE)
    chunks = heard.microphone.chunks(500)
    assert await anext(chunks) == TONE
    with pytest.raises(SourceLost, match="has given nothing for"):
        await anext(chunks)


async def test_a_device_that_is_given_back_is_not_lost(heard: Heard) -> None:
    heard.say(TONE)
    heard.microphone.end()
    heard.microphone.lose()
    assert await heard.rest() == TONE
