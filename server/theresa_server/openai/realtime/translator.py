"""One Realtime session: a client's events become the input of a ``Session``, and what that says becomes events.

What a client may still choose is fixed by its first audio, which opens the ``Session``: how audio is encoded, and the
model. Everything else may change at any time. A client's mistake is answered by an ``error`` event and changes nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import msgspec

from theresa_protocol.errors import ErrorCode, ProtocolError, RemoteProtocolError
from theresa_protocol.messages import (
    Ack,
    AnyServerMessage,
    Entities,
    ErrorMessage,
    Final,
    Flush,
    Flushed,
    Partial,
    Speech,
    Start,
    WarningMessage,
)
from theresa_server.openai.aliases import openai_code
from theresa_server.openai.realtime import server_events as told
from theresa_server.openai.realtime.client_events import (
    BETA_UPDATE,
    Append,
    BetaUpdate,
    Clear,
    Commit,
    Update,
    decode,
    event_id,
)
from theresa_server.openai.realtime.configuration import BETA, ENTITIES, GA, RealtimeConfig
from theresa_server.openai.realtime.items import Items
from theresa_server.openai.realtime.server_events import ServerEvent
from theresa_server.openai.realtime.turns import Turns
from theresa_server.sessions.settings import Offer, Settings, negotiate

MIN_COMMIT_MS = 100
"""The least audio that can be committed, as with OpenAI."""

COMMIT_EMPTY = "input_audio_buffer_commit_empty"

_SERVER_FAULTS = (ErrorCode.INTERNAL, ErrorCode.OVERLOADED, ErrorCode.GOING_AWAY)

SessionFeed = bytes | Flush | Settings
"""What a session takes of a client's events."""


class Offers(Protocol):
    """Finds a model."""

    def __call__(self, model: str | None) -> Offer:
        """What a model has to offer, the default's for ``None``. Raises ``RemoteProtocolError``."""
        ...


@dataclass(frozen=True, slots=True)
class FrameResult:
    """What comes of a client's event: what the session takes, in order, and what the client is told."""

    feed: tuple[SessionFeed, ...]
    events: list[ServerEvent]


