"""Very many speakers from one core: Theresa's protocol with as little work for each frame as there can be.

All say the same, one later than the other, over some seconds: people do not pause in step. Frames are made once and
written to the sockets as they are: a mask of zeros, which the protocol allows, leaves them equal for all. What comes
back is read by the library.
"""

import asyncio
import json
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

from benchmarks.recordings import RATE_HZ

TICK_S = 0.005
"""The time from one speaker's frame to that of the next."""
SPREAD_S = 6.0
"""Over how many seconds the speakers begin, at most: about a sentence and its pause."""
AT_ONCE = 20
"""Handshakes at a time."""
END = '{"type":"end"}'


@dataclass
class Member:
    """One of the crowd: its frames so far, and what it heard, as `clients.Notes` has it."""

    socket: ClientConnection
    first_tick: int
    """When it begins, in ticks after the first of all."""
    began_s: float = 0.0
    said: int = 0
    events: list[tuple[float, str]] = field(default_factory=list)
    error: str = ""


def frames(pcm: NDArray[np.int16], chunk_ms: int) -> list[bytes]:
    """The audio as binary frames of RFC 6455, masked with zeros."""
    step = RATE_HZ * chunk_ms // 1000
    pieces = (pcm[at : at + step].tobytes() for at in range(0, pcm.size, step))
    return [b"\x82" + _length(len(piece)) + bytes(4) + piece for piece in pieces]


def _length(size: int) -> bytes:
    return bytes([0x80 | size]) if size < 126 else struct.pack(">BH", 0x80 | 126, size)


async def crowd(url: str, count: int, pcm: NDArray[np.int16], chunk_ms: int, language: str | None) -> list[Member]:
    """Let so many speak; returns what they heard. Who is refused has an ``error`` and says nothing."""
    said = frames(pcm, chunk_ms)
    every = max(1, round(chunk_ms / 1000 / TICK_S))
    spread = round(min(SPREAD_S, pcm.size / RATE_HZ / 2) / TICK_S)
    gate = asyncio.Semaphore(AT_ONCE)
    start = json.dumps({"type": "start"} | ({"language": language} if language else {}))
    members = await asyncio.gather(*(_enter(url, number * spread // count, gate, start) for number in range(count)))
    admitted = [member for member in members if not member.error]
    async with asyncio.TaskGroup() as group:
        for member in admitted:
            group.create_task(_listen(member))
        group.create_task(_talk(admitted, said, every))
    return list(members)


async def _enter(url: str, first_tick: int, gate: asyncio.Semaphore, start: str) -> Member:
    member = Member(None, first_tick)  # type: ignore[arg-type]
    async with gate:
        try:
            member.socket = await connect(
                url, subprotocols=[Subprotocol("theresa.v1")], compression=None, proxy=None, ping_interval=None
            )
            await member.socket.send(start)
            member.events.append((0.0, str(await asyncio.wait_for(member.socket.recv(), 30))))
        except (WebSocketException, OSError, TimeoutError) as error:
            member.error = f"{type(error).__name__}: {error}"
    return member


async def _talk(members: Sequence[Member], said: Sequence[bytes], every: int) -> None:
    """Write to each member's socket its next frame when that has been spoken, `every` ticks after the one before."""
    clock = asyncio.get_running_loop().time
    began = clock()
    by_phase = [[m for m in members if m.first_tick % every == phase] for phase in range(every)]
    for member in members:
        member.began_s = began + member.first_tick * TICK_S
    last = max((member.first_tick for member in members), default=0) + every * len(said)
    for tick in range(last + 1):
        # A frame is sent when its last sample has been spoken: `every` ticks after its first.
        await asyncio.sleep(began + (tick + every) * TICK_S - clock())
        for member in by_phase[tick % every]:
            if member.first_tick > tick or member.said > len(said):
                continue
            if member.said < len(said):
                member.socket.transport.write(said[member.said])
            else:
                await member.socket.send(END)
            member.said += 1


async def _listen(member: Member) -> None:
    clock = asyncio.get_running_loop().time
    try:
        async for text in member.socket:
            member.events.append((clock() - member.began_s, str(text)))
    except WebSocketException as error:
        member.error = f"{type(error).__name__}: {error}"
    if not any('"type":"ended"' in text for _, text in reversed(member.events)):
        member.error = member.error or "the session had no end"


def notes(members: Sequence[Member], recording: str) -> Iterator[dict[str, object]]:
    """What was heard, as the process of the speakers writes it down."""
    for member in members:
        yield {"recording": recording, "events": member.events, "late_s": 0.0, "error": member.error}
