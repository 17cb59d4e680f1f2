"""The command as a process: exit status, signals, pipes, a terminal, and its dependencies."""

import asyncio
import contextlib
import os
import pty
import re
import signal
import subprocess
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path

import pytest

from tests.client.peer import Peer, Script, entities, entity, final, partial, serving
from tests.client.recordings import write
from theresa_protocol.messages import End

TIMEOUT_S = 60
CHEN = entity("PERSON", "陈静")
COMMAND = (sys.executable, "-m", "theresa_client", "replay")


@pytest.fixture
def tone(tmp_path: Path) -> Path:
    return write(tmp_path / "tone.wav", codec="pcm_s16le", seconds=0.2)


async def begin(*arguments: str | Path, url: str, stdin: int | None = None) -> Process:
    return await asyncio.create_subprocess_exec(
        *COMMAND, *map(str, arguments), "--url", url, stdin=stdin, stdout=PIPE, stderr=PIPE
    )


async def run(*arguments: str | Path, url: str, stdin: bytes | None = None) -> tuple[int | None, str, str]:
    process = await begin(*arguments, url=url, stdin=None if stdin is None else PIPE)
    async with asyncio.timeout(TIMEOUT_S):
        out, err = await process.communicate(stdin)
    return process.returncode, out.decode(), err.decode()


async def transcribe(peer: Peer) -> None:
    await peer.open()
    await peer.close(final("你好。"))


async def test_success_is_status_0_and_lines_on_standard_output(tone: Path) -> None:
    async with serving(transcribe) as url:
        assert await run(tone, url=url) == (0, "[00:00.2 → 00:01.2] 你好。\n", "")


async def test_json_lines_are_the_server_messages(tone: Path) -> None:
    said: list[str] = []

    async def script(peer: Peer) -> None:
        send = peer.socket.send

        async def noted(text: str) -> None:
            said.append(text)
            await send(text)

        peer.socket.send = noted  # type: ignore[method-assign, assignment]
        await transcribe(peer)

    async with serving(script) as url:
        status, out, err = await run(tone, "--json", url=url)

    assert (status, err) == (0, "")
    assert out.splitlines() == said


async def test_raw_pcm_is_read_from_standard_input() -> None:
    heard: list[bytes] = []

    async def script(peer: Peer) -> None:
        assert (await peer.open()).audio.rate == 8_000
        await peer.close(final("pcm"))
        heard.append(peer.audio)

    pcm = bytes(range(256)) * 20
    async with serving(script) as url:
        status, _, err = await run("-", "--rate", "8000", "--speed", "0", url=url, stdin=pcm + b"x")

    assert (status, heard) == (0, [pcm])
    assert err == "theresa: Dropped 1 byte at the end, which is not a whole sample: check the audio format.\n"


async def test_empty_standard_input_is_status_2() -> None:
    async with serving(transcribe) as url:
        status, _, err = await run("-", url=url, stdin=b"")
    assert (status, err) == (2, "theresa: There is no audio in standard input.\n")


async def test_no_server_is_status_1(tone: Path) -> None:
    status, out, err = await run(tone, url="ws://127.0.0.1:1/v1/stream")
    assert (status, out) == (1, "")
    assert err.startswith("theresa: No server is listening at ws://127.0.0.1:1/v1/stream.")
    assert err.count("\n") == 1


async def test_a_killed_server_is_status_1_and_one_sentence(tone: Path) -> None:
    async def script(peer: Peer) -> None:
        await peer.open()
        await peer.send(final("kept"))
        await peer.receive_audio(2)
        peer.socket.transport.abort()

    async with serving(script) as url:
        status, out, err = await run(tone, "--reconnect-s", "0", url=url)

    assert (status, out) == (1, "[00:00.2 → 00:01.2] kept\n")
    assert err.startswith("theresa: The connection to the server was lost (close code 1006")
    assert err.count("\n") == 1


async def test_an_unreadable_recording_is_status_2(tmp_path: Path) -> None:
    (tmp_path / "notes.wav").write_text("dear diary")
    status, _, err = await run(tmp_path / "notes.wav", url="ws://127.0.0.1:1/v1/stream")
    assert status == 2
    assert "is not a recording in a known format" in err


