"""Client process: streams recordings in real time, and logs every received message with its time.

    python -m benchmarks.clients PLAN.json OUT.json

``sessions.run_sessions`` starts it with a ``Plan``. Samples are sent at the pace of speech, independent of the server's
responses.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray
from websockets.asyncio.client import connect as connect_websocket
from websockets.exceptions import WebSocketException

from benchmarks.load_generator import run_bulk_sessions
from benchmarks.recordings import RATE_HZ, read_pcm
from theresa_client import TheresaError, connect
from theresa_protocol.messages import Start

TIMEOUT_S = 60.0
"""How long a session may take after the end of its audio."""


class PlannedSession(msgspec.Struct, frozen=True, kw_only=True):
    """One session to run."""

    recording: str
    path: str
    language: str | None
    delay_s: float
    """When to start, after the start of the process."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """The sessions to run, and how."""

    protocol: str
    """A name of ``PROTOCOLS``, or ``bulk`` for the load generator."""
    url: str
    sessions: tuple[PlannedSession, ...]
    chunk_ms: int = 20
    max_seconds: float | None = None
    """Limit on the audio of each session."""


@dataclass
class LogBuilder:
    """The log of a running session; times count from its first sample."""

    recording: str
    events: list[tuple[float, str]] = field(default_factory=list)
    late_s: float = 0.0
    """Maximum delay in sending audio."""
    error: str = ""


class PacedAudio:
    """Audio chunks, each released when its last sample would have been spoken."""

    def __init__(self, pcm: NDArray[np.int16], chunk_ms: int, log: LogBuilder) -> None:
        self._pcm = pcm
        self._step = RATE_HZ * chunk_ms // 1000
        self._log = log
        self._clock = asyncio.get_running_loop().time
        self._started_s = self._clock()

    def log_message(self, message: str | bytes) -> None:
        """Log a message that was just received."""
        text = message if isinstance(message, str) else message.decode(errors="replace")
        self._log.events.append((round(self._clock() - self._started_s, 4), text))

    async def chunks(self) -> AsyncIterator[NDArray[np.int16]]:
        """Yield the audio in real time, starting now."""
        self._started_s = self._clock()
        for begin in range(0, self._pcm.size, self._step):
            chunk = self._pcm[begin : begin + self._step]
            due_s = self._started_s + (begin + chunk.size) / RATE_HZ
            await asyncio.sleep(due_s - self._clock())
            self._log.late_s = max(self._log.late_s, self._clock() - due_s)
            yield chunk


async def run_theresa(url: str, session: PlannedSession, audio: PacedAudio) -> None:
    """Run a session with Theresa, using its own client."""

    async def send() -> None:
        async for chunk in audio.chunks():
            await stream.send(chunk.tobytes())
        await stream.finish()

    async with connect(url, Start(language=session.language)) as stream, asyncio.TaskGroup() as group:
        sending = group.create_task(send())
        async for _, text in stream.frames():
            audio.log_message(text)
        sending.cancel()


async def run_whisperlive(url: str, session: PlannedSession, audio: PacedAudio) -> None:
    """Run a session with WhisperLive, following its own client: float32 frames, then END_OF_AUDIO.

    END_OF_AUDIO discards audio that is not decoded yet, so 3 s of silence precede it.
    """
    options = {"uid": f"{session.recording}-{session.delay_s}", "language": session.language, "task": "transcribe",
               "model": "tiny", "use_vad": True, "send_last_n_segments": 1000}  # fmt: skip
    async with connect_websocket(url, compression=None, max_size=None, proxy=None) as socket:
        await socket.send(json.dumps(options))
        while "SERVER_READY" not in str(await asyncio.wait_for(socket.recv(), TIMEOUT_S)):
            pass
        async with asyncio.TaskGroup() as group:
            receiving = group.create_task(_receive(socket, audio, until=None))
            async for chunk in audio.chunks():
                await socket.send((chunk.astype(np.float32) / 32768).tobytes())
            silence = np.zeros(RATE_HZ // 10, np.float32).tobytes()
            for _ in range(30):
                await socket.send(silence)
                await asyncio.sleep(0.1)
            await socket.send(b"END_OF_AUDIO")
            await asyncio.wait([receiving], timeout=2)
            receiving.cancel()


async def run_whisperlivekit(url: str, session: PlannedSession, audio: PacedAudio) -> None:
    """Run a session with WhisperLiveKit: PCM frames, an empty frame at the end, then wait for ``ready_to_stop``."""
    async with (
        connect_websocket(
            f"{url}?language={session.language or 'auto'}", compression=None, max_size=None, proxy=None
        ) as socket,
        asyncio.TaskGroup() as group,
    ):
        receiving = group.create_task(_receive(socket, audio, until="ready_to_stop"))
        async for chunk in audio.chunks():
            await socket.send(chunk.tobytes())
        await socket.send(b"")
        await asyncio.wait([receiving], timeout=TIMEOUT_S)
        receiving.cancel()


async def _receive(socket: Any, audio: PacedAudio, until: str | None) -> None:
    async for message in socket:
        audio.log_message(message)
        if until is not None and until in str(message):
            return


PROTOCOLS: dict[str, Callable[[str, PlannedSession, PacedAudio], Awaitable[None]]] = {
    "theresa": run_theresa,
    "whisperlive": run_whisperlive,
    "whisperlivekit": run_whisperlivekit,
}


async def run_session(plan: Plan, session: PlannedSession, pcm: NDArray[np.int16]) -> LogBuilder:
    """Run one session from start to end; errors are logged, not raised."""
    log = LogBuilder(session.recording)
    await asyncio.sleep(session.delay_s)
    audio = PacedAudio(_truncate(pcm, plan), plan.chunk_ms, log)
    try:
        async with asyncio.timeout(pcm.size / RATE_HZ + TIMEOUT_S):
            await PROTOCOLS[plan.protocol](plan.url, session, audio)
    except* (TheresaError, WebSocketException, OSError, TimeoutError) as failed:
        error: BaseException = failed
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        log.error = f"{type(error).__name__}: {error}"
    return log


async def run(plan: Plan) -> list[Any]:
    """Run all sessions, and return their logs."""
    audio = {path: read_pcm(Path(path)) for path in dict.fromkeys(session.path for session in plan.sessions)}
    if plan.protocol == "bulk":
        first = plan.sessions[0]
        pcm = _truncate(audio[first.path], plan)
        sessions = await run_bulk_sessions(plan.url, len(plan.sessions), pcm, plan.chunk_ms, first.language)
        return [LogBuilder(first.recording, session.events, error=session.error) for session in sessions]
    async with asyncio.TaskGroup() as group:
        running = [group.create_task(run_session(plan, session, audio[session.path])) for session in plan.sessions]
    return [task.result() for task in running]


def _truncate(pcm: NDArray[np.int16], plan: Plan) -> NDArray[np.int16]:
    return pcm if plan.max_seconds is None else pcm[: int(plan.max_seconds * RATE_HZ)]


if __name__ == "__main__":
    source, target = map(Path, sys.argv[1:])
    target.write_bytes(msgspec.json.encode(asyncio.run(run(msgspec.json.decode(source.read_bytes(), type=Plan)))))
