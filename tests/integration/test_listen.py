"""``theresa listen`` end to end: sound card, PortAudio, a real server, and the transcript."""

import asyncio
import re
import signal
import wave
from collections.abc import AsyncIterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.client.listening import listening
from tests.client.peer import Peer, started
from tests.client.peer import serving as scripted
from tests.client.soundcard import RATE_HZ, SoundCard, plugged_in
from tests.serving import RunningServer, process, read
from theresa_protocol.limits import Limits
from theresa_protocol.messages import Start

pytestmark = pytest.mark.slow

ENGLISH = [
    "My name is Alice Johnson.",
    "PERSON Alice Johnson",
    "I live in London and work for Acme Corporation.",
    "LOCATION London · ORGANIZATION Acme Corporation",
]
MANDARIN = [
    "李华在上海的东方银行工作。",
    "PERSON 李华 · LOCATION 上海 · ORGANIZATION 东方银行",
]
DEVICE_RATE = ("--rate", str(RATE_HZ))
"""The sound card's own rate."""


@pytest.fixture
async def card(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[SoundCard]:
    folder = tmp_path_factory.mktemp("card")
    with plugged_in(folder) as card:
        async with card.awake():
            yield card


@pytest.fixture(scope="module")
def server(entity_server: RunningServer) -> RunningServer:
    return entity_server


def words(lines: list[str]) -> list[list[str]]:
    """The words of each line: where a sentence is cut off, its full stop depends on the silence behind it."""
    return [re.findall(r"\w+", line) for line in lines]


def sound(name: str, begin_s: float = 0.0, end_s: float | None = None) -> bytes:
    """Return part of a sample recording."""
    pcm = read(name)
    return pcm[int(begin_s * RATE_HZ) : None if end_s is None else int(end_s * RATE_HZ)].tobytes()


def bit_exact_part(pcm: bytes) -> bytes:
    """Return the part of a sound that is recorded bit-exactly: all but the fade-in of the player."""
    return pcm[RATE_HZ // 5 :]


def recorded(path: Path) -> bytes:
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (RATE_HZ, 1, 2)
        return file.readframes(file.getnframes())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "begin_s", "end_s", "texts"),
    # Of the second Mandarin sentence the demo model loses the last character more often than not at another rate.
    [("english", 1.8, 8.0, ENGLISH), ("mandarin", 5.9, 11.0, MANDARIN)],
    ids=["english", "mandarin"],
)
async def test_words_and_entities_are_recognised_at_the_devices_own_rate(
    card: SoundCard, server: RunningServer, name: str, begin_s: float, end_s: float, texts: list[str]
) -> None:
    async with listening(card, server.url, "--entities") as listener:
        assert "at 44.1 kHz" in listener.errors[-1]
        await card.play(sound(name, begin_s, end_s))
        assert await listener.interrupt() == 0

    assert words(listener.texts) == words(texts)


async def test_both_languages_are_recognised_on_the_selected_microphone(card: SoundCard, server: RunningServer) -> None:
    async with listening(card, server.url, "--device", "headset", *DEVICE_RATE) as listener:
        await card.play(sound("both", 0, 4.7), "headset")
        assert await listener.interrupt() == 0

    assert words(listener.texts) == words(["Good morning.", "我很好，谢谢。"])


async def test_one_interrupt_waits_for_the_last_finals(card: SoundCard, server: RunningServer) -> None:
    async with listening(card, server.url) as listener:
        await card.play(sound("english", 1.8, 3.7))
        assert await listener.interrupt() == 0

    assert words(listener.texts) == words(["My name is Alice Johnson."])
    assert listener.errors[1:] == [
        "theresa: Stopping: waiting for the last finals. Press Ctrl-C again to quit at once."
    ]


async def test_a_termination_waits_for_the_last_finals(card: SoundCard, server: RunningServer) -> None:
    async with listening(card, server.url) as listener:
        await card.play(sound("mandarin", 0, 1.3))
        listener.process.send_signal(signal.SIGTERM)
        assert await listener.ended() == 0

    assert words(listener.texts) == words(["你好。"])


