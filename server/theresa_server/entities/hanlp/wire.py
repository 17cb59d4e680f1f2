"""Messages between the server and the worker process: MessagePack, each prefixed with its length in four bytes."""

import msgspec

from theresa_server.entities.ports import Annotation, EntityRecogniserInfo

MAX_MESSAGE_BYTES = 16 * 1024 * 1024
FOLDER = "THERESA_WORKER_FOLDER"
"""Environment variable with a folder that the server deletes once the worker has loaded its model, or has died."""

LENGTH_BYTES = 4


class WorkerReady(msgspec.Struct, frozen=True, tag=True):
    """The worker has loaded its model."""

    info: EntityRecogniserInfo


class WorkerFailed(msgspec.Struct, frozen=True, tag=True):
    """The worker could not load its model and exits."""

    message: str


class AnnotateRequest(msgspec.Struct, frozen=True, tag=True):
    """Texts to annotate."""

    texts: tuple[str, ...]
    relations: bool


class AnnotateResponse(msgspec.Struct, frozen=True, tag=True):
    """The result of an ``AnnotateRequest``: an annotation or an error message for each text."""

    outcomes: tuple[Annotation | str, ...]


WorkerMessage = WorkerReady | WorkerFailed | AnnotateResponse

_encoder = msgspec.msgpack.Encoder()


def encode_message(message: WorkerMessage | AnnotateRequest) -> bytes:
    """Encode a message with its length prefix."""
    data = _encoder.encode(message)
    return len(data).to_bytes(LENGTH_BYTES, "big") + data


def message_length(prefix: bytes) -> int:
    """Decode a length prefix.

    Raises:
        ValueError: when the length exceeds ``MAX_MESSAGE_BYTES``.
    """
    length = int.from_bytes(prefix, "big")
    if length > MAX_MESSAGE_BYTES:
        raise ValueError(f"a message of {length} bytes is too long")
    return length


def decode_worker_message(data: bytes) -> WorkerMessage:
    """Decode a message from the worker.

    Raises:
        msgspec.DecodeError: when it is invalid.
    """
    message: WorkerMessage = msgspec.msgpack.decode(data, type=WorkerMessage)
    return message


def decode_request(data: bytes) -> AnnotateRequest:
    """Decode a message from the server.

    Raises:
        msgspec.DecodeError: when it is invalid.
    """
    return msgspec.msgpack.decode(data, type=AnnotateRequest)
