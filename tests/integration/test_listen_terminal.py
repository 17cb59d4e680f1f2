"""``theresa listen`` at a terminal: the screen, the keys, and the restored state of the terminal."""

import asyncio
import contextlib
import fcntl
import os
import pty
import termios
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus

import pyte
import pytest

from tests.client.listening import COMMAND, TIMEOUT_S
from tests.client.peer import Peer, Script, entities, entity, final, partial, serving
from tests.client.soundcard import RATE_HZ, SoundCard, plugged_in
from tests.serving import read

pytestmark = pytest.mark.slow

COLUMNS, ROWS = 90, 24
CTRL_C = "\x03"


class Screen:
    """The terminal of a running command: its screen, and every byte written to it."""

    def __init__(self, master: int) -> None:
        self.drawn = ""
        self._master = master
        self._screen = pyte.Screen(COLUMNS, ROWS)
        self._bytes = pyte.ByteStream(self._screen)
        self._moved = asyncio.Event()

    @property
    def text(self) -> str:
        """All non-empty rows."""
        return "\n".join(row.rstrip() for row in self._screen.display if row.strip())

    @property
    def footer(self) -> str:
        """The last non-empty row."""
        return self.text.rpartition("\n")[2]

    def read(self) -> None:
        """Read and draw available output."""
        piece = os.read(self._master, 65_536)
        self.drawn += piece.decode(errors="replace")
        self._bytes.feed(piece)
        self._moved.set()

    async def until(self, seen: Callable[["Screen"], bool]) -> None:
        """Wait until ``seen`` is true."""
        try:
            async with asyncio.timeout(TIMEOUT_S):
                while not seen(self):
                    self._moved.clear()
                    await self._moved.wait()
        except TimeoutError:
            pytest.fail(f"never seen; this is:\n{self.text}")

    def press(self, keys: str) -> None:
        """Type."""
        os.write(self._master, keys.encode())


@asynccontextmanager
async def at_a_terminal(card: SoundCard, url: str, status: int, *arguments: str) -> AsyncIterator[Screen]:
    """Run the command in a terminal of its own; it must exit with ``status`` and restore the terminal."""
    master, slave = pty.openpty()
    termios.tcsetwinsize(slave, (ROWS, COLUMNS))
    before = termios.tcgetattr(slave)
    environment = {**card.environment, "TERM": "xterm-256color"}
    environment.pop("NO_COLOR", None)
    process = await asyncio.create_subprocess_exec(
        *COMMAND, *arguments, "--url", url, stdin=slave, stdout=slave, stderr=slave, env=environment,
        start_new_session=True, preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )  # fmt: skip
    screen = Screen(master)
    loop = asyncio.get_running_loop()
    loop.add_reader(master, screen.read)
    try:
        yield screen
        async with asyncio.timeout(TIMEOUT_S):
            assert await process.wait() == status
        assert termios.tcgetattr(slave) == before
    finally:
        loop.remove_reader(master)
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        os.close(slave)
        os.close(master)


@pytest.fixture
async def card(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[SoundCard]:
    with plugged_in(tmp_path_factory.mktemp("card")) as card:
        async with card.awake():
            yield card


@asynccontextmanager
async def listening(card: SoundCard, script: Script, *arguments: str) -> AsyncIterator[Screen]:
    """Run a session with a scripted server; it ends by Ctrl-C."""
    async with serving(script) as url, at_a_terminal(card, url, 0, *arguments) as screen:
        await screen.until(lambda screen: "connected" in screen.footer)
        yield screen
        screen.press(CTRL_C)


async def patient(peer: Peer) -> None:
    await peer.open()
    await peer.close()


async def test_the_level_of_the_microphone_is_shown_during_speech(card: SoundCard) -> None:
    async with listening(card, patient) as screen:
        assert "─" * 20 in screen.footer
        assert "−∞ dBFS" in screen.footer
        speaking = asyncio.create_task(card.play(read("english")[: 2 * RATE_HZ].tobytes()))
        await screen.until(lambda screen: "━━━━━━━━" in screen.footer and "┃" in screen.footer)
        await screen.until(lambda screen: "∞" not in screen.footer)
        await speaking


async def test_stable_text_is_solid_volatile_text_dim_and_entities_are_listed_above(card: SoundCard) -> None:
    async def script(peer: Peer) -> None:
        await peer.open()
        await peer.send(partial("陈静在深圳", stable=2))
        await grown.wait()
        await peer.send(final("陈静在深圳。"), entities(entity("PERSON", "陈静"), entity("LOCATION", "深圳", 3)))
        await peer.close()

    grown = asyncio.Event()
    async with listening(card, script, "--entities") as screen:
        await screen.until(lambda screen: "陈静\x1b[2m在深圳" in screen.drawn)
        grown.set()
        await screen.until(lambda screen: screen.text.splitlines()[-2:-1] == ["    PERSON 陈静 · LOCATION 深圳"])

        assert screen.text.splitlines()[-3] == "[00:00.2 → 00:01.2] 陈静在深圳。"
        assert "dBFS" in screen.footer


@pytest.mark.parametrize("key", ["m", " "])
async def test_a_key_mutes_and_silence_is_sent(card: SoundCard, key: str) -> None:
    async def script(peer: Peer) -> None:
        await peer.open()
        await peer.close()
        sent.append(peer.audio)

    sent: list[bytes] = []
    secret = read("mandarin")[:RATE_HZ].tobytes()
    said = read("english")[:RATE_HZ].tobytes()
    async with listening(card, script, "--rate", str(RATE_HZ)) as screen:
        screen.press(key)
        await screen.until(lambda screen: "MUTED" in screen.footer and "m unmutes" in screen.footer)
        await card.play(secret)
        screen.press(key)
        await screen.until(lambda screen: "MUTED" not in screen.footer)
        await card.play(said)
    middle = slice(len(said) // 2, len(said) // 2 + 3_200)

    assert said[middle] in sent[0]
    assert secret[middle] not in sent[0]
    assert len(sent[0]) > 2 * len(said)


async def test_digital_silence_is_reported(card: SoundCard) -> None:
    async with listening(card, patient) as screen:
        await screen.until(lambda screen: "only silence: is it muted?" in screen.footer)
        assert "delivers only digital silence: is it muted?" in screen.text


async def test_a_lost_and_restored_connection_is_shown(card: SoundCard) -> None:
    async def script(peer: Peer) -> None:
        await peer.open()
        if not lost.is_set():
            await cut.wait()
            lost.set()
            peer.socket.transport.abort()
            return
        await peer.close()

    cut, lost = asyncio.Event(), asyncio.Event()
    async with listening(card, script) as screen:
        cut.set()
        await screen.until(lambda screen: "reconnecting" in screen.drawn)
        await screen.until(lambda screen: "  connected" in screen.footer)
        text = screen.text.replace("\n", "")  # the terminal wraps the first sentence
        assert text.count("; reconnecting.") == 1
        assert text.count("Reconnected; the session continues.") == 1


async def test_a_refusal_leaves_the_terminal_as_it_was(card: SoundCard) -> None:
    body = '{"error": {"code": "overloaded", "message": "All seats are taken."}}'
    async with serving(patient, deny=(HTTPStatus.SERVICE_UNAVAILABLE, body, {})) as url:
        async with at_a_terminal(card, url, 3) as screen:
            await screen.until(lambda screen: "All seats are taken." in " ".join(screen.text.split()))
        assert "dBFS" not in screen.text