async def test_the_recording_is_bit_exact(card: SoundCard, server: RunningServer, tmp_path: Path) -> None:
    said = sound("english", 0, 1.5)
    async with listening(card, server.url, *DEVICE_RATE, "--save", tmp_path / "a.wav") as listener:
        await card.play(said)
        assert await listener.interrupt() == 0

    assert bit_exact_part(said) in recorded(tmp_path / "a.wav")


async def test_the_recording_of_a_killed_program_is_a_valid_wav_file(
    card: SoundCard, server: RunningServer, tmp_path: Path
) -> None:
    async with listening(card, server.url, *DEVICE_RATE, "--save", tmp_path / "a.wav") as listener:
        await card.play(sound("english", 0, 2.5))
        await listener.until("Good morning.")
        listener.process.kill()
        await listener.ended()

    assert bit_exact_part(sound("english", 0, 1)) in recorded(tmp_path / "a.wav")


async def test_the_files_contain_the_transcript(card: SoundCard, server: RunningServer, tmp_path: Path) -> None:
    srt, text = tmp_path / "a.srt", tmp_path / "a.txt"
    async with listening(card, server.url, "--srt", srt, "--text", text) as listener:
        await card.play(sound("mandarin", 0, 1.3))
        assert await listener.interrupt() == 0

    assert text.read_text(encoding="utf-8") == "你好。\n"
    assert srt.read_text(encoding="utf-8").splitlines()[2] == "你好。"


async def test_unplugging_the_microphone_keeps_the_transcript_and_is_status_1(
    card: SoundCard, server: RunningServer
) -> None:
    async with listening(card, server.url, "--device", "desk") as listener:
        await card.play(sound("english", 1.8, 3.7))
        card.unplug()
        assert await listener.ended() == 1

    assert words(listener.texts) == words(["My name is Alice Johnson."])
    assert listener.errors[1:] == ["theresa: The microphone 'desk' has disappeared: was it unplugged?"]


async def test_a_frozen_driver_keeps_the_transcript_and_is_status_1(card: SoundCard, server: RunningServer) -> None:
    async with listening(card, server.url, "--device", "desk") as listener:
        await card.play(sound("mandarin", 0, 1.3))
        card.freeze()
        assert await listener.ended() == 1

    assert words(listener.texts) == words(["你好。"])
    assert listener.errors[1:] == ["theresa: The microphone 'desk' delivered no audio for 5 s."]


async def test_restarting_the_server_during_speech_loses_nothing(card: SoundCard, tmp_path: Path) -> None:
    spoken = sound("both", 0, 9.3)
    with ExitStack() as servers:
        first, url = await asyncio.to_thread(servers.enter_context, process())
        arguments = (*DEVICE_RATE, "--save", tmp_path / "a.wav")
        async with listening(card, url.replace("http", "ws") + "/v1/stream", *arguments) as listener:
            speaking = asyncio.create_task(card.play(spoken))
            await listener.until("Good morning.")
            first.kill()
            await asyncio.to_thread(servers.enter_context, process("--port", url.rpartition(":")[2]))
            await speaking
            assert await listener.interrupt() == 0

    assert words(listener.texts) == words(
        [
            "Good morning.",
            "我很好，谢谢。",
            "Orion Systems opened a new office in Shanghai on Friday.",
        ]
    )
    assert bit_exact_part(spoken) in recorded(tmp_path / "a.wav")
    lost, back, _ = listener.errors[1:]
    assert lost.startswith("theresa: The connection to the server was lost (close code 1006")
    assert lost.endswith("); reconnecting.")
    assert back == "theresa: Reconnected; the session continues."


async def test_speech_during_the_handshake_is_sent(card: SoundCard) -> None:
    said = sound("mandarin", 0, 1.3)

    async def script(peer: Peer) -> None:
        start = await peer.next()
        assert isinstance(start, Start)
        await card.play(said)
        await peer.send(started(start, Limits()))
        await peer.close()
        sent.append(peer.audio)

    sent: list[bytes] = []
    async with scripted(script) as url, listening(card, url, *DEVICE_RATE) as listener:
        assert await listener.interrupt() == 0

    assert bit_exact_part(said) in sent[0]
