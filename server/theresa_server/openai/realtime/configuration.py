"""What a Realtime client wants of its session, in both of OpenAI's shapes, and as the native protocol says it."""

from dataclasses import dataclass, field, replace
from typing import Any

from msgspec import UNSET

from theresa_protocol.audio import AudioFormat, Encoding
from theresa_protocol.errors import ErrorCode, RemoteProtocolError
from theresa_protocol.messages import ClientInfo, Endpointing, EntitiesRequest, Start
from theresa_server.openai.realtime.client_events import (
    BetaSession,
    Format,
    Input,
    Session,
    Transcription,
    TurnDetection,
)
from theresa_server.sessions.settings import Settings

ENTITIES = "theresa.entities"
"""What is put into ``include`` to be told of named entities."""

LOGPROBS = "item.input_audio_transcription.logprobs"

PCM_RATE_HZ = 24_000
G711_RATE_HZ = 8_000

DEFAULT_AUDIO = AudioFormat(rate=PCM_RATE_HZ)

_FORMATS: dict[str, tuple[Encoding, int]] = {
    "audio/pcm": ("pcm_s16le", PCM_RATE_HZ),
    "audio/pcmu": ("mulaw", G711_RATE_HZ),
    "audio/pcma": ("alaw", G711_RATE_HZ),
}
BETA_FORMATS = {
    "pcm16": Format(type="audio/pcm"),
    "g711_ulaw": Format(type="audio/pcmu"),
    "g711_alaw": Format(type="audio/pcma"),
}
"""What the beta calls its formats."""

_CLIENT = ClientInfo(name="realtime")


@dataclass(frozen=True, slots=True)
class Shape:
    """Where the fields of a session are, for errors that name one."""

    transcription: str
    turn_detection: str

    def field(self, param: str | None) -> str | None:
        """The field that a path of our own means: ``$.language`` is one of ``transcription``."""
        match param:
            case None:
                return None
            case "$.model" | "$.language" | "$.prompt":
                return f"{self.transcription}{param.removeprefix('$')}"
            case _ if param.startswith("$.endpointing"):
                return self.turn_detection
            case _ if param.startswith("$.entities"):
                return "session.include"
            case _:
                return param.removeprefix("$.")


GA = Shape("session.audio.input.transcription", "session.audio.input.turn_detection")
BETA = Shape("session.input_audio_transcription", "session.turn_detection")


@dataclass(frozen=True, slots=True, kw_only=True)
class RealtimeConfig:
    """What a client wants; what it did not say is the server's own. ``turn_detection`` None: the client commits."""

    audio: AudioFormat = DEFAULT_AUDIO
    transcription: Transcription = field(default_factory=Transcription)
    turn_detection: TurnDetection | None = field(default_factory=TurnDetection)
    include: tuple[str, ...] = ()

    def amended(self, session: Session | BetaSession) -> "RealtimeConfig":
        """After an update. Raises ``RemoteProtocolError`` for what is not to be had anywhere here."""
        given = _beta_input(session) if isinstance(session, BetaSession) else _input(session)
        changes: dict[str, Any] = {}
        if given.format is not UNSET:
            changes["audio"] = _audio(given.format)
        if given.transcription is not UNSET:
            changes["transcription"] = given.transcription or Transcription()
        if given.turn_detection is not UNSET:
            changes["turn_detection"] = _possible(given.turn_detection)
        if session.include is not UNSET:
            changes["include"] = _included(session.include or ())
        return replace(self, **changes)

    def start(self) -> Start:
        """The same as the native protocol says it, but for the model."""
        spoken = self.transcription
        return Start(
            audio=self.audio,
            language=spoken.language or None,
            prompt=spoken.prompt or None,
            hotwords=spoken.keywords or (),
            endpointing=_endpointing(self.turn_detection),
            entities=EntitiesRequest() if ENTITIES in self.include else None,
            client=_CLIENT,
        )

    def describe(self, session_id: str, model: str, settings: Settings) -> dict[str, Any]:
        """The session as GA clients read it, with the figures in force."""
        given = {
            "format": {"type": self._format, "rate": self.audio.rate},
            "noise_reduction": None,
            "transcription": _transcription(model, settings),
            "turn_detection": self._turn_detection(settings),
        }
        return {"type": "transcription", **self._common(session_id), "audio": {"input": given}}

    def describe_beta(self, session_id: str, model: str, settings: Settings) -> dict[str, Any]:
        """The session as beta clients read it."""
        return {
            **self._common(session_id),
            "input_audio_format": next(name for name, format_ in BETA_FORMATS.items() if format_.type == self._format),
            "input_audio_noise_reduction": None,
            "input_audio_transcription": _transcription(model, settings),
            "turn_detection": self._turn_detection(settings),
        }

    @property
    def _format(self) -> str:
        return next(name for name, (encoding, _) in _FORMATS.items() if encoding == self.audio.encoding)

    def _common(self, session_id: str) -> dict[str, Any]:
        return {"id": session_id, "object": "realtime.transcription_session", "include": list(self.include) or None}

    def _turn_detection(self, settings: Settings) -> dict[str, Any] | None:
        wanted, figures = self.turn_detection, settings.endpointing
        if wanted is None:
            return None
        return {
            "type": "server_vad",
            "threshold": figures.aggressiveness / 4 if wanted.threshold is None else wanted.threshold,
            "prefix_padding_ms": figures.preroll_ms,
            "silence_duration_ms": figures.silence_ms,
        }


