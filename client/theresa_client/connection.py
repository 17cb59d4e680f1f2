"""Opens a session: ``async with connect(url) as stream``."""

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
from theresa_client.handshake import authorization, handshake_error, is_loopback, validated_start, with_query
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

    Leaving the block closes the connection at once. To receive the last finals, call ``Stream.finish`` and read to the
    end first. Proxies from the environment are used, except for loopback addresses.

    Args:
        url: URL of the stream.
        start: The session to request. By default, the audio is 16 kHz mono, signed 16 bits, and the language is
            detected.
        api_key: Key of the server, if it requires one.
        open_timeout_s: Limit for the handshake, and for the answer to ``start``.
        ssl_context: TLS settings for ``wss://``.

    Raises:
        ConnectionFailed: if nothing answers, or not a Theresa server.
        Refused: if the server refused the handshake.
        ServerError: if the server answered ``start`` with an error.
        ConnectionLost: if the connection was lost.
        ProtocolViolation: if the server violated the protocol.
        ValueError: if ``start`` or ``api_key`` is invalid.
    """
    start = await asyncio.to_thread(validated_start, start or Start())  # reads the package's version from a file
    socket = await _open(url, start.model, api_key, open_timeout_s, ssl_context)
    outcome: Exception | None = None
    try:
        async with asyncio.TaskGroup() as tasks:
            conversation = Conversation("client")
            receiver = Receiver(socket, conversation, start.audio)
            reading = tasks.create_task(receiver.run(), name="theresa stream reader")
            # Raised outside the group, which would wrap it: callers catch ServerError, not an exception group.
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
        socket.transport.abort()  # do not wait for the closing handshake
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
            with_query(url, model=model),
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
        raise handshake_error(url, error) from error
    if socket.subprotocol != SUBPROTOCOL:
        await socket.close()
        raise ConnectionFailed(f"The server at {url} does not support the protocol {SUBPROTOCOL}.")
    return socket
