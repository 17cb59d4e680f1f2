"""People who speak English and Mandarin are understood by the default model, over every interface."""

import subprocess
import sys

import httpx
import numpy as np
import pytest

from tests.real import people
from tests.serving import RunningServer, calling, transcribe
from theresa_protocol.messages import Final, Partial, Start
from theresa_server.audio.pcm import Pcm

pytestmark = pytest.mark.slow

LANGUAGES = pytest.mark.parametrize("language", people.FILES)
FINALS_ONLY = Start(partials=False)
"""Audio that is sent at once has few partials, and they cost time."""
QUIET_DBFS = -45
"""The peak of somebody far from the microphone."""
BEFORE_THE_END = 3 * 16_000
"""The first sentence takes more than four seconds."""


def attenuated(pcm: Pcm, peak_dbfs: float) -> Pcm:
    """Return a recording whose loudest sample has the given level."""
    gain = 32_768 * 10 ** (peak_dbfs / 20) / np.abs(pcm.astype(np.float64)).max()
    return np.round(pcm * gain).astype(np.int16)


@LANGUAGES
async def test_a_session_gets_what_was_said(server: RunningServer, language: str) -> None:
    peer = await transcribe(server, people.read(language), FINALS_ONLY)

    finals = [final for final in peer.all(Final) if final.text]
    assert people.errors(" ".join(final.text for final in finals), language) <= people.MAX_ERRORS[language]
    assert {final.language for final in finals} == {language}


async def test_text_appears_before_the_sentence_ends(server: RunningServer) -> None:
    async with calling(server) as peer:
        await peer.say(Start())
        await peer.talk(people.read("en")[:BEFORE_THE_END], speed=1)
        while "reader" not in (await peer.hear(Partial)).text.lower():
            pass


@LANGUAGES
def test_replay_prints_what_was_said(url: str, language: str) -> None:
    command = [sys.executable, "-m", "theresa_client", "replay", str(people.path(language)), "--speed", "0"]
    done = subprocess.run([*command, "--url", url], capture_output=True, text=True, timeout=60, check=False)

    assert (done.returncode, done.stderr) == (0, "")
    heard = " ".join(line.partition("] ")[2] for line in done.stdout.splitlines())
    assert people.errors(heard, language) <= people.MAX_ERRORS[language]


@LANGUAGES
def test_a_file_over_http_becomes_its_text(server: RunningServer, language: str) -> None:
    with people.path(language).open("rb") as recording:
        answer = httpx.post(
            f"{server.http}/v1/audio/transcriptions", data={"model": "whisper-1"}, files={"file": recording},
            trust_env=False, timeout=60,
        )  # fmt: skip

    assert answer.status_code == 200
    assert people.errors(answer.json()["text"], language) <= people.MAX_ERRORS[language]


@LANGUAGES
async def test_a_quiet_voice_is_heard(server: RunningServer, language: str) -> None:
    whole = people.read(language)
    peer = await transcribe(server, attenuated(whole, QUIET_DBFS), FINALS_ONLY)

    heard = " ".join(final.text for final in peer.all(Final))
    assert people.errors(heard, language) <= 2 * people.MAX_ERRORS[language]
