"""The configuration of a Realtime session: read from OpenAI's GA and beta formats, mapped to the native protocol."""

from dataclasses import dataclass, field, replace
from typing import Any

from msgspec import UNSET

from theresa_protocol.audio import AudioFormat, Encoding
from theresa_protocol.errors import ErrorCode, RemoteProtocolError
from theresa_protocol.messages import ClientInfo, Endpointing, EntitiesRequest, Start
from theresa_server.openai.realtime.client_events import (
    BetaSessionConfig,
    InputConfig,
    InputFormat,
    SessionConfig,
    TranscriptionConfig,
    TurnDetectionConfig,
)
from theresa_server.sessions.settings import Settings

ENTITIES = "theresa.entities"
"""Value of ``include`` that requests named entities."""

LOGPROBS = "item.input_audio_transcription.logprobs"

PCM_RATE_HZ = 24_000
G711_RATE_HZ = 8_000

DEFAULT_AUDIO = AudioFormat(rate=PCM_RATE_HZ)

_ENCODINGS: dict[str, tuple[Encoding, int]] = {
    "audio/pcm": ("pcm_s16le", PCM_RATE_HZ),
    "audio/pcmu": ("mulaw", G711_RATE_HZ),
    "audio/pcma": ("alaw", G711_RATE_HZ),
}
"""Native encoding and default sample rate of each format."""

BETA_FORMATS = {
    "pcm16": InputFormat(type="audio/pcm"),
    "g711_ulaw": InputFormat(type="audio/pcmu"),
    "g711_alaw": InputFormat(type="audio/pcma"),
}
"""Format names of the beta."""

_CLIENT = ClientInfo(name="realtime")


@dataclass(frozen=True, slots=True)
class ParamPaths:
    """Where a client finds the fields of a session, for the ``param`` of errors."""

    transcription: str
    turn_detection: str

    def param(self, native_path: str | None) -> str | None:
        """Return the client's path for a path of the native protocol, such as ``$.language``."""
        match native_path:
            case None:
                return None
            case "$.model" | "$.language" | "$.prompt":
                return f"{self.transcription}{native_path.removeprefix('$')}"
            case _ if native_path.startswith("$.endpointing"):
                return self.turn_detection
            case _ if native_path.startswith("$.entities"):
                return "session.include"
            case _:
                return native_path.removeprefix("$.")


GA_PATHS = ParamPaths("session.audio.input.transcription", "session.audio.input.turn_detection")
BETA_PATHS = ParamPaths("session.input_audio_transcription", "session.turn_detection")


@dataclass(frozen=True, slots=True, kw_only=True)
class RealtimeConfig:
    """The options that a client chose. The server's defaults apply to the rest."""

    audio: AudioFormat = DEFAULT_AUDIO
    transcription: TranscriptionConfig = field(default_factory=TranscriptionConfig)
    turn_detection: TurnDetectionConfig | None = field(default_factory=TurnDetectionConfig)
    """``None`` if the client commits turns itself."""
    include: tuple[str, ...] = ()

    def updated(self, session: SessionConfig | BetaSessionConfig) -> "RealtimeConfig":
        """Return the configuration after an update.

        Raises:
            RemoteProtocolError: when the update requests something that no Theresa server supports.
        """
        given = _beta_input_config(session) if isinstance(session, BetaSessionConfig) else _input_config(session)
        changes: dict[str, Any] = {}
        if given.format is not UNSET:
            changes["audio"] = _audio_format(given.format)
        if given.transcription is not UNSET:
            changes["transcription"] = given.transcription or TranscriptionConfig()
        if given.turn_detection is not UNSET:
            changes["turn_detection"] = _check_turn_detection(given.turn_detection)
        if session.include is not UNSET:
            changes["include"] = _check_include(session.include or ())
        return replace(self, **changes)

    def start_message(self) -> Start:
        """Return the configuration as a native ``start``, without the model."""
        transcription = self.transcription
        return Start(
            audio=self.audio,
            language=transcription.language or None,
            prompt=transcription.prompt or None,
            hotwords=transcription.keywords or (),
            endpointing=_endpointing(self.turn_detection),
            entities=EntitiesRequest() if ENTITIES in self.include else None,
            client=_CLIENT,
        )

    def describe(self, session_id: str, model: str, settings: Settings) -> dict[str, Any]:
        """Return the session with the settings in force, in the GA format."""
        input_ = {
            "format": {"type": self._format_type, "rate": self.audio.rate},
            "noise_reduction": None,
            "transcription": _describe_transcription(model, settings),
            "turn_detection": self._describe_turn_detection(settings),
        }
        return {"type": "transcription", **self._common(session_id), "audio": {"input": input_}}

    def describe_beta(self, session_id: str, model: str, settings: Settings) -> dict[str, Any]:
        """Return the session with the settings in force, in the beta format."""
        return {
            **self._common(session_id),
            "input_audio_format": next(
                name for name, format_ in BETA_FORMATS.items() if format_.type == self._format_type
            ),
            "input_audio_noise_reduction": None,
            "input_audio_transcription": _describe_transcription(model, settings),
            "turn_detection": self._describe_turn_detection(settings),
        }

    @property
    def _format_type(self) -> str:
        return next(name for name, (encoding, _) in _ENCODINGS.items() if encoding == self.audio.encoding)

    def _common(self, session_id: str) -> dict[str, Any]:
        return {"id": session_id, "object": "realtime.transcription_session", "include": list(self.include) or None}

    def _describe_turn_detection(self, settings: Settings) -> dict[str, Any] | None:
        requested, endpointing = self.turn_detection, settings.endpointing
        if requested is None:
            return None
        return {
            "type": "server_vad",
            "threshold": endpointing.aggressiveness / 4 if requested.threshold is None else requested.threshold,
            "prefix_padding_ms": endpointing.preroll_ms,
            "silence_duration_ms": endpointing.silence_ms,
        }


