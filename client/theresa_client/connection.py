"""Opening a session: ``async with connect(url) as stream``."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect as connect_websocket
from websockets.exceptions import InvalidHandshake, InvalidProxy, InvalidURI
from websockets.typing import Subprotocol

from theresa_client.errors import ConnectionFailed
from theresa_client.handshake import address, authorization, checked, failure, is_loopback
from theresa_client.receiving import CLOSE_TIMEOUT_S, Receiver
from theresa_client.stream import Stream
from theresa_protocol.conversation import Conversation
from theresa_protocol.limits import SUBPROTOCOL
from theresa_protocol.messages import Start

MAX_MESSAGE_BYTES = 1024 * 1024
PING_INTERVAL_S = 20.0


@asynccontextmanager
async def connect(
    url: str,
    start: Start | None = None,
    *,
    api_key: str | None = None,
    open_timeout_s: float = 10.0,
    ssl_context: ssl.SSLContext | None = None,
) -> AsyncIterator[Stream]:
    """Open a session at ``url`` (``ws://…`` or ``wss://…``) and wait until the server has accepted ``start``.

    Without ``start`` the audio is 16 kHz mono, signed 16 bits, and the language is detected. Leaving the block closes
    the connection at once: for the last words call ``Stream.finish`` and read to the end before. A proxy of the
    environment is used, except for this machine itself.

    Raises ``ConnectionFailed``, ``Refused`` (both before a session exists), ``ServerError`` (``start`` was answered by
    an error), ``ConnectionLost``, ``ProtocolViolation``, and ``ValueError`` for a ``start`` that no server would take.
    """
    start = await asyncio.to_thread(checked, start or Start())  # the package's version is read from a file
    socket = await _open(url, start.model, api_key, open_timeout_s, ssl_context)
    outcome: Exception | None = None
    try:
        async with asyncio.TaskGroup() as tasks:
            conversation = Conversation("client")
            receiver = Receiver(socket, conversation, start.audio)
            reading = tasks.create_task(receiver.run(), name="theresa stream reader")
            # Kept and raised outside the group, which would wrap it: callers catch ServerError, not a group of one.
            try:
                stream = Stream(socket, conversation, receiver, start.audio)
                await stream.begin(start, open_timeout_s)
                yield stream
            except Exception as error:
                outcome = error
            finally:
                reading.cancel()
        if outcome is not None:
            raise outcome
    except asyncio.CancelledError:
        socket.transport.abort()  # cancelled means now: no goodbye to wait for
        raise
    finally:
        await socket.close()


async def _open(
    url: str, model: str | None, api_key: str | None, timeout_s: float, ssl_context: ssl.SSLContext | None
) -> ClientConnection:
    secure: dict[str, Any] = {} if ssl_context is None else {"ssl": ssl_context}
    headers = authorization(api_key)
    try:
        socket = await connect_websocket(
            address(url, model=model),
            subprotocols=[Subprotocol(SUBPROTOCOL)],
            compression=None,
            additional_headers=headers,
            proxy=None if is_loopback(url) else True,
            open_timeout=timeout_s,
            ping_interval=PING_INTERVAL_S,
            ping_timeout=PING_INTERVAL_S,
            close_timeout=CLOSE_TIMEOUT_S,
            max_size=MAX_MESSAGE_BYTES,
            **secure,
        )
    except (OSError, EOFError, ValueError, InvalidHandshake, InvalidProxy, InvalidURI) as error:
        raise failure(url, error) from error
    if socket.subprotocol != SUBPROTOCOL:
        await socket.close()
        raise ConnectionFailed(f"What answers at {url} does not speak {SUBPROTOCOL}.")
    return socket