@pytest.mark.parametrize("status", [HTTPStatus.UNAUTHORIZED, HTTPStatus.SERVICE_UNAVAILABLE])
async def test_a_refusal_is_status_3(tone: Path, status: HTTPStatus) -> None:
    body = '{"error": {"code": "x", "message": "Not you."}}'
    async with serving(transcribe, deny=(status, body, {})) as url:
        code, _, err = await run(tone, url=url)
    assert code == 3
    assert "Not you." in err


async def test_one_interrupt_is_status_0_and_a_second_130(tone: Path) -> None:
    """Reads from a silent pipe, which is the hardest case to interrupt."""
    begun, ended, hold = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.open()
        begun.set()
        assert isinstance(await peer.next(), End)
        ended.set()
        await hold.wait()

    async with serving(script) as url:
        process = await begin("-", url=url, stdin=PIPE)
        await begun.wait()
        process.send_signal(signal.SIGINT)
        await ended.wait()
        process.send_signal(signal.SIGINT)
        async with asyncio.timeout(TIMEOUT_S):
            err = [line async for line in process.stderr or ()]
            assert await process.wait() == 130
        hold.set()

    assert err == [
        b"theresa: Stopping: waiting for the last finals. Press Ctrl-C again to quit at once.\n",
        b"theresa: Interrupted: text that was not final is lost.\n",
    ]


async def test_a_termination_ends_the_audio_like_an_interrupt() -> None:
    begun = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.open()
        begun.set()
        await peer.close(final("last words"))

    async with serving(script) as url:
        process = await begin("-", url=url, stdin=PIPE)
        await begun.wait()
        process.send_signal(signal.SIGTERM)
        assert process.stdout is not None
        async with asyncio.timeout(TIMEOUT_S):
            assert b"last words" in await process.stdout.read()
            assert await process.wait() == 0


async def test_a_closed_pipe_ends_the_command_silently(tone: Path) -> None:
    gone = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.open()
        await gone.wait()
        await peer.send(final("unheard"))
        await peer.wait_closed()

    async with serving(script) as url:
        read, write_end = os.pipe()
        process = await asyncio.create_subprocess_exec(*COMMAND, str(tone), "--url", url, stdout=write_end, stderr=PIPE)
        os.close(write_end)
        os.close(read)
        gone.set()
        async with asyncio.timeout(TIMEOUT_S):
            _, err = await process.communicate()

    assert (process.returncode, err) == (1, b"")


@pytest.mark.parametrize("arguments", [(), ("--json",), ("--streams", "2")])
async def test_a_full_disk_is_status_1_and_a_sentence_for_each_stream(tone: Path, arguments: tuple[str, ...]) -> None:
    async with serving(transcribe) as url:
        full = os.open("/dev/full", os.O_WRONLY)
        process = await asyncio.create_subprocess_exec(
            *COMMAND, str(tone), *arguments, "--url", url, stdout=full, stderr=PIPE
        )
        os.close(full)
        async with asyncio.timeout(TIMEOUT_S):
            _, err = await process.communicate()

    lines = err.decode().splitlines()
    assert process.returncode == 1
    assert len(lines) == (2 if "--streams" in arguments else 1)
    assert all(line.endswith("Cannot write to standard output: No space left on device.") for line in lines)


def test_a_closed_standard_output_is_status_1_and_one_sentence(tone: Path) -> None:
    done = subprocess.run(
        ["sh", "-c", 'exec "$@" >&-', "sh", *COMMAND, tone], stderr=subprocess.PIPE, check=False, timeout=TIMEOUT_S
    )
    assert (done.returncode, done.stderr) == (1, b"theresa: Standard output is closed.\n")


