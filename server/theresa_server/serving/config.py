"""The configuration of a server."""

from dataclasses import dataclass, field
from pathlib import Path

from theresa_protocol.limits import Limits
from theresa_server.audio.segments import SegmenterConfig
from theresa_server.engine.whisper.decoding import DecodingOptions
from theresa_server.engine.whisper.options import EngineOptions
from theresa_server.serving.admission import Policy
from theresa_server.serving.edge import EdgeLimits


class ConfigError(ValueError):
    """The server cannot run with this configuration. The message is one clear sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileLimits:
    """Limits on uploaded recordings."""

    max_bytes: int = 512 * 1024 * 1024
    max_s: int = 4 * 3600
    """Maximum length of a recording, in seconds."""
    at_once: int = 4
    """How many recordings are transcribed at the same time."""

    @property
    def waiting(self) -> int:
        """How many more uploads are accepted and wait."""
        return 2 * self.at_once


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerConfig:
    """The configuration of a server."""

    host: str = "127.0.0.1"
    port: int = 8080
    """0 picks a free port."""
    engines: tuple[EngineOptions, ...] = (EngineOptions(),)
    """The speech models; the first one is the default."""
    decoding: DecodingOptions = field(default_factory=DecodingOptions)
    language: str | None = None
    """The language of sessions that set none; ``None`` detects it."""
    entities: str = "off"
    """The entity model: ``demo``, ``off``, a HanLP directory, or the name of a published HanLP model."""
    lexicon: Path | None = None
    """A file of terms that are always entities."""
    endpointing: SegmenterConfig = field(default_factory=SegmenterConfig)
    partial_interval_ms: int = 500
    """How much new audio triggers the next partial."""
    limits: Limits = field(default_factory=Limits)
    policy: Policy = field(default_factory=Policy)
    files: FileLimits = field(default_factory=FileLimits)
    edge: EdgeLimits = field(default_factory=EdgeLimits)
    speakers: int | None = 0
    """How many simultaneous speakers the model can handle; 0 measures it at startup, ``None`` disables the limit."""
    resume_window_s: int = 30
    """How long a session stays resumable after its connection is lost; 0 disables resuming."""
    drain_s: int = 30
    """How long sessions get to finish when the server stops."""
    stop_s: int = 5
    """How long sessions get after the drain to deliver their last finals."""
    page: bool = True
    """Whether the live page is served at ``/``."""
    log_level: str = "info"

    @property
    def engine(self) -> EngineOptions:
        """The default speech model."""
        return self.engines[0]
