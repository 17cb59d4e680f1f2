"""Generates the AsyncAPI 3.0 description of the protocol from the message types.

``python -m theresa_protocol.asyncapi > docs/asyncapi.json`` writes it; with ``--check FILE`` the exit status says
whether a file is up to date. Descriptions are the docstrings of the types and their fields. Docstrings of fields exist
only in the source, so the generator needs the source files.
"""

import argparse
import ast
import enum
import inspect
import itertools
import json
import sys
from pathlib import Path
from typing import Any, get_args

import msgspec

from theresa_protocol import audio, client_messages, limits, server_messages
from theresa_protocol.codec import schema_components
from theresa_protocol.errors import CLOSE_CODES, CloseCode, ErrorCode
from theresa_protocol.messages import AnyClientMessage, AnyServerMessage

VERSION = "1.1.0"
"""Version of the protocol: every addition raises the minor version; the major version is that of the subprotocol."""

_MODULES = (audio, limits, client_messages, server_messages)
_SCHEMAS = "#/components/schemas/"
_MESSAGES = "#/components/messages/"
_CHANNEL = "#/channels/stream"


def document() -> dict[str, Any]:
    """Build the AsyncAPI description of the protocol as JSON values."""
    client = [_message(kind, "client") for kind in get_args(AnyClientMessage)]
    server = [_message(kind, "server") for kind in get_args(AnyServerMessage)]
    messages = {message["name"]: message for message in (*client, _audio(), *server)}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": limits.SUBPROTOCOL,
            "version": VERSION,
            "description": "Live speech in as PCM, incremental transcripts out as JSON, over one WebSocket. "
            "The full specification is `docs/protocol.md`.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "local": {"host": "127.0.0.1:8080", "protocol": "ws", "description": "A server with default settings."}
        },
        "channels": {"stream": _channel(messages)},
        "operations": {
            "receiveFromClient": _operation(
                "receive", "Messages and audio from a client.", [m["name"] for m in client] + ["audio"]
            ),
            "sendToClient": _operation("send", "Messages to a client.", [m["name"] for m in server]),
        },
        "components": {"messages": messages, "schemas": _schemas()},
    }


def _channel(messages: dict[str, Any]) -> dict[str, Any]:
    header = {"type": "string"}
    return {
        "address": "/v1/stream",
        "description": "One session. It closes with one of the codes in `x-close-codes`.",
        "messages": {name: {"$ref": _MESSAGES + name} for name in messages},
        "bindings": {
            "ws": {
                "method": "GET",
                "headers": {
                    "type": "object",
                    "properties": {
                        "Sec-WebSocket-Protocol": {
                            **header,
                            "description": f"`{limits.SUBPROTOCOL}`; a browser adds its key as "
                            f"`{limits.AUTH_SUBPROTOCOL_PREFIX}<base64url>`.",
                        },
                        "Authorization": {**header, "description": "`Bearer <key>` if the server requires a key."},
                    },
                },
            }
        },
        "x-close-codes": {"$ref": _SCHEMAS + "CloseCode"},
    }


def _operation(action: str, summary: str, names: list[str]) -> dict[str, Any]:
    messages = [{"$ref": f"{_CHANNEL}/messages/{name}"} for name in names]
    return {"action": action, "summary": summary, "channel": {"$ref": _CHANNEL}, "messages": messages}


def _message(kind: type[msgspec.Struct], sender: str) -> dict[str, Any]:
    return {
        "name": str(kind.__struct_config__.tag),
        "title": f"{kind.__struct_config__.tag} ({sender})",
        "summary": _text(kind.__doc__ or ""),
        "payload": {"$ref": _SCHEMAS + kind.__name__},
    }


def _audio() -> dict[str, Any]:
    return {
        "name": "audio",
        "title": "audio (client)",
        "summary": "A binary frame: contiguous whole samples in the format of `start.audio`.",
        "contentType": "application/octet-stream",
        "payload": {
            "type": "string",
            "format": "binary",
            "description": "At most `limits.max_frame_bytes`. An empty frame is ignored.",
        },
    }


def _schemas() -> dict[str, Any]:
    components = schema_components()[2]
    types = {
        name: kind
        for module in _MODULES
        for name, kind in vars(module).items()
        if inspect.isclass(kind) and issubclass(kind, msgspec.Struct)
    }
    for name, schema in components.items():
        schema["description"] = _text(schema["description"])
        texts = _field_docs(types[name])
        for field, prop in schema["properties"].items():
            if field in texts:
                schema["properties"][field] = _described(prop, texts[field])
    code = components["ErrorMessage"]["properties"]["code"]
    code["anyOf"] = [{"$ref": _SCHEMAS + "ErrorCode"}, {"type": code.pop("type")}]
    components["ErrorCode"] = {**_enumeration(ErrorCode, "string"), "x-close-codes": _close_codes()}
    components["CloseCode"] = _enumeration(CloseCode, "integer")
    return dict(sorted(components.items()))


def _described(prop: dict[str, Any], text: str) -> dict[str, Any]:
    # JSON Schema draft 7 ignores everything next to a `$ref`.
    rest = {"allOf": [{"$ref": prop.pop("$ref")}], **prop} if "$ref" in prop else prop
    return {"description": text, **rest}


def _enumeration(kind: type[enum.Enum], json_type: str) -> dict[str, Any]:
    texts = _attribute_docs(kind)
    return {
        "title": kind.__name__,
        "description": _text(kind.__doc__ or ""),
        "type": json_type,
        "enum": [member.value for member in kind],
        "x-descriptions": {str(member.value): texts[member.name] for member in kind},
    }


def _close_codes() -> dict[str, int]:
    return {code.value: CLOSE_CODES.get(code, CloseCode.BAD_MESSAGE).value for code in ErrorCode}


def _field_docs(kind: type[msgspec.Struct]) -> dict[str, str]:
    """Return the docstrings of the fields of a struct, including inherited ones, by JSON name."""
    bases = [base for base in reversed(kind.__mro__) if base.__module__ in {module.__name__ for module in _MODULES}]
    texts = {name: text for base in bases for name, text in _attribute_docs(base).items()}
    return {field.encode_name: texts[field.name] for field in msgspec.structs.fields(kind)}


def _attribute_docs(kind: type) -> dict[str, str]:
    """Return the strings that follow assignments in a class body (PEP 257), by attribute name."""
    body = ast.parse(inspect.getsource(kind)).body[0]
    statements = body.body if isinstance(body, ast.ClassDef) else []
    texts = {}
    for assignment, following in itertools.pairwise(statements):
        match assignment, following:
            case (
                ast.AnnAssign(target=ast.Name(name)) | ast.Assign(targets=[ast.Name(name)]),
                ast.Expr(ast.Constant(str(text))),
            ):
                texts[name] = _text(text)
    return texts


def _text(docstring: str) -> str:
    return inspect.cleandoc(docstring).replace("``", "`")


def rendered() -> str:
    """Return the text of the file."""
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


def main(arguments: list[str] | None = None) -> int:
    """Write the description to standard output, or check a file. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m theresa_protocol.asyncapi", description=document.__doc__)
    parser.add_argument("--check", type=Path, metavar="FILE", help="check that FILE is up to date; write nothing")
    wanted: Path | None = parser.parse_args(arguments).check
    if wanted is None:
        sys.stdout.write(rendered())
        return 0
    if wanted.read_text(encoding="utf-8") == rendered():
        return 0
    sys.stderr.write(f"{wanted} is out of date: python -m theresa_protocol.asyncapi > {wanted}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
