"""Speakers: a process of its own that streams recordings at the pace of speech and writes down what it hears, and when.

    python -m benchmarks.clients PLAN.json OUT.json

It is started by `running.speak`; the plan is a `Plan`. One sample is sent when it would have been spoken, whatever the
server does: a speaker does not wait.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray
from websockets.asyncio.client import connect as connect_websocket
from websockets.exceptions import WebSocketException

from benchmarks.crowd import crowd, notes
from benchmarks.recordings import RATE_HZ, read_pcm
from theresa_client import TheresaError, connect
from theresa_protocol.messages import Start

PATIENCE_S = 60.0
"""How long a session is waited for when all has been said."""


class Speaker(msgspec.Struct, frozen=True, kw_only=True):
    """Who speaks what, and how many seconds after the others began."""

    recording: str
    path: str
    language: str | None
    delay_s: float


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Who speaks to which server, in which protocol, in frames of what length."""

    dialect: str
    url: str
    speakers: tuple[Speaker, ...]
    chunk_ms: int = 20
    longest_s: float | None = None
    """Of each recording, no more than so much is spoken."""


@dataclass
class Notes:
    """What one speaker writes down. Times are on the audio's clock: seconds since its first sample was spoken."""

    recording: str
    events: list[tuple[float, str]]
    late_s: float = 0.0
    error: str = ""


class Voice:
    """Audio, piece by piece, each when it has been spoken."""

    def __init__(self, pcm: NDArray[np.int16], chunk_ms: int, notes: Notes) -> None:
        self._pcm = pcm
        self._step = RATE_HZ * chunk_ms // 1000
        self._notes = notes
        self._clock = asyncio.get_running_loop().time
        self._began = self._clock()

    def heard(self, message: str | bytes) -> None:
        """Write down a message that has just come."""
        text = message if isinstance(message, str) else message.decode(errors="replace")
        self._notes.events.append((round(self._clock() - self._began, 4), text))

    async def pieces(self) -> AsyncIterator[NDArray[np.int16]]:
        """The audio at the pace of speech, from now on."""
        self._began = self._clock()
        for at in range(0, self._pcm.size, self._step):
            piece = self._pcm[at : at + self._step]
            due = self._began + (at + piece.size) / RATE_HZ
            await asyncio.sleep(due - self._clock())
            self._notes.late_s = max(self._notes.late_s, self._clock() - due)
            yield piece


Attend = Callable[[str, Speaker, Voice], Awaitable[None]]


async def theresa(url: str, speaker: Speaker, voice: Voice) -> None:
    """A session with Theresa, by its own client."""

    async def talk() -> None:
        async for piece in voice.pieces():
            await stream.send(piece.tobytes())
        await stream.finish()

    async with connect(url, Start(language=speaker.language)) as stream, asyncio.TaskGroup() as group:
        talking = group.create_task(talk())
        async for _, text in stream.frames():
            voice.heard(text)
        talking.cancel()


async def whisperlive(url: str, speaker: Speaker, voice: Voice) -> None:
    """A session with WhisperLive, as its own client holds one: float32 frames, then END_OF_AUDIO.

    It loses what it has not decoded yet when that comes at once, so the speaker is silent for 3 s first.
    """
    options = {"uid": f"{speaker.recording}-{speaker.delay_s}", "language": speaker.language, "task": "transcribe",
               "model": "tiny", "use_vad": True, "send_last_n_segments": 1000}  # fmt: skip
    async with connect_websocket(url, compression=None, max_size=None, proxy=None) as socket:
        await socket.send(json.dumps(options))
        while "SERVER_READY" not in str(await asyncio.wait_for(socket.recv(), PATIENCE_S)):
            pass
        async with asyncio.TaskGroup() as group:
            listening = group.create_task(_listen(socket, voice, stop=None))
            async for piece in voice.pieces():
                await socket.send((piece.astype(np.float32) / 32768).tobytes())
            silence = np.zeros(RATE_HZ // 10, np.float32).tobytes()
            for _ in range(30):
                await socket.send(silence)
                await asyncio.sleep(0.1)
            await socket.send(b"END_OF_AUDIO")
            await asyncio.wait([listening], timeout=2)
            listening.cancel()


async def whisperlivekit(url: str, speaker: Speaker, voice: Voice) -> None:
    """A session with WhisperLiveKit: PCM frames, an empty one at the end, then `ready_to_stop`."""
    async with (
        connect_websocket(
            f"{url}?language={speaker.language or 'auto'}", compression=None, max_size=None, proxy=None
        ) as socket,
        asyncio.TaskGroup() as group,
    ):
        listening = group.create_task(_listen(socket, voice, stop="ready_to_stop"))
        async for piece in voice.pieces():
            await socket.send(piece.tobytes())
        await socket.send(b"")
        await asyncio.wait([listening], timeout=PATIENCE_S)
        listening.cancel()


async def _listen(socket: Any, voice: Voice, stop: str | None) -> None:
    async for message in socket:
        voice.heard(message)
        if stop is not None and stop in str(message):
            return


DIALECTS: dict[str, Attend] = {"theresa": theresa, "whisperlive": whisperlive, "whisperlivekit": whisperlivekit}


async def attend(plan: Plan, speaker: Speaker, pcm: NDArray[np.int16]) -> Notes:
    """One session from its start to its end, whatever becomes of it."""
    notes = Notes(speaker.recording, [])
    await asyncio.sleep(speaker.delay_s)
    most = None if plan.longest_s is None else int(plan.longest_s * RATE_HZ)
    voice = Voice(pcm[:most], plan.chunk_ms, notes)
    try:
        async with asyncio.timeout(pcm.size / RATE_HZ + PATIENCE_S):
            await DIALECTS[plan.dialect](plan.url, speaker, voice)
    except* (TheresaError, WebSocketException, OSError, TimeoutError) as failed:
        error: BaseException = failed
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        notes.error = f"{type(error).__name__}: {error}"
    return notes


async def run(plan: Plan) -> list[Any]:
    """All sessions."""
    if plan.dialect == "crowd":
        one = plan.speakers[0]
        pcm = read_pcm(Path(one.path))[: None if plan.longest_s is None else int(plan.longest_s * RATE_HZ)]
        members = await crowd(plan.url, len(plan.speakers), pcm, plan.chunk_ms, one.language)
        return list(notes(members, one.recording))
    audio = {}
    for speaker in plan.speakers:
        if speaker.path not in audio:
            audio[speaker.path] = read_pcm(Path(speaker.path))
    async with asyncio.TaskGroup() as group:
        running = [group.create_task(attend(plan, speaker, audio[speaker.path])) for speaker in plan.speakers]
    return [task.result() for task in running]


if __name__ == "__main__":
    source, target = map(Path, sys.argv[1:])
    target.write_bytes(msgspec.json.encode(asyncio.run(run(msgspec.json.decode(source.read_bytes(), type=Plan)))))
