"""The WebSocket handshake: its parameters, and an error message for each way in which it can fail."""

import contextlib
import errno
import ipaddress
import os
import socket
import ssl
from importlib.metadata import version
from urllib.parse import parse_qs, urlencode, urlsplit

import msgspec
from websockets.exceptions import InvalidHandshake, InvalidMessage, InvalidProxy, InvalidStatus, InvalidURI, ProxyError
from websockets.http11 import Response

from theresa_client.errors import ConnectionFailed, Refused, TheresaError
from theresa_protocol.codec import decode_client, encode
from theresa_protocol.errors import RemoteProtocolError
from theresa_protocol.messages import ClientInfo, Start
from theresa_protocol.text import printable

MAX_REASON_CHARACTERS = 300
_NOTHING_ANSWERS = frozenset(
    {
        errno.ECONNREFUSED,
        errno.EHOSTDOWN,
        errno.EHOSTUNREACH,
        errno.ENETDOWN,
        errno.ENETUNREACH,
    }
)


class _RefusalError(msgspec.Struct):
    message: str


class _RefusalBody(msgspec.Struct):
    error: _RefusalError


def validated_start(start: Start) -> Start:
    """Return ``start`` with the name of this client.

    Raises:
        ValueError: if a server would not accept it.
    """
    if start.client is None:
        start = msgspec.structs.replace(start, client=ClientInfo(name="theresa", version=version("theresa")))
    try:
        decode_client(encode(start))
    except RemoteProtocolError as error:
        raise ValueError(error.message) from None
    return start


def with_query(url: str, **parameters: str | None) -> str:
    """Add query parameters, such as ``session`` and ``model``, to a URL.

    Parameters that are ``None``, or that the URL already has, are omitted.
    """
    given = {name: value for name, value in parameters.items() if value is not None}
    if not given:
        return url
    existing = parse_qs(urlsplit(url).query)
    added = urlencode({name: value for name, value in given.items() if name not in existing})
    return f"{url}{'&' if '?' in url else '?'}{added}" if added else url


def authorization(api_key: str | None) -> dict[str, str]:
    """Return the headers with the key.

    Raises:
        ValueError: if the key is not valid in a header.
    """
    if not api_key:
        return {}
    if not (api_key.isascii() and api_key.isprintable()) or " " in api_key:
        raise ValueError("An API key must be printable ASCII without spaces.")
    return {"Authorization": f"Bearer {api_key}"}


def is_loopback(url: str) -> bool:
    """Return whether a URL points to this machine, so that no proxy must be used."""
    host = ""
    try:
        host = urlsplit(url).hostname or ""
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def handshake_error(url: str, error: Exception) -> TheresaError:
    """Convert an exception during the handshake into an error with a message for people."""
    match error:
        case InvalidStatus():
            return _refusal(url, error.response)
        case ProxyError() | InvalidProxy():
            return ConnectionFailed(f"The proxy for {url} failed: {error}.")
        case InvalidMessage() | EOFError():
            return ConnectionFailed(f"The server at {url} is not a WebSocket server.")
        case InvalidHandshake():
            return ConnectionFailed(f"The server at {url} did not open a WebSocket: {error}.")
        case TimeoutError():
            return ConnectionFailed(f"{url} did not answer in time: check the address and the server.")
        case socket.gaierror():
            return ConnectionFailed(f"The host name in {url} cannot be resolved: check its spelling.")
        case ssl.SSLError():
            reason = getattr(error, "verify_message", "") or getattr(error, "reason", "") or error
            return ConnectionFailed(f"No secure connection to {url}: {reason}.")
        case InvalidURI() | ValueError():  # after SSLError, because certificate errors are also ValueErrors
            return ConnectionFailed(
                f"'{printable(url)}' is not a WebSocket URL, such as ws://127.0.0.1:8080/v1/stream or wss://…"
            )
        case OSError(errno=int(code)) if code not in _NOTHING_ANSWERS:
            return ConnectionFailed(f"No connection to {url}: {os.strerror(code)}.")
        case _:  # asyncio raises it without errno if several addresses failed in different ways
            return ConnectionFailed(
                f"No server is listening at {url}. Start one with `theresa-server` or `make demo`, or check the URL."
            )


def _refusal(url: str, response: Response) -> TheresaError:
    status = response.status_code
    reason, from_theresa = _reason(response)
    if status in (403, 404) and not from_theresa:  # other servers refuse WebSockets on unknown paths with either
        return ConnectionFailed(f"There is no stream at {url} (HTTP {status}). The path is usually /v1/stream.")
    if 400 <= status < 500 or status == 503:
        retry_after_s = _retry_after_s(response)
        wait = f" Try again in {retry_after_s:.0f} s." if retry_after_s is not None else ""
        return Refused(
            f"The server at {url} refused the session (HTTP {status}): {reason}{wait}",
            status=status,
            retry_after_s=retry_after_s,
        )
    return ConnectionFailed(f"The server at {url} did not open a WebSocket (HTTP {status}): {reason}")


def _reason(response: Response) -> tuple[str, bool]:
    """Return the reason as one line, and whether the body is from a Theresa server: ``{"error": {"message": …}}``."""
    text = bytes(response.body or b"").decode(errors="replace")
    message = None
    with contextlib.suppress(msgspec.DecodeError, RecursionError):
        message = msgspec.json.decode(text, type=_RefusalBody).error.message
    text = " ".join(printable(message or text).split())[:MAX_REASON_CHARACTERS] or response.reason_phrase
    return text if text.endswith((".", "!", "?", "。")) else f"{text}.", message is not None


def _retry_after_s(response: Response) -> float | None:
    value = response.headers.get("Retry-After", "")
    return float(value) if value.isdecimal() and value.isascii() else None
