"""A Realtime session without a server: what its client sends and what the session says, by hand."""

import base64
import json
from collections import defaultdict
from itertools import count
from typing import Any

import msgspec

from theresa_protocol.errors import ErrorCode, RemoteProtocolError
from theresa_protocol.messages import AnyServerMessage, Final, Flushed, Partial, Speech
from theresa_server.openai.realtime.server_events import ServerEvent
from theresa_server.openai.realtime.translator import SessionFeed, Translator
from theresa_server.sessions.settings import Offer

DELTA = "conversation.item.input_audio_transcription.delta"
COMPLETED = "conversation.item.input_audio_transcription.completed"


def offers(model: str | None) -> Offer:
    """Two models."""
    if model not in (None, "small", "large"):
        raise RemoteProtocolError(ErrorCode.UNKNOWN_MODEL, f"There is no model '{model}' here.", "$.model")
    return Offer(model=model or "small", languages=("en", "zh"))


class Call:
    """One session; keeps all that its client is told."""

    def __init__(self, *, beta: bool = False, model: str | None = None) -> None:
        numbers = count()
        self.translator = Translator("sess_1", lambda kind: f"{kind}_{next(numbers)}", offers, model, beta=beta)
        self.told: list[dict[str, Any]] = []
        self.fed: list[SessionFeed] = []
        self._note(self.translator.greet())

    def send(self, type_: str, **fields: Any) -> list[dict[str, Any]]:
        """The client sends an event; returns what it is told at once."""
        return self.send_raw(json.dumps({"type": type_, **fields}))

    def send_raw(self, frame: str | bytes) -> list[dict[str, Any]]:
        """The client sends a frame, right or wrong."""
        heard = self.translator.hear(frame)
        self.fed += heard.feed
        return self._note(heard.events)

    def append(self, milliseconds: int) -> None:
        """The client sends silence, 24000 samples a second."""
        self.send("input_audio_buffer.append", audio=base64.b64encode(bytes(48 * milliseconds)).decode())

    def update(self, **given: Any) -> list[dict[str, Any]]:
        """The client changes its input."""
        return self.send("session.update", session={"type": "transcription", "audio": {"input": given}})

    def say(self, *messages: AnyServerMessage) -> list[dict[str, Any]]:
        """The session says something."""
        return [event for message in messages for event in self._note(self.translator.tell(message))]

    def _note(self, events: list[ServerEvent]) -> list[dict[str, Any]]:
        told = [json.loads(msgspec.json.encode(event)) for event in events]
        self.told += told
        return told

    def all(self, type_: str) -> list[dict[str, Any]]:
        """What was told of one type."""
        return [event for event in self.told if event["type"] == type_]

    @property
    def transcripts(self) -> list[str]:
        """The whole texts, in the order in which they were told."""
        return [event["transcript"] for event in self.all(COMPLETED)]

    @property
    def deltas(self) -> dict[str, str]:
        """What the deltas of each item add up to."""
        texts: dict[str, str] = defaultdict(str)
        for event in self.all(DELTA):
            texts[event["item_id"]] += event["delta"]
        return texts


def types(events: list[dict[str, Any]]) -> list[str]:
    """What kinds of events these are, without what they begin with."""
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
