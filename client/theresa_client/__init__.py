"""The Theresa client: ``connect`` for programs, the command ``theresa`` for people.

It does not need numpy, torch or a model runtime.

>>> async with connect("ws://127.0.0.1:8080/v1/stream", Start(language="zh")) as stream:
...     await stream.send(pcm)
...     await stream.finish()
...     async for message in stream:
...         match message:
...             case Final(text=text):
...                 ...
"""

from theresa_client.connection import connect
from theresa_client.errors import (
    ConnectionFailed,
    ConnectionLost,
    ProtocolViolation,
    Refused,
    ServerError,
    TheresaError,
    UnreadMessages,
)
from theresa_client.mentions import Mention
from theresa_client.reconnecting import Reconnect, connect_resuming
from theresa_client.resuming import ResumingStream
from theresa_client.stream import Stream
from theresa_client.transcript import Segment, Transcript

__all__ = [
    "ConnectionFailed",
    "ConnectionLost",
    "Mention",
    "ProtocolViolation",
    "Reconnect",
    "Refused",
    "ResumingStream",
    "Segment",
    "ServerError",
    "Stream",
    "TheresaError",
    "Transcript",
    "UnreadMessages",
    "connect",
    "connect_resuming",
]