async def shown_at_a_terminal(script: Script, *arguments: str | Path, look: Callable[[bytes], None]) -> str:
    """Return the output at a terminal of 80 × 24; ``look`` is called with all of it whenever it grows."""
    master, slave = pty.openpty()
    shown = b""

    def read() -> None:
        nonlocal shown
        shown += os.read(master, 65_536)
        look(shown)

    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "80", "LINES": "24"}
    environment.pop("NO_COLOR", None)
    loop = asyncio.get_running_loop()
    loop.add_reader(master, read)
    async with serving(script) as url:
        process = await asyncio.create_subprocess_exec(
            *COMMAND, *map(str, arguments), "--url", url, stdout=slave, stderr=slave, stdin=slave, env=environment
        )
        async with asyncio.timeout(TIMEOUT_S):
            assert await process.wait() == 0
    loop.remove_reader(master)
    os.set_blocking(master, False)
    with contextlib.suppress(BlockingIOError):
        while True:
            read()
    os.close(slave)
    os.close(master)
    return shown.decode()


async def test_a_terminal_shows_stable_text_solid_volatile_text_dim_and_a_bar(tone: Path) -> None:
    async def script(peer: Peer) -> None:
        await peer.open()
        await peer.send(partial("你好世界", stable=2))
        await seen.wait()
        await peer.close(final("你好，世界。"))

    def look(shown: bytes) -> None:
        if "你好\x1b[2m世界".encode() in shown:
            seen.set()

    seen = asyncio.Event()
    text = await shown_at_a_terminal(script, tone, look=look)

    assert "━" in text
    assert "[00:00.2 → 00:01.2] " in text
    assert "你好，世界。" in text
    assert "0.2 s of audio in" in text


async def test_a_terminal_shows_entities_in_the_text_below_it_and_at_the_end(tone: Path) -> None:
    async def script(peer: Peer) -> None:
        await peer.open()
        await peer.send(partial("陈静在深", stable=3), entities(CHEN, final=False))
        await grown.wait()
        await peer.send(final("陈静在深圳。"))
        await waiting.wait()
        await peer.send(entities(CHEN, entity("LOCATION", "深圳", 3)))
        await peer.close(final("陈静。", segment=1), entities(CHEN, segment=1))

    def look(shown: bytes) -> None:
        if "\x1b[1;38;5;163m陈静\x1b[0m在\x1b[2m深".encode() in shown:
            grown.set()
        if "陈静在深圳。".encode() in shown:
            waiting.set()

    grown, waiting = asyncio.Event(), asyncio.Event()
    text = await shown_at_a_terminal(script, tone, "--entities", look=look)

    assert (
        "\x1b[1;38;5;163m陈静\x1b[0m在\x1b[1;38;5;28m深圳\x1b[0m。\r\n"
        "    \x1b[38;5;163mPERSON\x1b[0m 陈静 · \x1b[38;5;28mLOCATION\x1b[0m 深圳\r\n"
    ) in text
    rows = [re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", line).rstrip() for line in text.splitlines()]
    assert rows[-2:] == ["LOCATION  深圳", "PERSON    陈静 ×2"]


async def test_a_pipe_gets_the_entities_below_their_final(tone: Path) -> None:
    async def script(peer: Peer) -> None:
        await peer.open()
        await peer.close(final("陈静。"), entities(CHEN))

    async with serving(script) as url:
        done = await run(tone, "--entities", url=url)

    assert done == (0, "[00:00.2 → 00:01.2] 陈静。\n    PERSON 陈静\n", "")


BLOCKED = """
import sys
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"numpy", "torch", "ctranslate2", "faster_whisper", "soundfile", "scipy"}:
            raise ImportError(f"{name} is not part of the base install")
sys.meta_path.insert(0, Blocker())
"""


def test_the_client_needs_no_numpy_no_torch_and_no_model_runtime(tone: Path) -> None:
    program = (
        f"{BLOCKED}import asyncio, pathlib, theresa_client.__main__\n"
        "from theresa_client.audio.sources import open_file\n"
        "async def main():\n"
        f"    async with open_file(pathlib.Path({str(tone)!r})) as source:\n"
        "        print(sum([len(chunk) async for chunk in source.chunks(40)]))\n"
        "asyncio.run(main())\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False, timeout=TIMEOUT_S)
    assert (done.stdout, done.stderr) == (b"6400\n", b"")


def test_version_is_printed() -> None:
    done = subprocess.run([*COMMAND[:3], "--version"], capture_output=True, check=True, timeout=TIMEOUT_S)
    assert done.stdout.startswith(b"theresa ")
