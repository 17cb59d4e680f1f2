"""A client that writes bytes to a socket, valid or not, and reads what comes back."""

import asyncio
import contextlib
import re
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.serving import TIMEOUT_S, RunningServer

HANDSHAKE = (
    b"GET /v1/stream HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
)
"""The head of a handshake, without its empty line."""

TEXT, BINARY, CLOSE, PING, PONG, CONTINUATION = 1, 2, 8, 9, 10, 0


class Wire:
    """A TCP connection to a server."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def send(self, *pieces: bytes) -> None:
        """Send bytes; the server may stop reading them or close the connection."""
        with contextlib.suppress(ConnectionError):
            for piece in pieces:
                self.writer.write(piece)
                await self.writer.drain()

    async def rest(self) -> bytes:
        """Return everything until the server closes the connection."""
        received = bytearray()
        async with asyncio.timeout(TIMEOUT_S):
            with contextlib.suppress(ConnectionError):
                while data := await self.reader.read(65_536):
                    received += data
        return bytes(received)

    async def until_close(self) -> bytes:
        """Return the frames of the server up to its close frame, or until it closes the connection."""
        received = bytearray()
        async with asyncio.timeout(TIMEOUT_S):
            with contextlib.suppress(ConnectionError):
                while close_of(received) is None and (data := await self.reader.read(65_536)):
                    received += data
        return bytes(received)

    async def response(self) -> tuple[int, dict[str, str], bytes]:
        """Return the status, headers and body of the next response, which must state its length."""
        async with asyncio.timeout(TIMEOUT_S):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            lines = head.split("\r\n")[1:-2]
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
            body = await self.reader.readexactly(int(headers.get("content-length", 0)))
        return int(head.split()[1]), headers, body

    async def upgrade(
        self, path: bytes = b"/v1/stream", *, headers: bytes = b"", extra: bytes = b"", expected: int = 101
    ) -> dict[str, str]:
        """Request a WebSocket and return the headers of the response; ``extra`` is sent without waiting for it."""
        await self.send(HANDSHAKE.replace(b"/v1/stream", path) + headers + b"\r\n" + extra)
        status, received, _ = await self.response()
        assert status == expected
        return received

    @property
    def lost(self) -> bool:
        """Whether a write has found the connection closed."""
        return self.writer.transport.is_closing()


@asynccontextmanager
async def wire(server: RunningServer, *, receive_bytes: int | None = None) -> AsyncIterator[Wire]:
    """A TCP connection to a server; ``receive_bytes`` is the size of its receive buffer."""
    host, port = re.findall(r"//(.*):(\d+)", server.http)[0]
    connection = socket.socket()
    if receive_bytes is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
    connection.setblocking(False)
    await asyncio.get_running_loop().sock_connect(connection, (host, int(port)))
    reader, writer = await asyncio.open_connection(sock=connection)
    try:
        yield Wire(reader, writer)
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


def frame(opcode: int, payload: bytes = b"", *, fin: bool = True) -> bytes:
    """Return a masked frame; its mask is zero."""
    size = len(payload)
    if size < 126:
        length = bytes([0x80 | size])
    elif size < 65_536:
        length = b"\xfe" + struct.pack("!H", size)
    else:
        length = b"\xff" + struct.pack("!Q", size)
    return bytes([fin << 7 | opcode]) + length + bytes(4) + payload


def frames_of(data: bytes | bytearray) -> list[tuple[int, bytes]]:
    """Return the opcodes and payloads of the complete frames that a server has sent."""
    found, at = [], 0
    while at + 2 <= len(data):
        opcode, size = data[at] & 15, data[at + 1]
        at += 2
        if size == 126:
            size = int.from_bytes(data[at : at + 2])
            at += 2
        elif size == 127:
            size = int.from_bytes(data[at : at + 8])
            at += 8
        if at + size <= len(data):
            found.append((opcode, bytes(data[at : at + size])))
        at += size
    return found


def close_of(data: bytes | bytearray) -> tuple[int, str] | None:
    """Return the code and reason of the close frame among the frames of a server."""
    for opcode, payload in frames_of(data):
        if opcode == CLOSE:
            return int.from_bytes(payload[:2]), payload[2:].decode()
    return None
