"""Encode and decode text frames. Any input decodes to a message or raises ``RemoteProtocolError``, nothing else."""

import re
from typing import Any

import msgspec

from theresa_protocol.errors import ErrorCode, RemoteProtocolError
from theresa_protocol.messages import AnyClientMessage, AnyServerMessage, Unknown

_encoder = msgspec.json.Encoder()
_client_decoder: msgspec.json.Decoder[AnyClientMessage] = msgspec.json.Decoder(AnyClientMessage)
_server_decoder: msgspec.json.Decoder[AnyServerMessage] = msgspec.json.Decoder(AnyServerMessage)
_type_decoder = msgspec.json.Decoder(Unknown)

FAILURES = (msgspec.DecodeError, UnicodeError, RecursionError)
"""Exceptions that decoding a frame may raise; ``remote_error`` converts them."""
_PATH = re.compile(r" - at `(\$[\w.\[\]]*)`\Z")
_UNKNOWN_FIELD = re.compile(r"Object contains unknown field `(?P<name>.*)`", re.DOTALL)
_MAX_QUOTED = 200
"""Maximum number of characters of the other side's text that an error message quotes."""


def encode(message: AnyClientMessage | AnyServerMessage) -> str:
    """Encode a message as a text frame."""
    return _encoder.encode(message).decode()


def decode_client(frame: str | bytes) -> AnyClientMessage:
    """Decode a client message. Unknown types and unknown fields are errors.

    Raises:
        RemoteProtocolError: if the frame is not a valid client message.
    """
    try:
        return _client_decoder.decode(frame)
    except FAILURES as error:
        raise remote_error(error) from None


def decode_server(frame: str | bytes) -> AnyServerMessage | Unknown:
    """Decode a server message. Unknown fields are ignored; a type added after this version becomes ``Unknown``.

    Raises:
        RemoteProtocolError: if the frame is not a valid server message.
    """
    try:
        return _server_decoder.decode(frame)
    except FAILURES as error:
        failure = remote_error(error)
    if failure.code is not ErrorCode.UNKNOWN_TYPE:
        raise failure
    try:
        return _type_decoder.decode(frame)
    except FAILURES as error:
        raise remote_error(error) from None


def remote_error(error: Exception) -> RemoteProtocolError:
    """Convert one of ``FAILURES`` into the error to report to the other side."""
    match error:
        case msgspec.ValidationError():
            return _validation_error(str(error))
        case RecursionError():
            reason = "it is nested too deeply"
        case UnicodeError():
            reason = "it is not UTF-8"
        case _ if "truncated" in str(error):
            reason = "it is incomplete"
        case _:
            reason = str(error).removeprefix("JSON is malformed: ")
    return RemoteProtocolError(ErrorCode.BAD_JSON, f"The message is not JSON: {reason}.")


def _validation_error(description: str) -> RemoteProtocolError:
    found = _PATH.search(description)
    full_text, path = (description[: found.start()], found[1]) if found else (description, None)
    text = _shorten(full_text)
    if path == "$.type" or text == "Object missing required field `type`":
        return RemoteProtocolError(ErrorCode.UNKNOWN_TYPE, f"The message has no known type: {text}.", "$.type")
    if unknown := _UNKNOWN_FIELD.fullmatch(full_text):
        path = f"{path or '$'}.{_shorten(unknown['name'])}"
    audio = path is not None and re.match(r"\$\.audio(?![^.])", path)
    code = ErrorCode.BAD_AUDIO_FORMAT if audio else ErrorCode.BAD_FIELD
    return RemoteProtocolError(code, f"The message is not valid: {text}{f' at {path}' if path else ''}.", path)


def _shorten(text: str) -> str:
    return text if len(text) <= _MAX_QUOTED else text[:_MAX_QUOTED] + "…"


def schema_components() -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Return JSON Schemas of the client and server messages, and the components that both refer to."""
    (client, server), components = msgspec.json.schema_components(
        (AnyClientMessage, AnyServerMessage), ref_template="#/components/schemas/{name}"
    )
    return client, server, components
