"""The state machine of a session: one transition table for both sides.

Modelled on h11's ``_state.py``: each side records what it sends and receives, and the table does not depend on which
side it plays. Mistakes of the peer are a ``RemoteProtocolError``, our own a ``LocalProtocolError``.

Both sides send at the same time, so each sees its own messages before the other's. The table makes this harmless: in
every state where both may send, crossing messages lead to the same state in either order. Only a fatal ``error``
differs: the server ignores messages that the client sent before it received the error.
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
    """State of a session."""

    OPENING = auto()
    """Nothing was sent yet: ``start`` must come first."""
    STARTING = auto()
    """``start`` was sent; the server must answer with ``started`` or ``error``. Audio may already follow."""
    STREAMING = auto()
    """The session is open in both directions."""
    ENDING = auto()
    """``end`` was sent; the server still owes finals and ``ended``."""
    STARTING_ENDING = auto()
    """``end`` was sent before ``started`` arrived."""
    CLOSED = auto()
    """``ended`` or a fatal error was sent: only the close may follow."""


_SESSION_MESSAGES: tuple[type, ...] = (
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
"""Messages that a client may send in each state, and the resulting state. A binary frame counts as ``bytes``."""

SERVER_TRANSITIONS: dict[State, dict[type, State]] = {
    State.OPENING: {ErrorMessage: State.OPENING, Draining: State.OPENING, Unknown: State.OPENING},
    State.STARTING: {
        Started: State.STREAMING,
        ErrorMessage: State.STARTING,
        Draining: State.STARTING,
        Unknown: State.STARTING,
    },
    State.STREAMING: dict.fromkeys(_SESSION_MESSAGES, State.STREAMING),
    State.ENDING: {**dict.fromkeys(_SESSION_MESSAGES, State.ENDING), Ended: State.CLOSED},
    State.STARTING_ENDING: {
        Started: State.ENDING,
        ErrorMessage: State.STARTING_ENDING,
        Draining: State.STARTING_ENDING,
        Unknown: State.STARTING_ENDING,
    },
    State.CLOSED: {},
}
"""Messages that a server may send in each state. A fatal ``error`` leads to ``CLOSED`` from every state."""

Role = Literal["client", "server"]
_TRANSITIONS = {"client": CLIENT_TRANSITIONS, "server": SERVER_TRANSITIONS}


class Conversation:
    """The state of a session as seen by one side."""

    def __init__(self, role: Role) -> None:
        self.state = State.OPENING
        self._ours: Role = role
        self._theirs: Role = "server" if role == "client" else "client"

    def sent(self, message: AnyClientMessage | AnyServerMessage | bytes) -> None:
        """Record a message that this side is about to send.

        Raises:
            LocalProtocolError: if the message is not allowed now. The state does not change.
        """
        self._step(self._ours, message, LocalProtocolError)

    def received(self, message: AnyClientMessage | AnyServerMessage | Unknown | bytes) -> None:
        """Record a message from the other side.

        Raises:
            RemoteProtocolError: if the message is not allowed now. The state does not change.
        """
        if self._theirs == "client" and self.state is State.CLOSED:
            return  # it was in flight before the client could know that we closed
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
        State.CLOSED: "after the session has ended",
    }[state]
    return error(ErrorCode.UNEXPECTED_MESSAGE, f"A {role} must not send {name} {when}.")


def _tag(message: object) -> str:
    config = getattr(message, "__struct_config__", None)
    return str(getattr(message, "type", None) or getattr(config, "tag", None) or type(message).__name__)
