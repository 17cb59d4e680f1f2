"""One Realtime session: translates client events to the input of a ``Session`` and its messages to server events.

The first audio opens the ``Session`` and fixes the audio format and the model. Everything else can change at any time.
A client's mistake is answered with an ``error`` event and changes nothing. In an update, only the option at fault does.
"""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from theresa_protocol.errors import ErrorCode, ProtocolError, RemoteProtocolError
from theresa_protocol.lenient import decode_base64
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
    AudioAppendEvent,
    AudioClearEvent,
    AudioCommitEvent,
    BetaSessionUpdateEvent,
    SessionUpdateEvent,
    decode_event,
    event_id_of,
)
from theresa_server.openai.realtime.configuration import RealtimeConfig
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
from theresa_server.openai.realtime.session_options import Option, Problem, read_options
from theresa_server.openai.realtime.session_state import OfferLookup, SessionState
from theresa_server.openai.realtime.turns import TurnTracker
from theresa_server.sessions.settings import Settings

MIN_COMMIT_MS = 100
"""The shortest audio that can be committed, as in OpenAI's API."""

ODD_BYTES = "The audio ends within a sample: the rest of the sample is expected at the start of the next event."

COMMIT_EMPTY = "input_audio_buffer_commit_empty"

_SERVER_ERRORS = (ErrorCode.INTERNAL, ErrorCode.OVERLOADED, ErrorCode.GOING_AWAY)

TranslatedInput = bytes | Flush | Settings
"""Input of a native session that client events translate to."""


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
        model: The model of the connection; ``None`` selects the default model.
        asked: The model that the client named when connecting, which may be one of OpenAI's.
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
        asked: str | None = None,
        beta: bool,
    ) -> None:
        self._id = session_id
        self._new_id = new_id
        self._beta = beta
        self._state = SessionState.of(RealtimeConfig(asked_model=asked or model), offers, model)
        self._items = ItemEvents(new_id, beta=beta)
        self._turns = TurnTracker(self._items)
        self._turns.set_mode(manual=self._state.config.manual)
        self._odd = b""  # the bytes of an incomplete sample
        self._warned_of_odd_bytes = False
        self._received_samples = 0
        self._started = False

    def start_message(self) -> Start:
        """Return the ``start`` that opens the native session. Call this once there is audio."""
        return msgspec.structs.replace(self._state.config.start_message(), model=self._state.offer.model)

    @property
    def settings(self) -> Settings:
        """The settings in force. They hold more than ``start_message`` can say."""
        return self._state.settings

    def opening_events(self) -> list[ServerEvent]:
        """Return the events to send before anything is received."""
        created = BetaSessionCreatedEvent if self._beta else SessionCreatedEvent
        return self._with_ids([created(session=self._state.describe(self._id, beta=self._beta))])

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
                turns.on_committed(self._state.config.audio.milliseconds(message.committed))
            case Entities():
                self._items.add_entities(message)
            case WarningMessage() if self._state.config.entities:
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

    def finishing_events(self) -> list[ServerEvent]:
        """Return the outcome of open items once the native session has ended."""
        self._turns.close()
        return self._with_ids(self._items.drain())

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
        return self._state.config.audio.milliseconds(self._received_samples)

    def _append(self, text: str) -> tuple[TranslatedInput, ...]:
        try:
            audio = self._odd + decode_base64(text)
        except ValueError as error:
            raise RemoteProtocolError(ErrorCode.BAD_AUDIO_FORMAT, f"The audio {error}.", "$.audio") from None
        sample_bytes = self._state.config.audio.sample_bytes
        whole = len(audio) - len(audio) % sample_bytes
        audio, self._odd = audio[:whole], audio[whole:]
        if self._odd and not self._warned_of_odd_bytes:
            self._warned_of_odd_bytes = True
            self._items.emit(WarningEvent(code=ErrorCode.PARTIAL_SAMPLE, message=ODD_BYTES))
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
        """Use the options that can be used, name the others in ``error`` events, and show what is in force."""
        read = list(read_options(event.session))
        options = [one for one in read if isinstance(one, Option)]
        before, (self._state, problems) = self._state, self._state.updated(options, started=self._started)
        for problem in [*(one for one in read if isinstance(one, Problem)), *problems]:
            self._items.emit(_error_event(_problem_detail(problem), event.event_id))
        self._items.logprobs = self._state.config.logprobs
        beta = isinstance(event, BetaSessionUpdateEvent)
        updated = BetaSessionUpdatedEvent if beta else SessionUpdatedEvent
        self._items.emit(updated(session=self._state.describe(self._id, beta=beta)))
        manual = self._state.config.manual
        if not self._started:
            if self._state.config.audio != before.config.audio:
                self._odd = b""
            self._turns.set_mode(manual=manual)
            return ()
        switched = self._turns.switch_mode(self._now_ms, manual=manual)
        return (Flush(), self._state.settings) if switched else (self._state.settings,)

    # --- server events -------------------------------------------------------------------------------------------

    def _error_detail(self, error: ErrorMessage | ProtocolError | _RealtimeError) -> ErrorDetail:
        if isinstance(error, _RealtimeError):
            return ErrorDetail(type="invalid_request_error", code=error.code, message=str(error))
        return ErrorDetail(
            type="server_error" if error.code in _SERVER_ERRORS else "invalid_request_error",
            code=openai_code(error.code),
            message=error.message,
            param=None if error.param is None else error.param.removeprefix("$."),
        )

    def _with_ids(self, events: list[ServerEvent]) -> list[ServerEvent]:
        return [msgspec.structs.replace(event, event_id=self._new_id("event")) for event in events]


def _problem_detail(problem: Problem) -> ErrorDetail:
    return ErrorDetail(
        type="invalid_request_error",
        code=openai_code(problem.code),
        message=problem.message,
        param=problem.path,
    )


def _error_event(detail: ErrorDetail, event_id: str | None) -> ServerEvent:
    return ErrorEvent(
        error=EventErrorDetail(
            type=detail.type, code=detail.code, message=detail.message, param=detail.param, event_id=event_id
        )
    )
