"""A Realtime session without a server: a test plays both the client and the native session."""

import base64
import json
from collections import defaultdict
from itertools import count
from typing import Any

import msgspec

from theresa_protocol.errors import ErrorCode, RemoteProtocolError
from theresa_protocol.messages import AnyServerMessage, Final, Flushed, Partial, Speech
from theresa_server.openai.realtime.server_events import ServerEvent
from theresa_server.openai.realtime.translator import TranslatedInput, Translator
from theresa_server.sessions.settings import Offer

DELTA = "conversation.item.input_audio_transcription.delta"
COMPLETED = "conversation.item.input_audio_transcription.completed"


def offers(model: str | None) -> Offer:
    """Offer two models."""
    if model not in (None, "small", "large"):
        raise RemoteProtocolError(ErrorCode.UNKNOWN_MODEL, f"Unknown model '{model}'.", "$.model")
    return Offer(model=model or "small", languages=("en", "zh"))


class Call:
    """One session. Keeps all events that the client receives."""

    def __init__(self, *, beta: bool = False, model: str | None = None, asked: str | None = None) -> None:
        numbers = count()
        self.translator = Translator(
            "sess_1", lambda kind: f"{kind}_{next(numbers)}", offers, model, asked=asked, beta=beta
        )
        self.events: list[dict[str, Any]] = []
        self.inputs: list[TranslatedInput] = []
        self._record(self.translator.opening_events())

    def send(self, type_: str, **fields: Any) -> list[dict[str, Any]]:
        """Send an event as the client. Returns the events sent in reply."""
        return self.send_raw(json.dumps({"type": type_, **fields}))

    def send_raw(self, frame: str | bytes) -> list[dict[str, Any]]:
        """Send any frame as the client."""
        translated = self.translator.translate_frame(frame)
        self.inputs += translated.inputs
        return self._record(translated.events)

    def append(self, milliseconds: int) -> None:
        """Send silence at 24 kHz as the client."""
        self.send("input_audio_buffer.append", audio=base64.b64encode(bytes(48 * milliseconds)).decode())

    def update(self, **given: Any) -> list[dict[str, Any]]:
        """Change the input configuration as the client."""
        return self.send("session.update", session={"type": "transcription", "audio": {"input": given}})

    def emit(self, *messages: AnyServerMessage) -> list[dict[str, Any]]:
        """Emit messages as the native session. Returns the events that the client receives."""
        return [event for message in messages for event in self._record(self.translator.translate_message(message))]

    def _record(self, events: list[ServerEvent]) -> list[dict[str, Any]]:
        received = [json.loads(msgspec.json.encode(event)) for event in events]
        self.events += received
        return received

    def all(self, type_: str) -> list[dict[str, Any]]:
        """Return the received events of a type."""
        return [event for event in self.events if event["type"] == type_]

    @property
    def transcripts(self) -> list[str]:
        """The completed transcripts, in order."""
        return [event["transcript"] for event in self.all(COMPLETED)]

    @property
    def deltas(self) -> dict[str, str]:
        """The concatenated deltas of each item."""
        texts: dict[str, str] = defaultdict(str)
        for event in self.all(DELTA):
            texts[event["item_id"]] += event["delta"]
        return texts


def types(events: list[dict[str, Any]]) -> list[str]:
    """Return the types of events, without their prefixes."""
    return [event["type"].rpartition(".")[2] for event in events]


def started(at_ms: int) -> Speech:
    return Speech(state="started", at_ms=at_ms)


def stopped(at_ms: int) -> Speech:
    return Speech(state="stopped", at_ms=at_ms)


def partial(segment: int, stable: str, rest: str = "", at: int = 0) -> Partial:
    return Partial(
        segment=segment,
        rev=1,
        text=stable + rest,
        stable=len(stable),
        start_ms=at,
        end_ms=at + 500,
        language="en",
    )


def final(segment: int, text: str, at: int = 0, to: int = 1_000, reason: Any = "endpoint") -> Final:
    return Final(
        segment=segment,
        text=text,
        start_ms=at,
        end_ms=to,
        through=0,
        reason=reason,
        language="en",
        confidence=1,
    )


FLUSHED = Flushed(through=0)
