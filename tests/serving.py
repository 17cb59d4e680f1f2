"""Real servers and plain clients for tests: a server in a thread, a client that says exactly what it is told."""

import asyncio
import contextlib
import json
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from difflib import SequenceMatcher
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pytest
import soundfile
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from theresa_protocol.codec import decode_server, encode
from theresa_protocol.messages import (
    AnyClientMessage,
    AnyServerMessage,
    End,
    Start,
    Unknown,
)
from theresa_server.app import Server
from theresa_server.audio.pcm import Pcm
from theresa_server.engine.whisper.options import EngineOptions
from theresa_server.serving.config import ServerConfig
from theresa_server.serving.startup import TranscriberFactory

T = TypeVar("T")

TIMEOUT_S = 60
START_S = 120
"""How long a server may take to get ready: it may have to load torch on a busy machine."""
COMMAND = [sys.executable, "-m", "theresa_server", "--port", "0", "--entities", "off"]
"""A server without what needs HanLP; a later option wins."""
DEMO = (EngineOptions(model="demo"),)
"""The model of servers whose configuration names none: it needs no network and no time."""
SAMPLES = Path(__file__).parent.parent / "server/theresa_server/assets/samples"


def read(name: str) -> Pcm:
    """A sample recording that ships with the package: 16 kHz, mono."""
    pcm, _ = soundfile.read(SAMPLES / f"{name}.flac", dtype="int16")
    return np.asarray(pcm)


def sentences(name: str) -> list[str]:
    """What is said in a sample recording, sentence by sentence."""
    samples = json.loads((SAMPLES / "samples.json").read_text(encoding="utf-8"))
    return next(
        [part["text"] for part in sample["sentences"]] for sample in samples if sample["file"] == f"{name}.flac"
    )


def skip_without(*packages: str) -> None:
    """Skip the calling module or test where packages are missing. Does not import them: HanLP takes torch along."""
    absent = [name for name in packages if find_spec(name) is None]
    if absent:
        pytest.skip(f"needs the packages {', '.join(absent)}", allow_module_level=True)


def alike(one: Sequence[str], other: Sequence[str]) -> float:
    """How much of two texts or lists is the same: 1 for all of it.

    A final may depend on the partials before it, and these on when audio came and was decoded: where that differs
    between two sessions, their texts are compared by this.
    """
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


class RunningServer:
    """A server on a free port, in a thread with an event loop of its own."""

    def __init__(self, config: ServerConfig, load: TranscriberFactory | None = None) -> None:
        # Made on a thread: a test that is a coroutine must not do it on its event loop, and neither would a program.
        with ThreadPoolExecutor(1) as thread:
            # Machines that run tests are too busy to find out how many speakers a model carries.
            engines = DEMO if config.engines == ServerConfig().engines else config.engines
            config = replace(config, speakers=config.speakers or None, engines=engines)
            self.server = thread.submit(Server, config, load).result()
        self.http = self.server.url
        self.url = self.http.replace("http", "ws") + "/v1/stream"
        self._loop = asyncio.new_event_loop()
        self._running = self._loop.create_task(self.server.run())
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._running,))

    def begin(self) -> None:
        """Start serving; does not wait for the model."""
        self._thread.start()

    def wait_ready(self) -> None:
        """Wait until sessions are admitted, or raise what ended the server."""
        asyncio.run_coroutine_threadsafe(self._ready(), self._loop).result(START_S)

    async def _ready(self) -> None:
        ready = asyncio.create_task(self.server.service.wait_ready())
        await asyncio.wait({ready, self._running}, return_when=asyncio.FIRST_COMPLETED)
        if self._running.done():
            self._running.result()

    async def call(self, work: Coroutine[Any, Any, T]) -> T:
        """What something gives that is done on the event loop of the server."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))

    async def emptied(self) -> None:
        """Wait until no session is open."""
        if not await self.call(self.server.service.sessions.wait_empty(TIMEOUT_S)):
            raise TimeoutError("sessions are still open")

    def stop(self) -> None:
        """Begin to drain."""
        self._loop.call_soon_threadsafe(self.server.stop)

    def join(self) -> None:
        """Wait until it has ended."""
        self._thread.join(TIMEOUT_S)
        if self._thread.is_alive():
            raise TimeoutError("the server did not end")
        self._loop.close()


@contextmanager
def serving(config: ServerConfig | None = None, load: TranscriberFactory | None = None) -> Iterator[RunningServer]:
    """A server that is ready; port 0 unless the configuration says otherwise."""
    running = RunningServer(config or ServerConfig(port=0), load)
    running.begin()
    try:
        running.wait_ready()
        yield running
    finally:
        running.stop()
        running.join()


@contextmanager
def process(*options: str, until: str = "ready on") -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server process that is ready, or that has come as far as another line of its log, and its URL."""
    with subprocess.Popen([*COMMAND, *model_of(options), *options], stderr=subprocess.PIPE, text=True) as server:
        try:
            assert server.stderr is not None
            for line in server.stderr:
                found = re.search(rf"{until} (http://[\d.:]+)", line)
                if found:
                    break
            else:
                pytest.fail("the server did not get ready")
            yield server, found[1]
        finally:
            server.kill()


