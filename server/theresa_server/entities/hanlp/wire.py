"""What server and worker process say to each other: MessagePack, each message behind its length in four bytes."""

import msgspec

from theresa_server.entities.ports import Annotation, RecogniserInfo

MAX_FRAME_BYTES = 16 * 1024 * 1024
LENGTH_BYTES = 4


class Hello(msgspec.Struct, frozen=True, tag=True):
    """The worker is ready."""

    info: RecogniserInfo


class Failed(msgspec.Struct, frozen=True, tag=True):
    """The worker could not load its model; it ends."""

    message: str


class Ask(msgspec.Struct, frozen=True, tag=True):
    """Texts to be annotated."""

    texts: tuple[str, ...]
    relations: bool


class Told(msgspec.Struct, frozen=True, tag=True):
    """The answer to ``Ask``: for each text an annotation, or why there is none."""

    outcomes: tuple[Annotation | str, ...]


FromWorker = Hello | Failed | Told

_encoder = msgspec.msgpack.Encoder()


def frame(message: Hello | Failed | Ask | Told) -> bytes:
    """A message as it travels."""
    data = _encoder.encode(message)
    return len(data).to_bytes(LENGTH_BYTES, "big") + data


def length(head: bytes) -> int:
    """The length of the message behind its first four bytes. Raises ``ValueError`` where no message is so long."""
    size = int.from_bytes(head, "big")
    if size > MAX_FRAME_BYTES:
        raise ValueError(f"a message of {size} bytes is too long")
    return size


def from_worker(data: bytes) -> FromWorker:
    """A message of the worker. Raises ``msgspec.DecodeError``."""
    message: FromWorker = msgspec.msgpack.decode(data, type=FromWorker)
    return message


def from_server(data: bytes) -> Ask:
    """A message of the server. Raises ``msgspec.DecodeError``."""
    return msgspec.msgpack.decode(data, type=Ask)