def _input_config(session: SessionConfig) -> InputConfig:
    if session.type != "transcription":
        raise RemoteProtocolError(
            ErrorCode.NOT_SUPPORTED,
            f"Session type '{session.type[:100]}' is not supported: use 'transcription'.",
            "$.session.type",
        )
    return (session.audio.input if session.audio else None) or InputConfig()


def _beta_input_config(session: BetaSessionConfig) -> InputConfig:
    name = session.input_audio_format
    return InputConfig(
        format=BETA_FORMATS[name] if isinstance(name, str) else name,
        transcription=session.input_audio_transcription,
        turn_detection=session.turn_detection,
    )


def _audio_format(requested: InputFormat | None) -> AudioFormat:
    if requested is None:
        return DEFAULT_AUDIO
    encoding, rate_hz = _ENCODINGS[requested.type]
    return AudioFormat(encoding=encoding, rate=requested.rate or rate_hz)


def _check_turn_detection(requested: TurnDetectionConfig | None) -> TurnDetectionConfig | None:
    if requested is not None and requested.type != "server_vad":
        raise RemoteProtocolError(
            ErrorCode.NOT_SUPPORTED,
            f"Turn detection '{requested.type[:100]}' is not supported: use 'server_vad', or null to commit turns.",
            "$.endpointing",
        )
    return requested


def _check_include(names: tuple[str, ...]) -> tuple[str, ...]:
    for name in names:
        if name != ENTITIES:
            problem = "Log probabilities are" if name == LOGPROBS else f"'{name[:100]}' is"
            raise RemoteProtocolError(
                ErrorCode.NOT_SUPPORTED,
                f"{problem} not supported: 'include' accepts only '{ENTITIES}'.",
                "$.session.include",
            )
    return tuple(dict.fromkeys(names))


def _endpointing(requested: TurnDetectionConfig | None) -> Endpointing:
    """Convert turn detection options. Values are clamped to the native limits since OpenAI documents none."""
    if requested is None:
        return Endpointing()
    return Endpointing(
        aggressiveness=None if requested.threshold is None else min(3, int(requested.threshold * 4)),
        preroll_ms=_clamp(requested.prefix_padding_ms, 0, 1_000),
        silence_ms=_clamp(requested.silence_duration_ms, 100, 5_000),
    )


def _clamp(value: int | None, minimum: int, maximum: int) -> int | None:
    return None if value is None else max(minimum, min(value, maximum))


def _describe_transcription(model: str, settings: Settings) -> dict[str, Any]:
    fields: dict[str, Any] = {"model": model, "language": settings.language, "prompt": settings.prompt or ""}
    if settings.hotwords:
        fields["keywords"] = list(settings.hotwords)
    return fields
