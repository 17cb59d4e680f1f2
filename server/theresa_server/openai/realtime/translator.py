"""One Realtime session: translates client events to the input of a ``Session`` and its messages to server events.

The first audio opens the ``Session`` and fixes the audio format and the model. Everything else can change at any time.
A client's mistake is answered with an ``error`` event and changes nothing.
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
from theresa_server.openai.realtime.client_events import (
    BETA_UPDATE,
    AudioAppendEvent,
    AudioClearEvent,
    AudioCommitEvent,
    BetaSessionUpdateEvent,
    SessionUpdateEvent,
    decode_event,
    event_id_of,
)
from theresa_server.openai.realtime.configuration import BETA_PATHS, ENTITIES, GA_PATHS, RealtimeConfig
from theresa_server.openai.realtime.items import ItemEvents
from theresa_server.openai.realtime.server_events import (
    BetaSessionCreatedEvent,
    BetaSessionUpdatedEvent,
    ErrorDetail,
    ErrorEvent,
    EventErrorDetail,
    ServerEvent,
    SessionCreatedEvent,
    SessionUpdatedEvent,
    WarningEvent,
)
from theresa_server.openai.realtime.turns import TurnTracker
from theresa_server.sessions.settings import Offer, Settings, negotiate

MIN_COMMIT_MS = 100
"""The shortest audio that can be committed, as in OpenAI's API."""

COMMIT_EMPTY = "input_audio_buffer_commit_empty"

_SERVER_ERRORS = (ErrorCode.INTERNAL, ErrorCode.OVERLOADED, ErrorCode.GOING_AWAY)

TranslatedInput = bytes | Flush | Settings
"""Input of a native session that client events translate to."""


class OfferLookup(Protocol):
    """Looks up what a model offers."""

    def __call__(self, model: str | None) -> Offer:
        """Return the offer of a model, or of the default model for ``None``.

        Raises:
            RemoteProtocolError: when the model is unknown.
        """
        ...


@dataclass(frozen=True, slots=True)
class TranslatedFrame:
    """A client's frame, translated."""

    inputs: tuple[TranslatedInput, ...]
    """What the native session receives, in order."""
    events: list[ServerEvent]
    """What the client receives in reply."""


