"""Opening a session: what the server is offered, and one sentence for each way in which it may fail."""

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


class _DenialError(msgspec.Struct):
    message: str


class _Denial(msgspec.Struct):
    error: _DenialError


def checked(start: Start) -> Start:
    """``start`` with the client's name, as a server would read it. Raises ``ValueError`` where it would not."""
    if start.client is None:
        start = msgspec.structs.replace(start, client=ClientInfo(name="theresa", version=version("theresa")))
    try:
        decode_client(encode(start))
    except RemoteProtocolError as error:
        raise ValueError(error.message) from None
    return start


def address(url: str, **query: str | None) -> str:
    """``url`` with what it is to say beforehand: which ``session`` comes back, which ``model`` will be asked for.

    What is None is left out, and what ``url`` says itself stays.
    """
    told = {name: value for name, value in query.items() if value is not None}
    if not told:
        return url
    said = parse_qs(urlsplit(url).query)
    more = urlencode({name: value for name, value in told.items() if name not in said})
    return f"{url}{'&' if '?' in url else '?'}{more}" if more else url


def authorization(api_key: str | None) -> dict[str, str]:
    """Headers that carry the key. Raises ``ValueError`` for a key that no header can hold."""
    if not api_key:
        return {}
    if not (api_key.isascii() and api_key.isprintable()) or " " in api_key:
        raise ValueError("An API key is printable ASCII without spaces.")
    return {"Authorization": f"Bearer {api_key}"}


def is_loopback(url: str) -> bool:
    """Whether a URL points at this machine: then no proxy may stand between."""
    host = ""
    try:
        host = urlsplit(url).hostname or ""
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def failure(url: str, error: Exception) -> TheresaError:
    """What the failure of a handshake means to the caller, as an error with one clear sentence."""
    match error:
        case InvalidStatus():
            return _denial(url, error.response)
        case ProxyError() | InvalidProxy():
            return ConnectionFailed(f"The proxy on the way to {url} fails: {error}.")
        case InvalidMessage() | EOFError():
            return ConnectionFailed(f"What answers at {url} does not speak WebSocket.")
        case InvalidHandshake():
            return ConnectionFailed(f"What answers at {url} does not open a WebSocket: {error}.")
        case TimeoutError():
            return ConnectionFailed(f"{url} did not answer in time: is the address right and the server well?")
        case socket.gaierror():
            return ConnectionFailed(f"The host of {url} is not known: is the name right?")
        case ssl.SSLError():
            reason = getattr(error, "verify_message", "") or getattr(error, "reason", "") or error
            return ConnectionFailed(f"No secure connection to {url}: {reason}.")
        case InvalidURI() | ValueError():  # behind SSLError: a certificate's is a ValueError, too
            return ConnectionFailed(
                f"'{printable(url)}' is not a WebSocket URL: it looks like ws://127.0.0.1:8080/v1/stream (or wss://…)."
            )
        case OSError(errno=int(code)) if code not in _NOTHING_ANSWERS:
            return ConnectionFailed(f"No connection to {url}: {os.strerror(code)}.")
        case _:  # without a number: asyncio's, for several addresses that failed each in its own way
            return ConnectionFailed(
                f"Nothing answers at {url}: is theresa-server running? Start it with `theresa-server` or `make demo`."
            )


def _denial(url: str, response: Response) -> TheresaError:
    status = response.status_code
    reason, ours = _reason(response)
    if status in (403, 404) and not ours:  # servers refuse WebSockets with either where there is no such path
        return ConnectionFailed(f"There is no stream at {url} (HTTP {status}): the path is usually /v1/stream.")
    if 400 <= status < 500 or status == 503:
        retry_after_s = _retry_after_s(response)
        wait = f" Try again in {retry_after_s:.0f} s." if retry_after_s is not None else ""
        return Refused(
            f"The server at {url} refused the session (HTTP {status}): {reason}{wait}",
            status=status,
            retry_after_s=retry_after_s,
        )
    return ConnectionFailed(f"What answers at {url} does not open a WebSocket (HTTP {status}): {reason}")


def _reason(response: Response) -> tuple[str, bool]:
    """Why it was denied, on one line, and whether the body is a Theresa server's: ``{"error": {"message": …}}``."""
    text = bytes(response.body or b"").decode(errors="replace")
    message = None
    with contextlib.suppress(msgspec.DecodeError, RecursionError):
        message = msgspec.json.decode(text, type=_Denial).error.message
    text = " ".join(printable(message or text).split())[:MAX_REASON_CHARACTERS] or response.reason_phrase
    return text if text.endswith((".", "!", "?", "。")) else f"{text}.", message is not None


def _retry_after_s(response: Response) -> float | None:
    value = response.headers.get("Retry-After", "")
    return float(value) if value.isdecimal() and value.isascii() else None