class _Refused(Exception):
    """A mistake that only Realtime clients can make, under OpenAI's name for it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Translator:
    """Translates one session. ``new_id`` makes an id of a kind; ``model`` is what the client asked for first.

    ``beta``: events have the shape of OpenAI's beta. Raises ``RemoteProtocolError`` where there is no such model.
    """

    def __init__(
        self, session_id: str, new_id: Callable[[str], str], offers: Offers, model: str | None = None, *, beta: bool
    ) -> None:
        self._id = session_id
        self._new_id = new_id
        self._offers = offers
        self._asked = model
        self._beta = beta
        self._shape = BETA if beta else GA
        self._wishes = RealtimeConfig()
        self._offer = offers(model)
        self._settings = negotiate(self._wishes.start(), self._offer)
        self._items = Items(new_id, beta=beta)
        self._turns = Turns(self._items)
        self._received = 0  # samples
        self._begun = False

    @property
    def start(self) -> Start:
        """How the session is to be opened that is fed; to be asked for when there is something to feed."""
        return msgspec.structs.replace(self._wishes.start(), model=self._offer.model)

    def greet(self) -> list[ServerEvent]:
        """The first event."""
        described = self._described()
        created = told.BetaSessionCreated(session=described) if self._beta else told.SessionCreated(session=described)
        return self._numbered([created])

    def hear(self, frame: str | bytes) -> FrameResult:
        """Take in what the client sent, whatever it is."""
        feed: tuple[SessionFeed, ...] = ()
        try:
            feed = self._hear(frame)
        except (ProtocolError, _Refused) as error:
            answered = event_id(frame) if isinstance(frame, str) else None
            return FrameResult((), self._numbered([_error(self._fault(error), answered)]))
        return FrameResult(feed, self._numbered(self._items.take()))

    def tell(self, message: AnyServerMessage) -> list[ServerEvent]:
        """What the client is told of what the session says."""
        turns = self._turns
        match message:
            case Speech():
                turns.speech(message)
            case Partial():
                turns.partial(message)
            case Final():
                turns.final(message)
            case Flushed():
                turns.flushed()
            case Ack():
                turns.settled(self._wishes.audio.milliseconds(message.committed))
            case Entities():
                self._items.entities(message)
            case WarningMessage() if ENTITIES in self._wishes.include:
                return self._numbered([told.Warned(code=message.code, message=message.message)])
            case ErrorMessage(fatal=True):
                return self.fail(message)
        return self._numbered(self._items.take())

    def fail(self, error: ErrorMessage | ProtocolError) -> list[ServerEvent]:
        """The last events: what has become of the items, and why the session ends."""
        fault = self._fault(error)
        self._turns.end(told.Fault(type=fault.type, code=fault.code, message=fault.message) if _broken(error) else None)
        return self._numbered([*self._items.take(), _error(fault, None)])

    # --- what the client sends -----------------------------------------------------------------------------------

    def _hear(self, frame: str | bytes) -> tuple[SessionFeed, ...]:
        if isinstance(frame, bytes):
            raise RemoteProtocolError(
                ErrorCode.UNEXPECTED_MESSAGE,
                "Audio comes as base64 in 'input_audio_buffer.append', not in binary frames.",
            )
        event = decode(frame)
        match event:
            case Append():
                return self._append(event.audio)
            case Commit():
                return self._commit()
            case Clear():
                return (Flush(),) if self._turns.clear(self._now_ms) else ()
            case Update() | BetaUpdate():
                return self._update(event)

    @property
    def _now_ms(self) -> int:
        return self._wishes.audio.milliseconds(self._received)

    def _append(self, audio: bytes) -> tuple[SessionFeed, ...]:
        sample_bytes = self._wishes.audio.sample_bytes
        if len(audio) % sample_bytes:
            raise RemoteProtocolError(
                ErrorCode.PARTIAL_SAMPLE,
                f"{len(audio)} bytes are not whole samples of {sample_bytes} bytes.",
                "$.audio",
            )
        if not audio:
            return ()
        self._begun = True
        self._received += len(audio) // sample_bytes
        return (audio,)

    def _commit(self) -> tuple[SessionFeed, ...]:
        waiting_ms = self._turns.waiting_ms(self._now_ms)
        if waiting_ms < MIN_COMMIT_MS:
            raise _Refused(
                COMMIT_EMPTY,
                f"At least {MIN_COMMIT_MS} ms can be committed; behind the last item there are {waiting_ms} ms.",
            )
        self._turns.commit(self._now_ms)
        return (Flush(),)

    def _update(self, event: Update | BetaUpdate) -> tuple[SessionFeed, ...]:
        if isinstance(event, BetaUpdate) != self._beta:
            expected = BETA_UPDATE if self._beta else "session.update"
            raise RemoteProtocolError(
                ErrorCode.UNEXPECTED_MESSAGE,
                f"This connection is one of {'the beta' if self._beta else 'GA'}, and takes '{expected}': "
                "the header 'OpenAI-Beta: realtime=v1' makes the difference.",
                "$.type",
            )
        wishes = self._wishes.amended(event.session)
        offer = self._offers(wishes.transcription.model or self._asked)
        settings = negotiate(wishes.start(), offer)
        if self._begun and (wishes.audio, offer.model) != (self._wishes.audio, self._offer.model):
            raise RemoteProtocolError(
                ErrorCode.UNEXPECTED_MESSAGE, "The audio format and the model cannot change once audio has come."
            )
        self._wishes, self._offer, self._settings = wishes, offer, settings
        self._items.say(self._updated())
        manual = wishes.turn_detection is None
        if not self._begun:
            self._turns.begin(manual=manual)
            return ()
        return (Flush(), settings) if self._turns.switch(self._now_ms, manual=manual) else (settings,)

    # --- what the client is told ---------------------------------------------------------------------------------

    def _updated(self) -> ServerEvent:
        described = self._described()
        return told.BetaSessionUpdated(session=described) if self._beta else told.SessionUpdated(session=described)

    def _described(self) -> dict[str, object]:
        describe = self._wishes.describe_beta if self._beta else self._wishes.describe
        return describe(self._id, self._offer.model, self._settings)

    def _fault(self, error: ErrorMessage | ProtocolError | _Refused) -> told.Fault:
        if isinstance(error, _Refused):
            return told.Fault(type="invalid_request_error", code=error.code, message=str(error))
        return told.Fault(
            type="server_error" if error.code in _SERVER_FAULTS else "invalid_request_error",
            code=openai_code(error.code),
            message=error.message,
            param=self._shape.field(error.param),
        )

    def _numbered(self, events: list[ServerEvent]) -> list[ServerEvent]:
        return [msgspec.structs.replace(event, event_id=self._new_id("event")) for event in events]


def _broken(error: ErrorMessage | ProtocolError) -> bool:
    """Whether it is the model or the server that has failed, so that there will be no text."""
    return error.code == ErrorCode.INTERNAL


def _error(fault: told.Fault, answered: str | None) -> ServerEvent:
    return told.Error(
        error=told.EventFault(
            type=fault.type, code=fault.code, message=fault.message, param=fault.param, event_id=answered
        )
    )
