"""Who may say what, when: one transition table for both sides of a session.

After h11's ``_state.py``: each side feeds what it sends and what it receives; the table does not know which side it
plays. What the peer does wrong is a ``RemoteProtocolError``, what we would do wrong a ``LocalProtocolError``.

Both sides speak at once, so each sees its own messages before the other's. The table is such that this does not
matter: in every state in which both may speak, whatever the two say leads to the same state in either order. Only a
fatal ``error`` overtakes: what a client sent before it knew is ignored.
"""

from enum import Enum, auto
from typing import Literal

from theresa_protocol.errors import ErrorCode, LocalProtocolError, ProtocolError, RemoteProtocolError
from theresa_protocol.messages import (
    Ack,
    AnyClientMessage,
    AnyServerMessage,
    Draining,
    End,
    Ended,
    Entities,
    ErrorMessage,
    Final,
    Flush,
    Flushed,
    Partial,
    Speech,
    Start,
    Started,
    Stats,
    Unknown,
    Update,
    Updated,
    WarningMessage,
)


class State(Enum):
    """Where a session stands."""

    OPENING = auto()
    """Nothing was said yet: ``start`` must come first."""
    STARTING = auto()
    """``start`` was sent; ``started`` or ``error`` must be the answer. Audio may already follow."""
    STREAMING = auto()
    """Both speak."""
    ENDING = auto()
    """``end`` was sent; the server still owes finals and ``ended``."""
    STARTING_ENDING = auto()
    """``end`` was sent before ``started`` came."""
    CLOSED = auto()
    """``ended`` or a fatal error was sent: only the close is left."""


_TALK: tuple[type, ...] = (
    Speech, Partial, Final, Entities, Ack, Flushed, Updated, Stats, Draining, WarningMessage, ErrorMessage, Unknown
)  # fmt: skip

CLIENT_TRANSITIONS: dict[State, dict[type, State]] = {
    State.OPENING: {Start: State.STARTING},
    State.STARTING: {
        bytes: State.STARTING,
        Update: State.STARTING,
        Flush: State.STARTING,
        End: State.STARTING_ENDING,
    },
    State.STREAMING: {
        bytes: State.STREAMING,
        Update: State.STREAMING,
        Flush: State.STREAMING,
        End: State.ENDING,
    },
    State.ENDING: {},
    State.STARTING_ENDING: {},
    State.CLOSED: {},
}
"""What a client may send in each state, and where that leads. A binary frame counts as ``bytes``."""

SERVER_TRANSITIONS: dict[State, dict[type, State]] = {
    State.OPENING: {ErrorMessage: State.OPENING, Draining: State.OPENING, Unknown: State.OPENING},
    State.STARTING: {
        Started: State.STREAMING,
        ErrorMessage: State.STARTING,
        Draining: State.STARTING,
        Unknown: State.STARTING,
    },
    State.STREAMING: dict.fromkeys(_TALK, State.STREAMING),
    State.ENDING: {**dict.fromkeys(_TALK, State.ENDING), Ended: State.CLOSED},
    State.STARTING_ENDING: {
        Started: State.ENDING,
        ErrorMessage: State.STARTING_ENDING,
        Draining: State.STARTING_ENDING,
        Unknown: State.STARTING_ENDING,
    },
    State.CLOSED: {},
}
"""What a server may send in each state. A fatal ``error`` leads to ``CLOSED`` from everywhere."""

Role = Literal["client", "server"]
_TRANSITIONS = {"client": CLIENT_TRANSITIONS, "server": SERVER_TRANSITIONS}


class Conversation:
    """The state of one session as one side sees it."""

    def __init__(self, role: Role) -> None:
        self.state = State.OPENING
        self._ours: Role = role
        self._theirs: Role = "server" if role == "client" else "client"

    def sent(self, message: AnyClientMessage | AnyServerMessage | bytes) -> None:
        """Record what we are about to send. Raises ``LocalProtocolError`` where it is not allowed; the state stays."""
        self._step(self._ours, message, LocalProtocolError)

    def received(self, message: AnyClientMessage | AnyServerMessage | Unknown | bytes) -> None:
        """Record what came. Raises ``RemoteProtocolError`` where the table does not allow it; the state stays then."""
        if self._theirs == "client" and self.state is State.CLOSED:
            return  # what was on the wire before the client could know that we closed
        self._step(self._theirs, message, RemoteProtocolError)

    def _step(self, role: Role, message: object, error: type[ProtocolError]) -> None:
        target = _TRANSITIONS[role][self.state].get(type(message))
        if target is None:
            raise _not_allowed(self.state, role, message, error)
        fatal = isinstance(message, ErrorMessage) and message.fatal
        self.state = State.CLOSED if fatal else target


def _not_allowed(state: State, role: Role, message: object, error: type[ProtocolError]) -> ProtocolError:
    name = "audio" if isinstance(message, bytes) else f"'{_tag(message)}'"
    if role == "client" and state is State.OPENING:
        return error(ErrorCode.START_EXPECTED, f"The first message must be 'start', not {name}.")
    when = {
        State.OPENING: "before 'start'",
        State.STARTING: "before 'started'",
        State.STREAMING: "in a session that has started",
        State.ENDING: "after 'end'",
        State.STARTING_ENDING: "after 'end'",
        State.CLOSED: "after the goodbye",
    }[state]
    return error(ErrorCode.UNEXPECTED_MESSAGE, f"A {role} must not send {name} {when}.")


def _tag(message: object) -> str:
    config = getattr(message, "__struct_config__", None)
    return str(getattr(message, "type", None) or getattr(config, "tag", None) or type(message).__name__)
