"""The table of options: the only place that names an option, the configuration field it sets, its type and its help."""

from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from theresa_server.cli.values import (
    ValueType,
    device_indices,
    guards,
    language,
    models,
    names,
    on_or_off,
    one_of,
    path,
    share,
    text,
    whole,
)
from theresa_server.engine.whisper.options import COMPUTE_TYPES, CONTEXT_MODES, DEVICES, EngineOptions
from theresa_server.serving.config import ServerConfig
from theresa_server.speech.guards import Guard

LOG_LEVELS = ("debug", "info", "warning", "error")


@dataclass(frozen=True, slots=True)
class Option:
    """One field of the configuration that users can set."""

    flag: str
    """``--set`` for an expert setting, which is set by ``--set TARGET=VALUE``."""
    target: str
    """The dotted path of the field in ``ServerConfig``; ``engine.…`` sets the field for every model."""
    type: ValueType
    help: str
    initial: str | None = None
    """A default, as text to be parsed, that replaces the field's own."""
    unset: str = ""
    """What applies while the field has no value, for the help."""
    repeatable: bool = False
    """Whether the option can be given several times. Its type yields tuples, which are concatenated."""

    @property
    def default(self) -> Any:
        """The value if the option is not given."""
        return attrgetter(self.target)(ServerConfig()) if self.initial is None else self.initial

    @property
    def default_text(self) -> str:
        """The default as the help shows it; empty if there is none."""
        if self.default in (None, ()):
            return self.unset
        return self.type.show(self.default) if self.initial is None else self.initial


# fmt: off
OPTIONS: dict[str, list[Option]] = {
    "network": [
        Option("--host", "host", text("ADDRESS"), "address to listen on; 0.0.0.0 listens on every interface"),
        Option("--port", "port", whole(0, 65_535, "PORT"), "port to listen on; 0 picks a free one"),
        Option("--api-keys", "policy.api_keys", names("KEY,…"), "accepted API keys", unset="no authentication"),
        Option("--allow-origin", "policy.allowed_origins", names("URL,…"),
               "origins of other web pages that may connect; * allows all", unset="none"),
        Option("--page", "page", on_or_off(), "serve the live page at /"),
        Option("--drain-s", "drain_s", whole(0, 3_600, "S"),
               "seconds that open sessions get to finish after SIGTERM or Ctrl-C"),
        Option("--log-level", "log_level", one_of("LEVEL", *LOG_LEVELS), f"one of {', '.join(LOG_LEVELS)}"),
    ],
    "model": [
        Option("--model", "engines", models(),
               "the name of a stock Whisper model, a hub repository, a directory, or 'demo'; "
               "repeat it to serve several models, the first is the default",
               initial=EngineOptions().model, repeatable=True),
        Option("--device", "engine.device", one_of("DEVICE", *DEVICES), f"one of {', '.join(DEVICES)}"),
        Option("--device-index", "engine.device_index", device_indices(), "GPUs to use"),
        Option("--compute-type", "engine.compute_type", one_of("TYPE", *COMPUTE_TYPES),
                f"number format: one of {', '.join(COMPUTE_TYPES)}"),
        Option("--workers", "engine.workers", whole(0, 256), "batches decoded in parallel; 0 chooses by device"),
        Option("--cache", "engine.cache", path("DIR"), "directory for downloaded models; processes can share it",
               unset="theresa/models in the user's cache"),
        Option("--beam-size", "decoding.beam_size", whole(1, 20), "beam size for finals"),
        Option("--encoder-context", "engine.encoder_context", one_of("MODE", *CONTEXT_MODES),
               "encoder window: auto (depends on the model), full (30 s) or short"),
        Option("--guards", "decoding.guards", guards(),
                f"guards against Whisper's known faults: all, none, or a list from {', '.join(Guard)}"),
        Option("--language", "language", language(), "language of sessions that set none, such as en or zh",
               unset="detected"),
    ],
    "named entities": [
        Option("--entities", "entities", text("MODEL"),
               "'demo', 'off', a HanLP directory or the name of a published HanLP model; "
               "'auto' is 'demo' if HanLP is installed, otherwise 'off'",
               initial="auto"),
        Option("--lexicon", "lexicon", path("FILE"),
               "file of terms that are always entities: one per line, optionally followed by a tab and a label"),
    ],
    "speech": [
        Option("--silence-ms", "endpointing.silence_ms", whole(100, 5_000, "MS"),
               "silence that ends a segment; a session can override it"),
        Option("--max-segment-ms", "endpointing.max_segment_ms", whole(2_000, 30_000, "MS"),
               "length at which a segment is split; a session can override it"),
        Option("--partial-interval-ms", "partial_interval_ms", whole(100, 10_000, "MS"),
               "new audio that triggers the next partial"),
    ],
    "limits": [
        Option("--max-sessions", "policy.max_sessions", whole(1, 100_000), "open sessions; more are refused with 503"),
        Option("--speakers", "speakers", whole(0, 10_000),
               "simultaneous speakers that the model can handle; 0 measures it at startup"),
        Option("--max-session-s", "limits.max_session_ms", whole(1, 604_800, "S", unit=1_000),
               "seconds of audio in one session"),
        Option("--idle-timeout-s", "limits.idle_timeout_ms", whole(1, 86_400, "S", unit=1_000),
               "seconds without a frame from the client after which a session is closed"),
        Option("--resume-window-s", "resume_window_s", whole(0, 3_600, "S"),
               "seconds that a session stays resumable after its connection is lost"),
        Option("--max-file-mb", "files.max_bytes", whole(1, 100_000, "MIB", unit=2**20), "size of an upload, in MiB"),
        Option("--max-file-s", "files.max_s", whole(1, 604_800, "S"), "length of an uploaded recording, in seconds"),
        Option("--max-files", "files.at_once", whole(1, 1_000),
               "uploads transcribed at the same time; twice as many can wait"),
    ],
}
"""The options in titled groups."""

EXPERT_SETTINGS: list[Option] = [
    Option("--set", "endpointing.aggressiveness", whole(0, 3),
           "how readily the first voice activity detector takes audio for noise"),
    Option("--set", "endpointing.onset_ms", whole(20, 1_000), "speech that opens a segment"),
    Option("--set", "endpointing.preroll_ms", whole(0, 1_000), "audio from before the onset that a segment includes"),
    Option("--set", "endpointing.voice_threshold", share(),
           "probability from which the second detector confirms a voice; 0 disables that detector"),
    Option("--set", "engine.cpu_threads", whole(0, 256),
           "CPU threads of each worker; 0 divides the cores among the workers"),
    Option("--set", "engine.condition_on_previous_text", on_or_off(),
           "decode a segment with the text of the previous one as context",
           unset="as declared by the model, otherwise on"),
    Option("--set", "engine.encoder_floor_ms", whole(0, 30_000), "shortest encoder window",
           unset="as declared by the model, otherwise 10000"),
    Option("--set", "engine.encoder_margin_ms", whole(0, 30_000), "silence after the speech in a short encoder window",
           unset="as declared by the model, otherwise 2000"),
    Option("--set", "limits.max_ahead_ms", whole(45_000, 600_000), "audio a session can be ahead of its finals"),
]
"""Settings without an option of their own: usually a model declares them or a session asks for them."""
# fmt: on