class _RealtimeError(Exception):
    """A client's mistake that has a code of OpenAI's and none in the native protocol."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Translator:
    """Translates one session.

    Args:
        session_id: The id that the client receives.
        new_id: Creates an id with a given prefix.
        offers: Looks up models.
        model: The model named when connecting; ``None`` selects the default model.
        beta: Whether to use the event format of OpenAI's beta.

    Raises:
        RemoteProtocolError: when the model is unknown.
    """

    def __init__(
        self,
        session_id: str,
        new_id: Callable[[str], str],
        offers: OfferLookup,
        model: str | None = None,
        *,
        beta: bool,
    ) -> None:
        self._id = session_id
        self._new_id = new_id
        self._offers = offers
        self._connection_model = model
        self._beta = beta
        self._paths = BETA_PATHS if beta else GA_PATHS
        self._config = RealtimeConfig()
        self._offer = offers(model)
        self._settings = negotiate(self._config.start_message(), self._offer)
        self._items = ItemEvents(new_id, beta=beta)
        self._turns = TurnTracker(self._items)
        self._received_samples = 0
        self._started = False

    def start_message(self) -> Start:
        """Return the ``start`` that opens the native session. Call this once there is audio."""
        return msgspec.structs.replace(self._config.start_message(), model=self._offer.model)

    def opening_events(self) -> list[ServerEvent]:
        """Return the events to send before anything is received."""
        description = self._describe()
        created = BetaSessionCreatedEvent if self._beta else SessionCreatedEvent
        return self._with_ids([created(session=description)])

    def translate_frame(self, frame: str | bytes) -> TranslatedFrame:
        """Translate any frame that the client sent. An invalid one becomes an ``error`` event."""
        try:
            inputs = self._translate_frame(frame)
        except (ProtocolError, _RealtimeError) as error:
            event_id = event_id_of(frame) if isinstance(frame, str) else None
            return TranslatedFrame((), self._with_ids([_error_event(self._error_detail(error), event_id)]))
        return TranslatedFrame(inputs, self._with_ids(self._items.drain()))

    def translate_message(self, message: AnyServerMessage) -> list[ServerEvent]:
        """Return the events to send for a message of the native session."""
        turns = self._turns
        match message:
            case Speech():
                turns.on_speech(message)
            case Partial():
                turns.on_partial(message)
            case Final():
                turns.on_final(message)
            case Flushed():
                turns.on_flushed()
            case Ack():
                turns.on_committed(self._config.audio.milliseconds(message.committed))
            case Entities():
                self._items.add_entities(message)
            case WarningMessage() if ENTITIES in self._config.include:
                return self._with_ids([WarningEvent(code=message.code, message=message.message)])
            case ErrorMessage(fatal=True):
                return self.closing_events(message)
        return self._with_ids(self._items.drain())

    def closing_events(self, error: ErrorMessage | ProtocolError) -> list[ServerEvent]:
        """Return the last events: the outcome of open items, and the error that ends the session."""
        detail = self._error_detail(error)
        # After an internal error, open items can no longer be transcribed.
        failure = msgspec.structs.replace(detail, param=None) if error.code == ErrorCode.INTERNAL else None
        self._turns.close(failure)
        return self._with_ids([*self._items.drain(), _error_event(detail, None)])

    # --- client events -------------------------------------------------------------------------------------------

    def _translate_frame(self, frame: str | bytes) -> tuple[TranslatedInput, ...]:
        if isinstance(frame, bytes):
            raise RemoteProtocolError(
                ErrorCode.UNEXPECTED_MESSAGE,
                "Binary frames are not supported: send audio as Base64 in 'input_audio_buffer.append'.",
            )
        event = decode_event(frame)
        match event:
            case AudioAppendEvent():
                return self._append(event.audio)
            case AudioCommitEvent():
                return self._commit()
            case AudioClearEvent():
                return (Flush(),) if self._turns.clear(self._now_ms) else ()
            case SessionUpdateEvent() | BetaSessionUpdateEvent():
                return self._update(event)

    @property
    def _now_ms(self) -> int:
        return self._config.audio.milliseconds(self._received_samples)

    def _append(self, audio: bytes) -> tuple[TranslatedInput, ...]:
        sample_bytes = self._config.audio.sample_bytes
        if len(audio) % sample_bytes:
            raise RemoteProtocolError(
                ErrorCode.PARTIAL_SAMPLE,
                f"The audio has {len(audio)} bytes, which is not a multiple of the {sample_bytes}-byte sample size.",
                "$.audio",
            )
        if not audio:
            return ()
        self._started = True
        self._received_samples += len(audio) // sample_bytes
        return (audio,)

    def _commit(self) -> tuple[TranslatedInput, ...]:
        uncommitted_ms = self._turns.uncommitted_ms(self._now_ms)
        if uncommitted_ms < MIN_COMMIT_MS:
            raise _RealtimeError(
                COMMIT_EMPTY,
                f"Commit needs at least {MIN_COMMIT_MS} ms of audio; the buffer holds {uncommitted_ms} ms.",
            )
        self._turns.commit(self._now_ms)
        return (Flush(),)

    def _update(self, event: SessionUpdateEvent | BetaSessionUpdateEvent) -> tuple[TranslatedInput, ...]:
        if isinstance(event, BetaSessionUpdateEvent) != self._beta:
            version, expected = ("beta", BETA_UPDATE) if self._beta else ("GA", "session.update")
            raise RemoteProtocolError(
                ErrorCode.UNEXPECTED_MESSAGE,
                f"This connection uses the {version} events: send '{expected}'. "
                "The header 'OpenAI-Beta: realtime=v1' selects the beta.",
                "$.type",
            )
        config = self._config.updated(event.session)
        offer = self._offers(config.transcription.model or self._connection_model)
        settings = negotiate(config.start_message(), offer)
        if self._started and (config.audio, offer.model) != (self._config.audio, self._offer.model):
            raise RemoteProtocolError(
                ErrorCode.UNEXPECTED_MESSAGE, "The audio format and the model cannot change after the first audio."
            )
        self._config, self._offer, self._settings = config, offer, settings
        updated = BetaSessionUpdatedEvent if self._beta else SessionUpdatedEvent
        self._items.emit(updated(session=self._describe()))
        manual = config.turn_detection is None
        if not self._started:
            self._turns.set_mode(manual=manual)
            return ()
        return (Flush(), settings) if self._turns.switch_mode(self._now_ms, manual=manual) else (settings,)

    # --- server events -------------------------------------------------------------------------------------------

    def _describe(self) -> dict[str, object]:
        describe = self._config.describe_beta if self._beta else self._config.describe
        return describe(self._id, self._offer.model, self._settings)

    def _error_detail(self, error: ErrorMessage | ProtocolError | _RealtimeError) -> ErrorDetail:
        if isinstance(error, _RealtimeError):
            return ErrorDetail(type="invalid_request_error", code=error.code, message=str(error))
        return ErrorDetail(
            type="server_error" if error.code in _SERVER_ERRORS else "invalid_request_error",
            code=openai_code(error.code),
            message=error.message,
            param=self._paths.param(error.param),
        )

    def _with_ids(self, events: list[ServerEvent]) -> list[ServerEvent]:
        return [msgspec.structs.replace(event, event_id=self._new_id("event")) for event in events]


def _error_event(detail: ErrorDetail, event_id: str | None) -> ServerEvent:
    return ErrorEvent(
        error=EventErrorDetail(
            type=detail.type, code=detail.code, message=detail.message, param=detail.param, event_id=event_id
        )
    )
