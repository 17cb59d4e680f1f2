"""Who may open a session: decided before the upgrade, so that a refusal is a real HTTP answer."""

import base64
import binascii
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from theresa_protocol.errors import ErrorCode
from theresa_protocol.limits import AUTH_SUBPROTOCOL_PREFIX, SUBPROTOCOL
from theresa_server.engine.pressure import Pressure

RETRY_AFTER_S = 5
"""When a client that was refused for lack of room may try again."""

GROWTH = 8
"""Beyond what a model is expected to carry, one more may come for so many that are there, until its load is felt."""


NO_ROOM = "The server has no room: it would be late for those who are there."


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Who is let in. No keys: everybody. Origins beside the server's own are allowed by name, ``*`` allows all."""

    api_keys: tuple[str, ...] = ()
    allowed_origins: tuple[str, ...] = ()
    max_sessions: int = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerLoad:
    """How the server stands at this moment: all of it, and under what pressure the model is that is asked for."""

    ready: bool
    draining: bool
    sessions: int
    young: int = 0
    """Sessions that have not been there long enough to be felt."""
    share: float = 0.0
    """How much of what it is expected to carry those who are there make up: 1 is all; 0 where nobody knows."""
    pressure: Pressure = field(default_factory=Pressure)

    @property
    def crowded(self) -> bool:
        """Whether those who are there are late, or would be if all who have just come spoke."""
        if self.sessions == 0:
            return False
        return self.pressure.overloaded or (self.share >= 1 and self.young >= max(1, self.sessions // GROWTH))


@dataclass(frozen=True, slots=True)
class Accepted:
    """Come in; ``subprotocol`` is to be echoed."""

    subprotocol: str | None
    key: str | None = None
    """The API key that was shown, where one is needed."""


@dataclass(frozen=True, slots=True)
class Refused:
    """An HTTP answer instead of the upgrade."""

    status: int
    code: ErrorCode
    message: str
    retry_after_s: int | None = None


def _decode_key(text: str) -> str:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
    except (binascii.Error, ValueError):
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subprotocols:
    """What the clients of an endpoint offer: its ``name``, and a key behind a prefix, which ``decode`` reads.

    Those that begin as one of ``ignored`` say nothing about what is to be spoken.
    """

    name: str
    key_prefix: str
    decode: Callable[[str], str]
    ignored: tuple[str, ...] = ()

    def spoken(self, offered: Sequence[str]) -> list[str]:
        """Those of the offered ones that may be spoken."""
        return [name for name in offered if not name.startswith((self.key_prefix, *self.ignored))]

    def keys(self, offered: Sequence[str]) -> list[str]:
        """The keys that are shown by them."""
        shown = [name.removeprefix(self.key_prefix) for name in offered if name.startswith(self.key_prefix)]
        return [self.decode(key) for key in shown]


NATIVE = Subprotocols(name=SUBPROTOCOL, key_prefix=AUTH_SUBPROTOCOL_PREFIX, decode=_decode_key)


def admit(
    headers: Mapping[str, str],
    offered: Sequence[str],
    policy: Policy,
    load: ServerLoad,
    resumes: bool = False,
    subprotocols: Subprotocols = NATIVE,
) -> Accepted | Refused:
    """Decide on a handshake that offers some subprotocols. ``headers`` has lower-case names or ignores case.

    One that ``resumes`` a session has its place already.
    """
    spoken = subprotocols.spoken(offered)
    if spoken and subprotocols.name not in spoken:
        return Refused(
            400,
            ErrorCode.UNKNOWN_SUBPROTOCOL,
            f"None of the offered subprotocols is known here; supported: {subprotocols.name}.",
        )
    keys = subprotocols.keys(offered)
    refusal = permit(headers, policy, load, keys)
    if refusal is not None:
        return refusal
    if load.sessions >= policy.max_sessions and not resumes:
        return Refused(
            503, ErrorCode.OVERLOADED, f"All {policy.max_sessions} sessions of the server are taken.", RETRY_AFTER_S
        )
    if load.crowded and not resumes:
        return Refused(503, ErrorCode.OVERLOADED, NO_ROOM, RETRY_AFTER_S)
    key = _key(headers.get("authorization", ""), keys, policy.api_keys)
    return Accepted(subprotocols.name if spoken else None, key)


def permit(headers: Mapping[str, str], policy: Policy, load: ServerLoad, keys: Sequence[str] = ()) -> Refused | None:
    """Decide on any request: may its page, does its key, is the server up. ``None`` lets it in.

    ``keys`` are those that it shows elsewhere than in its headers.
    """
    if not _origin_allowed(headers.get("origin"), headers.get("host"), policy.allowed_origins):
        return Refused(403, ErrorCode.BAD_ORIGIN, f"Pages of {headers.get('origin')} are not allowed to connect here.")
    if policy.api_keys and _key(headers.get("authorization", ""), keys, policy.api_keys) is None:
        return Refused(
            401, ErrorCode.UNAUTHORIZED, "A valid API key is needed: send it as 'Authorization: Bearer KEY'."
        )
    if load.draining:
        return Refused(503, ErrorCode.GOING_AWAY, "The server is about to stop.", RETRY_AFTER_S)
    if not load.ready:
        return Refused(503, ErrorCode.OVERLOADED, "The server is still loading its model.", RETRY_AFTER_S)
    return None


def _origin_allowed(origin: str | None, host: str | None, allowed: Sequence[str]) -> bool:
    """Only browsers send an origin; a page of this very server is always allowed (the host of its origin is ours)."""
    if origin is None or "*" in allowed or origin in allowed:
        return True
    try:
        return host is not None and urlsplit(origin).netloc == host
    except ValueError:  # not a URL
        return False


def _key(authorization: str, given: Sequence[str], keys: Sequence[str]) -> str | None:
    """The one of the keys that was shown."""
    scheme, _, bearer = authorization.partition(" ")
    shown = [bearer.strip(), *given] if scheme.lower() == "bearer" else given
    known = [key for key in keys for one in shown if one and hmac.compare_digest(one.encode(), key.encode())]
    return known[0] if known else None