def model_of(options: Sequence[str]) -> list[str]:
    """The option that chooses the demo model, unless other options choose one: the default model is a download."""
    return [] if "--model" in options else ["--model", "demo"]


def wait_for_port(port: int) -> None:
    """Wait until something listens on a port of this machine: Uvicorn logs that it has started before it listens."""
    deadline = time.monotonic() + TIMEOUT_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), TIMEOUT_S).close()
        except ConnectionRefusedError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


class Peer:
    """A client that sends what it is told, right or wrong, and keeps all that comes back."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.messages: list[AnyServerMessage | Unknown] = []

    async def say(self, *messages: AnyClientMessage | str | bytes) -> None:
        """Send messages, raw text or audio. What the server no longer takes is left unsaid: ``goodbye`` tells why."""
        with contextlib.suppress(ConnectionClosed):
            for message in messages:
                await self.socket.send(message if isinstance(message, str | bytes) else encode(message))

    async def speak(self, pcm: Pcm, samples: int = 3_200) -> None:
        """Send audio in frames."""
        for at in range(0, pcm.size, samples):
            await self.say(pcm[at : at + samples].tobytes())

    async def talk(self, pcm: Pcm, speed: float) -> None:
        """Send audio as fast as somebody speaks who speaks ``speed`` times as fast as real."""
        clock = asyncio.get_running_loop().time
        began = clock()
        for at in range(0, pcm.size, 1_600):
            await self.say(pcm[at : at + 1_600].tobytes())
            await asyncio.sleep(began + at / 16_000 / speed - clock())

    async def hear(self, *kinds: type) -> Any:
        """The next message of one of these kinds."""
        async with asyncio.timeout(TIMEOUT_S):
            while True:
                message = decode_server(await self.socket.recv())
                self.messages.append(message)
                if isinstance(message, kinds):
                    return message

    async def goodbye(self) -> tuple[int | None, str | None]:
        """Read until the server closes; returns code and reason."""
        async with asyncio.timeout(TIMEOUT_S):
            with contextlib.suppress(ConnectionClosed):
                while True:
                    self.messages.append(decode_server(await self.socket.recv()))
        return self.socket.close_code, self.socket.close_reason

    def all(self, *kinds: type) -> list[Any]:
        """What came of these kinds so far."""
        return [message for message in self.messages if isinstance(message, kinds)]


@asynccontextmanager
async def calling(server: RunningServer, **options: Any) -> AsyncIterator[Peer]:
    """A connection to a server."""
    options.setdefault("subprotocols", ["theresa.v1"])
    async with connect(server.url, compression=None, proxy=None, **options) as socket:
        yield Peer(socket)


async def transcribe(server: RunningServer, audio: Pcm, start: Start | None = None) -> Peer:
    """A whole session: start, all the audio, end."""
    async with calling(server) as peer:
        await peer.say(start or Start())
        await peer.speak(audio)
        await peer.say(End())
        await peer.goodbye()
    return peer


async def denied(server: RunningServer, **options: Any) -> tuple[int, dict[str, str], str | None]:
    """Status, error and Retry-After of a refused handshake."""
    with pytest.raises(InvalidStatus) as caught:
        async with calling(server, **options):
            pass
    response = caught.value.response
    return response.status_code, json.loads(response.body)["error"], response.headers.get("Retry-After")
