"""A client whose line breaks again and again hears what one hears whose line holds."""

import asyncio
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import numpy as np
import pytest

from tests.cutter import KINDS, cutting
from tests.serving import SAMPLES, alike, read, sentences, serving
from theresa_client import Reconnect, ResumingStream, connect_resuming, connection
from theresa_client.pacing import Pace, Pacer
from theresa_protocol.messages import Entities, EntitiesRequest, Final, Start
from theresa_server.audio.pcm import Pcm
from theresa_server.engine.whisper.decoding import DecodingOptions
from theresa_server.serving.config import ServerConfig
from theresa_server.speech.guards import ALL_GUARDS, Guard

START = Start(language=None, entities=EntitiesRequest())
SPEED = 20
IMPATIENT = Reconnect(first_s=0.01, most_s=0.05, limit_s=600)
Heard = list[tuple[str, int, int, tuple[str, ...]]]


def speech(seconds: float) -> Pcm:
    """The samples over and over, with a moment of silence between them."""
    once = np.concatenate([piece for name in ("english", "mandarin", "both") for piece in (read(name), _SILENCE)])
    return np.resize(once, int(seconds * 16_000))


_SILENCE = np.zeros(16_000, np.int16)


async def feed(stream: ResumingStream, pcm: Pcm) -> None:
    """Speak many times as fast as a person would, so that cuts fall into all that a session does."""
    pacer = Pacer(Pace(stream.audio.rate, SPEED), asyncio.get_running_loop().time)
    for at in range(0, pcm.size, 3_200):
        await pacer.wait(at)
        await stream.send(pcm[at : at + 3_200].tobytes())
    await stream.finish()


async def listen(stream: ResumingStream) -> Heard:
    finals: list[Final] = []
    lists: dict[int, tuple[str, ...]] = {}
    async for message in stream:
        if isinstance(message, Final) and message.text:
            finals.append(message)
        elif isinstance(message, Entities) and message.final:
            assert message.segment not in lists
            lists[message.segment] = tuple(item.text for item in message.items)
    return [(final.text, final.start_ms, final.end_ms, lists[final.segment]) for final in finals]


async def heard(url: str, pcm: Pcm) -> Heard:
    async with connect_resuming(url, START, reconnect=IMPATIENT) as stream, asyncio.TaskGroup() as group:
        listening = group.create_task(listen(stream))
        await feed(stream, pcm)
    return listening.result()


async def differences(lexicon: Path, seconds: float, cuts: int, seed: int) -> tuple[Heard, Heard, list[str]]:
    # Held to what was shown of it, a doubtful final may depend on when the line broke.
    unheld = DecodingOptions(guards=ALL_GUARDS - {Guard.HOLD})
    config = ServerConfig(port=0, lexicon=lexicon, resume_window_s=60, decoding=unheld)
    with serving(config) as first, serving(config) as second:
        pcm = speech(seconds)
        uncut = await heard(first.url, pcm)
        async with cutting([first.url, second.url], cuts, pcm.nbytes / cuts / 1.2, seed) as line:
            cut = await heard(line.url, pcm)
    return uncut, cut, list(line.cuts)


def check_same_words(cut: Heard, uncut: Heard) -> None:
    """Each final comes once, at its time, with its entities; where partials fell may have changed a word of it."""
    assert [times for _, *times, _ in cut] == [times for _, *times, _ in uncut]
    for (text, *_, names), (expected, *_, expected_names) in zip(cut, uncut, strict=True):
        assert alike(text, expected) > 0.7, (text, expected)
        assert text != expected or names == expected_names


@pytest.fixture(autouse=True)
def _notice_frozen_lines_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "PING_INTERVAL_S", 0.2)
    monkeypatch.setattr(connection, "CLOSE_TIMEOUT_S", 0.1)


@pytest.mark.slow
async def test_no_word_is_lost_and_none_comes_twice(lexicon: Path) -> None:
    uncut, cut, cuts = await differences(lexicon, seconds=60, cuts=15, seed=4)

    check_same_words(cut, uncut)
    assert len(cuts) > 8
    assert set(cuts) == set(KINDS)


async def test_a_replay_goes_on_and_says_so_in_one_line() -> None:
    with serving(ServerConfig(port=0)) as server:
        async with cutting([server.url], 1, 30_000, seed=4) as line:
            command = [sys.executable, "-m", "theresa_client", "replay", str(SAMPLES / "both.flac"), "--speed", "20"]
            replay = await asyncio.create_subprocess_exec(*command, "--url", line.url, stdout=PIPE, stderr=PIPE)
            out, err = await asyncio.wait_for(replay.communicate(), 30)

    assert [text.split("] ")[1] for text in out.decode().splitlines()] == sentences("both")
    assert len(line.cuts) == 1
    lost, back = err.decode().splitlines()
    assert lost.startswith("theresa: The connection to the server was lost (close code 10")
    assert lost.endswith("); reconnecting.")
    assert back == "theresa: Reconnected; the session continues."


@pytest.mark.soak
@pytest.mark.timeout(3600)
async def test_an_hour_with_a_thousand_cuts(lexicon: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "PING_INTERVAL_S", 1.0)  # both servers and the client share two cores for long
    uncut, cut, cuts = await differences(lexicon, seconds=3600, cuts=1000, seed=5)

    check_same_words(cut, uncut)
    assert len(cuts) > 700
