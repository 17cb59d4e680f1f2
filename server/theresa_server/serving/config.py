"""The configuration of a server."""

from dataclasses import dataclass, field
from pathlib import Path

from theresa_protocol.limits import Limits
from theresa_server.audio.segmenter import SegmenterConfig
from theresa_server.engine.whisper.decoding import DecodingOptions
from theresa_server.engine.whisper.options import EngineOptions
from theresa_server.serving.admission import Policy


class ConfigError(ValueError):
    """The server cannot run as configured; the message is one clear sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileLimits:
    """Limits on uploaded recordings."""

    max_bytes: int = 512 * 1024 * 1024
    max_s: int = 4 * 3600
    """Maximum length, in seconds."""
    at_once: int = 4
    """How many recordings are transcribed at the same time."""

    @property
    def waiting(self) -> int:
        """How many more may be uploaded meanwhile and wait for their turn."""
        return 2 * self.at_once


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerConfig:
    """All that a server is told when it starts."""

    host: str = "127.0.0.1"
    port: int = 8080
    engines: tuple[EngineOptions, ...] = (EngineOptions(),)
    """The models, the first of which is for sessions that name none."""
    decoding: DecodingOptions = field(default_factory=DecodingOptions)
    language: str | None = None
    entities: str = "off"
    """Where entities come from: ``demo``, ``off``, a HanLP directory, or the name of a published HanLP model."""
    lexicon: Path | None = None
    """A file of terms that are entities wherever they stand."""
    endpointing: SegmenterConfig = field(default_factory=SegmenterConfig)
    partial_interval_ms: int = 500
    limits: Limits = field(default_factory=Limits)
    policy: Policy = field(default_factory=Policy)
    files: FileLimits = field(default_factory=FileLimits)
    speakers: int | None = 0
    """How many speakers the model is expected to carry; 0: to be found out at the start; ``None``: any number."""
    resume_window_s: int = 30
    """How long a session whose connection broke waits for its client; 0: not at all."""
    drain_s: int = 30
    stop_s: int = 5
    """How long sessions have, behind the drain, for their last finals."""
    page: bool = True
    """Whether ``/`` is the live page."""
    log_level: str = "info"

    @property
    def engine(self) -> EngineOptions:
        """The model for sessions that name none."""
        return self.engines[0]