def _input(session: Session) -> Input:
    if session.type != "transcription":
        raise RemoteProtocolError(
            ErrorCode.NOT_SUPPORTED,
            f"Sessions here are of type 'transcription', not '{session.type[:100]}': no answers are spoken.",
            "$.session.type",
        )
    return (session.audio.input if session.audio else None) or Input()


def _beta_input(session: BetaSession) -> Input:
    name = session.input_audio_format
    return Input(
        format=BETA_FORMATS[name] if isinstance(name, str) else name,
        transcription=session.input_audio_transcription,
        turn_detection=session.turn_detection,
    )


def _audio(wanted: Format | None) -> AudioFormat:
    if wanted is None:
        return DEFAULT_AUDIO
    encoding, rate_hz = _FORMATS[wanted.type]
    return AudioFormat(encoding=encoding, rate=wanted.rate or rate_hz)


def _possible(wanted: TurnDetection | None) -> TurnDetection | None:
    if wanted is None:
        return None
    if wanted.type != "server_vad":
        raise RemoteProtocolError(
            ErrorCode.NOT_SUPPORTED,
            f"Turns are found by 'server_vad' here, or by the client (null), not by '{wanted.type[:100]}'.",
            "$.endpointing",
        )
    return wanted


def _included(names: tuple[str, ...]) -> tuple[str, ...]:
    for name in names:
        if name != ENTITIES:
            offered = "log probabilities are not offered" if name == LOGPROBS else f"there is no '{name[:100]}'"
            raise RemoteProtocolError(
                ErrorCode.NOT_SUPPORTED, f"Only '{ENTITIES}' can be included here: {offered}.", "$.session.include"
            )
    return tuple(dict.fromkeys(names))


def _endpointing(wanted: TurnDetection | None) -> Endpointing:
    """Figures beyond what the native protocol takes are brought within it: OpenAI does not say what its limits are."""
    if wanted is None:
        return Endpointing()
    return Endpointing(
        aggressiveness=None if wanted.threshold is None else min(3, int(wanted.threshold * 4)),
        preroll_ms=_within(wanted.prefix_padding_ms, 0, 1_000),
        silence_ms=_within(wanted.silence_duration_ms, 100, 5_000),
    )


def _within(figure: int | None, least: int, most: int) -> int | None:
    return None if figure is None else max(least, min(figure, most))


def _transcription(model: str, settings: Settings) -> dict[str, Any]:
    told: dict[str, Any] = {"model": model, "language": settings.language, "prompt": settings.prompt or ""}
    if settings.hotwords:
        told["keywords"] = list(settings.hotwords)
    return told
