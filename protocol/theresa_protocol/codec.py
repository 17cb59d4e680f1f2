"""Text frames to messages and back. Any input decodes to a message or raises ``RemoteProtocolError``, nothing else."""

import re
from typing import Any

import msgspec

from theresa_protocol.errors import ErrorCode, RemoteProtocolError
from theresa_protocol.messages import AnyClientMessage, AnyServerMessage, Unknown

_encoder = msgspec.json.Encoder()
_client_decoder = msgspec.json.Decoder(AnyClientMessage)
_server_decoder = msgspec.json.Decoder(AnyServerMessage)
_type_decoder = msgspec.json.Decoder(Unknown)
_PATH = re.compile(r"^(?P<text>.*?)(?: - at `(?P<path>.*)`)?$", re.DOTALL)


def encode(message: AnyClientMessage | AnyServerMessage) -> str:
    """One text frame."""
    return _encoder.encode(message).decode()


def decode_client(frame: str | bytes) -> AnyClientMessage:
    """What a client said. Unknown types and unknown fields are errors."""
    try:
        return _client_decoder.decode(frame)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise _remote_error(error) from None


def decode_server(frame: str | bytes) -> AnyServerMessage | Unknown:
    """What a server said; ``Unknown`` for a type added after this version. Unknown fields are ignored."""
    try:
        return _server_decoder.decode(frame)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        failure = _remote_error(error)
    if failure.code is ErrorCode.UNKNOWN_TYPE:
        try:
            return _type_decoder.decode(frame)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            pass
    raise failure


def _remote_error(error: Exception) -> RemoteProtocolError:
    if not isinstance(error, msgspec.ValidationError):
        return RemoteProtocolError(ErrorCode.BAD_JSON, f"The message is not JSON: {_reason(error)}.")
    found = _PATH.match(str(error))
    text, path = (found["text"], found["path"]) if found else (str(error), None)
    if path == "$.type" or "missing required field `type`" in text:
        return RemoteProtocolError(ErrorCode.UNKNOWN_TYPE, f"The message has no known type: {text}.", "$.type")
    unknown = re.search(r"unknown field `(.*)`", text)
    if unknown:
        path = f"{path or '$'}.{unknown[1]}"
    code = ErrorCode.BAD_AUDIO_FORMAT if path and path.startswith("$.audio") else ErrorCode.BAD_FIELD
    return RemoteProtocolError(code, f"The message is not valid: {text}{f' at {path}' if path else ''}.", path)


def _reason(error: Exception) -> str:
    match error:
        case RecursionError():
            return "it is nested too deeply"
        case UnicodeError():
            return "it is not UTF-8"
        case _:
            return str(error).removeprefix("JSON is malformed: ")


def schema_components() -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """JSON Schema of the client's messages, of the server's, and the components that both refer to."""
    (client, server), components = msgspec.json.schema_components(
        (AnyClientMessage, AnyServerMessage), ref_template="#/components/schemas/{name}"
    )
    return client, server, components
