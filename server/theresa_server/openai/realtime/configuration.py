"""The configuration of a Realtime session: mapped to the native protocol, and described in OpenAI's formats."""

from dataclasses import dataclass, field
from typing import Any

from msgspec import UNSET, UnsetType

from theresa_protocol.audio import AudioFormat
from theresa_protocol.messages import ClientInfo, Endpointing, EntitiesRequest, Start
from theresa_server.openai.realtime.session_options import DEFAULT_AUDIO, ENTITIES, LOGPROBS, TurnDetection
from theresa_server.sessions.settings import Offer, Settings, detect_among, negotiate

FORMATS = {"pcm_s16le": "audio/pcm", "mulaw": "audio/pcmu", "alaw": "audio/pcma"}
"""GA's name of each native encoding."""

BETA_FORMATS = {"pcm_s16le": "pcm16", "mulaw": "g711_ulaw", "alaw": "g711_alaw"}
"""The beta's name of each native encoding."""

CLIENT_COMMITS = ("gpt-realtime-whisper", "gpt-live-transcribe")
"""OpenAI's models without turn detection: their clients leave it out and commit turns themselves."""

_CLIENT = ClientInfo(name="realtime")


@dataclass(frozen=True, slots=True, kw_only=True)
class RealtimeConfig:
    """The options that a client chose. The server's defaults apply to the rest."""

    asked_model: str | None = None
    """The model named when connecting."""
    audio: AudioFormat = DEFAULT_AUDIO
    model: str | None = None
    """The model named in the session."""
    language: str | None = None
    languages: tuple[str, ...] = ()
    """The languages to expect if ``language`` is missing: one is the language, several are detected among."""
    prompt: str | None = None
    keywords: tuple[str, ...] = ()
    turn_detection: TurnDetection | UnsetType | None = field(default=UNSET)
    """``None`` if the client commits turns itself."""
    logprobs: bool = False
    entities: bool = False

    @property
    def manual(self) -> bool:
        """Whether the client commits turns itself."""
        if self.turn_detection is UNSET:
            return (self.model or self.asked_model or "").startswith(CLIENT_COMMITS)
        return self.turn_detection is None

    def start_message(self) -> Start:
        """Return the configuration as a native ``start``, without the model."""
        only = self.languages[0] if len(self.languages) == 1 else None
        several = "auto" if len(self.languages) > 1 else None
        return Start(
            audio=self.audio,
            language=self.language or only or several,
            words=self.logprobs,
            prompt=self.prompt,
            hotwords=self.keywords,
            endpointing=_endpointing(self.turn_detection),
            entities=EntitiesRequest() if self.entities else None,
            client=_CLIENT,
        )

    def settings(self, offer: Offer) -> Settings:
        """Return the settings of the native session.

        Raises:
            RemoteProtocolError: when the model does not offer an option.
        """
        settings = negotiate(self.start_message(), offer)
        return settings if self.language else detect_among(self.languages, settings, offer)

    def describe(self, session_id: str, model: str, settings: Settings) -> dict[str, Any]:
        """Return the session with the settings in force, in the GA format."""
        input_ = {
            "format": {"type": FORMATS[self.audio.encoding], "rate": self.audio.rate},
            "noise_reduction": None,
            "transcription": _describe_transcription(model, settings),
            "turn_detection": self._describe_turn_detection(settings),
        }
        return {"type": "transcription", **self._common(session_id), "audio": {"input": input_}}

    def describe_beta(self, session_id: str, model: str, settings: Settings) -> dict[str, Any]:
        """Return the session with the settings in force, in the beta format."""
        return {
            **self._common(session_id),
            "input_audio_format": BETA_FORMATS[self.audio.encoding],
            "input_audio_noise_reduction": None,
            "input_audio_transcription": _describe_transcription(model, settings),
            "turn_detection": self._describe_turn_detection(settings),
        }

    def _common(self, session_id: str) -> dict[str, Any]:
        include = [name for name, wanted in ((ENTITIES, self.entities), (LOGPROBS, self.logprobs)) if wanted]
        return {"id": session_id, "object": "realtime.transcription_session", "include": include or None}

    def _describe_turn_detection(self, settings: Settings) -> dict[str, Any] | None:
        if self.manual:
            return None
        endpointing = settings.endpointing
        threshold = self.turn_detection.threshold if isinstance(self.turn_detection, TurnDetection) else None
        return {
            "type": "server_vad",
            "threshold": endpointing.aggressiveness / 4 if threshold is None else threshold,
            "prefix_padding_ms": endpointing.preroll_ms,
            "silence_duration_ms": endpointing.silence_ms,
        }


def _endpointing(requested: TurnDetection | UnsetType | None) -> Endpointing:
    """Convert turn detection options. Values are clamped to the native limits since OpenAI documents none."""
    if not isinstance(requested, TurnDetection):
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
    if settings.languages:
        fields["languages"] = list(settings.languages)
    if settings.hotwords:
        fields["keywords"] = list(settings.hotwords)
    return fields
