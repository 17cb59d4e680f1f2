"""A line between a client and a server that breaks when it is told to, in all the ways in which lines break."""

import asyncio
import contextlib
import random
import socket
import struct
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Literal
from urllib.parse import urlsplit

Kind = Literal["end", "reset", "freeze", "elsewhere"]
KINDS: dict[Kind, int] = {"end": 3, "reset": 3, "freeze": 2, "elsewhere": 1}
"""How lines break, and how often so: another server, which has to hear much again, is the costly one."""
PIECE = 2_048


class Cutter:
    """Forwards connections to the first of some servers, and breaks them after as many bytes as ``budgets`` say.

    The line is ended in order, reset, or frozen (both sides believe that it stands); or it is reset, and the next
    connection goes to another server, as after a restart.
    """

    def __init__(
        self, servers: Sequence[str], budgets: Callable[[], int], kinds: Callable[[], Kind], cuts: int
    ) -> None:
        self.servers = list(servers)
        self.cuts: list[Kind] = []
        self.url = ""
        self._budgets = budgets
        self._kinds = kinds
        self._most = cuts
        self._left = budgets()
        self._connections: set[asyncio.Task[None]] = set()

    def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A client has come."""
        task = asyncio.create_task(self._serve(reader, writer))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    async def close(self) -> None:
        """Give up all connections."""
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        address = urlsplit(self.servers[0])
        other_reader, other_writer = await asyncio.open_connection(address.hostname, address.port)
        broken = asyncio.Event()
        tasks = [
            asyncio.create_task(self._forward(source, target, broken))
            for source, target in ((reader, other_writer), (other_reader, writer))
        ]
        breaking = asyncio.create_task(broken.wait())
        kind: Kind = "end"
        try:
            await asyncio.wait([*tasks, breaking], return_when=asyncio.FIRST_COMPLETED)
            kind = self.cuts[-1] if broken.is_set() else "end"
            if kind == "freeze":
                await asyncio.wait(tasks)  # until each side has given it up by itself
        finally:
            for task in (*tasks, breaking):
                task.cancel()
            for one in (writer, other_writer):
                if kind in ("reset", "elsewhere"):
                    linger = struct.pack("ii", 1, 0)
                    one.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                one.close()

    async def _forward(self, source: asyncio.StreamReader, target: asyncio.StreamWriter, broken: asyncio.Event) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await source.read(PIECE):
                if not broken.is_set():
                    self._left -= len(data)
                    if self._left < 0 and len(self.cuts) < self._most:
                        self._break(broken)
                if not broken.is_set():
                    target.write(data)
                    await target.drain()

    def _break(self, broken: asyncio.Event) -> None:
        kind = self._kinds()
        self.cuts.append(kind)
        self._left = self._budgets()
        if kind == "elsewhere":
            self.servers.append(self.servers.pop(0))
        broken.set()


@asynccontextmanager
async def cutting(servers: Sequence[str], cuts: int, mean_bytes: float, seed: int) -> AsyncIterator[Cutter]:
    """A line that breaks so many times, on average after so many bytes, in ways drawn at random."""
    rng = random.Random(seed)
    kinds, weights = list(KINDS), list(KINDS.values())
    budgets, draw = lambda: round(rng.expovariate(1 / mean_bytes)), lambda: rng.choices(kinds, weights)[0]
    cutter = Cutter(servers, budgets, draw, cuts)
    listener = await asyncio.start_server(cutter.take, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    cutter.url = f"ws://127.0.0.1:{port}/v1/stream"
    try:
        yield cutter
    finally:
        listener.close()
        await cutter.close()
