"""Admission control: the checks that a request or a new session has to pass.

Handshakes are decided before the WebSocket upgrade, so that a refusal is a real HTTP response.
"""

import base64
import binascii
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from theresa_protocol.errors import ErrorCode
from theresa_protocol.limits import AUTH_SUBPROTOCOL_PREFIX, SUBPROTOCOL
from theresa_server.engine.pressure import Pressure
from theresa_server.serving.edge import share

RETRY_AFTER_S = 5
"""Value of ``Retry-After`` in refusals for lack of capacity."""

SESSIONS_PER_EXTRA = 8
"""Beyond the expected capacity, one more session is admitted per this many open ones in each pressure window."""

AT_CAPACITY = "Server at capacity: a new session would slow down existing ones."

ADDRESS_LIMIT_REACHED = "Too many sessions are open from your address. Retry later."

SHUTTING_DOWN = "The server is shutting down."


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Admission rules set by the operator."""

    api_keys: tuple[str, ...] = ()
    """Accepted API keys. Empty disables authentication."""
    allowed_origins: tuple[str, ...] = ()
    """Origins that may connect in addition to the server's own; ``*`` allows every origin."""
    max_sessions: int = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerLoad:
    """A snapshot of the server's load, as seen by a request for one model."""

    ready: bool
    draining: bool
    sessions: int
    """Open sessions on all models."""
    of_address: int = 0
    """Those of the client's address, if it can hold only a share of all."""
    recent: int = 0
    """Open sessions that are too new to show up in ``pressure``."""
    utilization: float = 0.0
    """Fraction of the expected capacity in use: 1 is full; 0 when the capacity is unknown."""
    pressure: Pressure = field(default_factory=Pressure)
    """Pressure on the requested model."""

    @property
    def at_capacity(self) -> bool:
        """Whether existing sessions are late, or would be if every recent session started to send speech."""
        if self.sessions == 0:
            return False
        if self.pressure.overloaded:
            return True
        return self.utilization >= 1 and self.recent >= max(1, self.sessions // SESSIONS_PER_EXTRA)


@dataclass(frozen=True, slots=True)
class Accepted:
    """A handshake that is accepted."""

    subprotocol: str | None
    """Subprotocol to select in the response."""
    key: str | None = None
    """API key that the client presented, when the policy requires one."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request is refused, as an HTTP response reports it."""

    status: int
    code: str
    message: str
    retry_after_s: int | None = None
    remedy: str = ""
    """What the operator can do, for clients whose users did not choose this server's models."""


def _decode_key(text: str) -> str:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
    except (binascii.Error, ValueError):
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subprotocols:
    """The subprotocols of a WebSocket endpoint.

    Browsers cannot set headers on a handshake, so clients may send their API key as a subprotocol.
    """

    name: str
    """The subprotocol that the endpoint implements."""
    key_prefix: str
    """Prefix of an offered subprotocol that carries an API key."""
    decode: Callable[[str], str]
    """Decodes the key that follows the prefix."""
    ignored: tuple[str, ...] = ()
    """Prefixes of offered subprotocols that do not take part in the negotiation."""

    def candidates(self, offered: Sequence[str]) -> list[str]:
        """Return the offered subprotocols that take part in the negotiation."""
        return [name for name in offered if not name.startswith((self.key_prefix, *self.ignored))]

    def keys(self, offered: Sequence[str]) -> list[str]:
        """Return the API keys among the offered subprotocols."""
        encoded = [name.removeprefix(self.key_prefix) for name in offered if name.startswith(self.key_prefix)]
        return [self.decode(key) for key in encoded]


NATIVE = Subprotocols(name=SUBPROTOCOL, key_prefix=AUTH_SUBPROTOCOL_PREFIX, decode=_decode_key)


def admit(
    headers: Mapping[str, str],
    offered: Sequence[str],
    policy: Policy,
    load: ServerLoad,
    resumes: bool = False,
    subprotocols: Subprotocols = NATIVE,
) -> Accepted | Refusal:
    """Decide on a WebSocket handshake.

    Args:
        headers: Request headers, with lower-case names or a case-insensitive mapping.
        offered: Subprotocols that the client offers.
        policy: Admission rules.
        load: Current load, as seen by a request for the model.
        resumes: Whether the client resumes an open session, which needs no new capacity.
        subprotocols: Subprotocols of the endpoint.
    """
    candidates = subprotocols.candidates(offered)
    if candidates and subprotocols.name not in candidates:
        return Refusal(
            400,
            ErrorCode.UNKNOWN_SUBPROTOCOL,
            f"None of the offered subprotocols is supported; supported: {subprotocols.name}.",
        )
    keys = subprotocols.keys(offered)
    refusal = check_request(headers, policy, load, keys)
    if refusal is not None:
        return refusal
    if load.sessions >= policy.max_sessions and not resumes:
        return Refusal(503, ErrorCode.OVERLOADED, session_limit_reached(policy), RETRY_AFTER_S)
    if load.of_address >= share(policy.max_sessions) and not resumes:
        return Refusal(503, ErrorCode.OVERLOADED, ADDRESS_LIMIT_REACHED, RETRY_AFTER_S)
    if load.at_capacity and not resumes:
        return Refusal(503, ErrorCode.OVERLOADED, AT_CAPACITY, RETRY_AFTER_S)
    key = _matching_key(headers, keys, policy.api_keys)
    return Accepted(subprotocols.name if candidates else None, key)


def check_request(
    headers: Mapping[str, str], policy: Policy, load: ServerLoad, keys: Sequence[str] = ()
) -> Refusal | None:
    """Check origin, API key and server state, and return why the request is refused, if it is.

    Args:
        headers: Request headers, as for ``admit``.
        policy: Admission rules.
        load: Current load.
        keys: API keys that the client presents outside its headers.
    """
    origin = headers.get("origin")
    if not _origin_allowed(origin, headers.get("host"), policy.allowed_origins):
        return Refusal(403, ErrorCode.BAD_ORIGIN, f"The origin {origin} is not allowed to connect.")
    if policy.api_keys and _matching_key(headers, keys, policy.api_keys) is None:
        return Refusal(
            401, ErrorCode.UNAUTHORIZED, "A valid API key is required: send the header 'Authorization: Bearer KEY'."
        )
    if load.draining:
        return Refusal(503, ErrorCode.GOING_AWAY, SHUTTING_DOWN, RETRY_AFTER_S)
    if not load.ready:
        return Refusal(503, ErrorCode.OVERLOADED, "The server is still loading its models.", RETRY_AFTER_S)
    return None


def capacity_advice(policy: Policy, load: ServerLoad) -> str:
    """Return why a session was refused for lack of capacity, and what the operator can do, as a line for the log."""
    refused = f"refused a session while {load.sessions} {'was' if load.sessions == 1 else 'were'} open"
    if load.sessions >= policy.max_sessions:
        return f"{refused}: raise --max-sessions to admit more"
    if load.pressure.overloaded:
        return f"{refused}, whose text was already late: choose a smaller --model, or use more cores"
    return (
        f"{refused}: the model is estimated to serve no more at once on this machine. --speakers N overrides the "
        "estimate; a smaller --model serves more"
    )


def session_limit_reached(policy: Policy) -> str:
    """Return the message for a session beyond ``max_sessions``."""
    return f"The server has reached its limit of {policy.max_sessions} open sessions."


def matching_key(headers: Mapping[str, str], policy: Policy) -> str | None:
    """Return the accepted API key in the headers of a request."""
    return _matching_key(headers, (), policy.api_keys)


def _origin_allowed(origin: str | None, host: str | None, allowed: Sequence[str]) -> bool:
    """Return whether a browser page of this origin may connect.

    Only browsers send an origin. A page that this server serves is always allowed: its origin has the requested host.
    Behind a proxy with TLS the server does not know the scheme of its pages, so that ``http`` and ``https`` are equal.
    """
    if origin is None or "*" in allowed or origin in allowed:
        return True
    try:
        parts = urlsplit(origin)
        return parts.scheme in ("http", "https") and bool(parts.netloc) and parts.netloc == host
    except ValueError:  # not a URL
        return False


def _matching_key(headers: Mapping[str, str], presented: Sequence[str], accepted: Sequence[str]) -> str | None:
    """Return the accepted key that the client presents. Keys are compared in constant time.

    Clients of Azure send the header ``api-key``.
    """
    scheme, _, bearer = headers.get("authorization", "").partition(" ")
    candidates = [headers.get("api-key", ""), *([bearer.strip()] if scheme.lower() == "bearer" else []), *presented]
    matching = [
        key for key in accepted for one in candidates if one and hmac.compare_digest(one.encode(), key.encode())
    ]
    return matching[0] if matching else None
