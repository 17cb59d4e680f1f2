"""A load generator: many real-time sessions of Theresa's protocol from one core, with minimal work per frame.

All sessions send the same audio, with starts spread over some seconds so that their pauses do not coincide. Frames are
built once and written to the sockets directly; the protocol allows a mask of zeros, which makes them identical for all
sessions. The websockets library reads the responses.
"""

import asyncio
import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

from benchmarks.recordings import RATE_HZ

TICK_S = 0.005
"""The resolution of send times."""
MAX_SPREAD_S = 6.0
"""Limit on the time over which sessions start: about a sentence and its pause."""
PARALLEL_HANDSHAKES = 20
HANDSHAKE_TIMEOUT_S = 30
END = '{"type":"end"}'


@dataclass
class BulkSession:
    """One session of the load; times of its events count from its first sample."""

    socket: ClientConnection
    first_tick: int
    """When it starts, in ticks after the first session."""
    started_s: float = 0.0
    sent: int = 0
    """The number of frames sent so far."""
    events: list[tuple[float, str]] = field(default_factory=list)
    error: str = ""


def build_frames(pcm: NDArray[np.int16], chunk_ms: int) -> list[bytes]:
    """Return the audio as binary frames of RFC 6455, masked with zeros."""
    step = RATE_HZ * chunk_ms // 1000
    chunks = (pcm[begin : begin + step].tobytes() for begin in range(0, pcm.size, step))
    return [b"\x82" + _length(len(chunk)) + bytes(4) + chunk for chunk in chunks]


def _length(size: int) -> bytes:
    return bytes([0x80 | size]) if size < 126 else struct.pack(">BH", 0x80 | 126, size)


async def run_bulk_sessions(
    url: str, count: int, pcm: NDArray[np.int16], chunk_ms: int, language: str | None
) -> list[BulkSession]:
    """Run sessions in parallel; a refused session has an ``error`` and sends no audio."""
    frames = build_frames(pcm, chunk_ms)
    interval = max(1, round(chunk_ms / 1000 / TICK_S))
    spread = round(min(MAX_SPREAD_S, pcm.size / RATE_HZ / 2) / TICK_S)
    limit = asyncio.Semaphore(PARALLEL_HANDSHAKES)
    start = json.dumps({"type": "start"} | ({"language": language} if language else {}))
    sessions = await asyncio.gather(*(_open(url, number * spread // count, limit, start) for number in range(count)))
    admitted = [session for session in sessions if not session.error]
    async with asyncio.TaskGroup() as group:
        for session in admitted:
            group.create_task(_receive(session))
        group.create_task(_send(admitted, frames, interval))
    return list(sessions)


async def _open(url: str, first_tick: int, limit: asyncio.Semaphore, start: str) -> BulkSession:
    session = BulkSession(None, first_tick)  # type: ignore[arg-type]
    async with limit:
        try:
            session.socket = await connect(
                url, subprotocols=[Subprotocol("theresa.v1")], compression=None, proxy=None, ping_interval=None
            )
            await session.socket.send(start)
            reply = await asyncio.wait_for(session.socket.recv(), HANDSHAKE_TIMEOUT_S)
            session.events.append((0.0, str(reply)))
        except (WebSocketException, OSError, TimeoutError) as error:
            session.error = f"{type(error).__name__}: {error}"
    return session


async def _send(sessions: Sequence[BulkSession], frames: Sequence[bytes], interval: int) -> None:
    """Write each frame of each session when it is due, ``interval`` ticks after the previous one."""
    clock = asyncio.get_running_loop().time
    started_s = clock()
    by_phase = [[s for s in sessions if s.first_tick % interval == phase] for phase in range(interval)]
    for session in sessions:
        session.started_s = started_s + session.first_tick * TICK_S
    last = max((session.first_tick for session in sessions), default=0) + interval * len(frames)
    for tick in range(last + 1):
        # A frame is due when its last sample has been spoken: ``interval`` ticks after its first.
        await asyncio.sleep(started_s + (tick + interval) * TICK_S - clock())
        for session in by_phase[tick % interval]:
            if session.first_tick > tick or session.sent > len(frames):
                continue
            if session.sent < len(frames):
                session.socket.transport.write(frames[session.sent])
            else:
                await session.socket.send(END)
            session.sent += 1


async def _receive(session: BulkSession) -> None:
    clock = asyncio.get_running_loop().time
    try:
        async for text in session.socket:
            session.events.append((clock() - session.started_s, str(text)))
    except WebSocketException as error:
        session.error = f"{type(error).__name__}: {error}"
    if not any('"type":"ended"' in text for _, text in reversed(session.events)):
        session.error = session.error or "the session did not end"
