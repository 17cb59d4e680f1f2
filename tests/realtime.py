"""A plain client of OpenAI's Realtime transcription."""

import asyncio
import base64
import contextlib
import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Literal

import numpy as np
import soundfile
import soxr
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.serving import TIMEOUT_S, RunningServer
from theresa_server.audio.pcm import Pcm

COMMITTED = "input_audio_buffer.committed"
COMPLETED = "conversation.item.input_audio_transcription.completed"
DELTA = "conversation.item.input_audio_transcription.delta"
ENTITIES = "theresa.entities"
FRAME_BYTES = 24_000
"""Audio of one event: 500 ms at 24 kHz."""


def at_24k(pcm: Pcm) -> bytes:
    """Convert speech to 16-bit PCM at 24 kHz, the default format."""
    return np.asarray(soxr.resample(pcm, 16_000, 24_000)).tobytes()


def g711(pcm: Pcm, law: Literal["ULAW", "ALAW"]) -> bytes:
    """Convert speech to G.711 at 8 kHz."""
    coded = io.BytesIO()
    soundfile.write(coded, soxr.resample(pcm, 16_000, 8_000), 8_000, subtype=law, format="RAW")
    return coded.getvalue()


def frames(audio: bytes) -> list[str]:
    """Split audio into the Base64 strings of events."""
    return [base64.b64encode(audio[at : at + FRAME_BYTES]).decode() for at in range(0, len(audio), FRAME_BYTES)]


class RealtimePeer:
    """A client that keeps all received events."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.events: list[dict[str, Any]] = []

    async def send(self, type_: str, **fields: Any) -> None:
        """Send an event. Does nothing if the server has closed the connection."""
        with contextlib.suppress(ConnectionClosed):
            await self.socket.send(json.dumps({"type": type_, **fields}))

    async def update(self, **given: Any) -> None:
        """Change the input configuration."""
        await self.send("session.update", session={"type": "transcription", "audio": {"input": given}})

    async def append(self, audio: bytes) -> None:
        """Send audio as fast as the server accepts it."""
        for frame in frames(audio):
            await self.send("input_audio_buffer.append", audio=frame)

    async def talk(self, audio: bytes, speed: float) -> None:
        """Send audio at 24 kHz at ``speed`` times real time."""
        clock = asyncio.get_running_loop().time
        began = clock()
        for at in range(0, len(audio), 4_800):
            await self.append(audio[at : at + 4_800])
            await asyncio.sleep(began + at / 48_000 / speed - clock())

    async def commit(self) -> None:
        """Commit the audio."""
        await self.send("input_audio_buffer.commit")

    async def hear(self, *types: str) -> dict[str, Any]:
        """Wait for the next event of one of these types."""
        async with asyncio.timeout(TIMEOUT_S):
            while True:
                event: dict[str, Any] = json.loads(await self.socket.recv())
                self.events.append(event)
                if event["type"] in types:
                    return event

    async def goodbye(self) -> tuple[int | None, str | None]:
        """Read until the server closes the connection. Returns the close code and reason."""
        async with asyncio.timeout(TIMEOUT_S):
            with contextlib.suppress(ConnectionClosed):
                while True:
                    self.events.append(json.loads(await self.socket.recv()))
        return self.socket.close_code, self.socket.close_reason

    def all(self, *types: str) -> list[dict[str, Any]]:
        """Return the received events of these types."""
        return [event for event in self.events if event["type"] in types]

    def told(self, item_id: str) -> str:
        """Return the concatenated deltas of an item."""
        return "".join(event["delta"] for event in self.all(DELTA) if event["item_id"] == item_id)


@asynccontextmanager
async def realtime(
    server: RunningServer, query: str = "", path: str = "/v1/realtime", **options: Any
) -> AsyncIterator[RealtimePeer]:
    """Connect to the Realtime endpoint of a server."""
    url = server.url.replace("/v1/stream", path + query)
    async with connect(url, compression=None, proxy=None, **options) as socket:
        yield RealtimePeer(socket)
