"""The options of the server, from the command line and the environment: nothing else reads either.

Every option can be given as an environment variable too: ``--max-sessions`` as ``THERESA_MAX_SESSIONS``. The command
line wins.
"""

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

from theresa_protocol.limits import Limits
from theresa_server.admission import Policy
from theresa_server.engine.decoding import DecodingOptions
from theresa_server.engine.loading import EngineOptions
from theresa_server.segmenter import SegmenterConfig

ENVIRONMENT_PREFIX = "THERESA_"

DESCRIPTION = "A streaming speech server: audio in over a WebSocket, incremental transcripts out."

EPILOG = """\
examples:
  theresa-server                                  the demo model that ships inside the package, on port 8080
  theresa-server --model small                    a stock Whisper, fetched from the model hub on first use
  theresa-server --model large-v3-turbo --device cuda
  theresa-server --model ./my-model               a CTranslate2 directory, e.g. a fine-tuned model
  theresa-server --host 0.0.0.0 --api-key SECRET  reachable from outside

Then, from another terminal:  theresa replay recording.wav
Every option is also read from the environment: --max-sessions as THERESA_MAX_SESSIONS.
"""


class ConfigError(ValueError):
    """An option is not valid; the message is one clear sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerConfig:
    """All that a server is told when it starts."""

    host: str = "127.0.0.1"
    port: int = 8080
    engine: EngineOptions = field(default_factory=EngineOptions)
    decoding: DecodingOptions = field(default_factory=DecodingOptions)
    language: str | None = None
    endpointing: SegmenterConfig = field(default_factory=SegmenterConfig)
    partial_interval_ms: int = 500
    limits: Limits = field(default_factory=Limits)
    policy: Policy = field(default_factory=Policy)
    drain_s: int = 30
    stop_s: int = 5
    """How long sessions have, behind the drain, for their last finals."""
    log_level: str = "info"


def parse(argv: Sequence[str], environ: Mapping[str, str]) -> ServerConfig:
    """Options as a configuration. Exits with a usage message and status 2 where they are not valid."""
    parser = _parser(environ)
    try:
        return _configuration(parser.parse_args(argv))
    except ValueError as error:
        parser.error(str(error))


def _configuration(options: argparse.Namespace) -> ServerConfig:
    return ServerConfig(
        host=options.host,
        port=options.port,
        engine=EngineOptions(
            model=options.model,
            device=options.device,
            compute_type=options.compute_type,
            device_index=options.device_index,
            cpu_threads=options.cpu_threads,
        ),
        decoding=DecodingOptions(beam_size=options.beam_size),
        language=options.language,
        endpointing=SegmenterConfig(
            aggressiveness=options.vad_aggressiveness,
            onset_ms=options.onset_ms,
            preroll_ms=options.preroll_ms,
            silence_ms=options.silence_ms,
            max_segment_ms=options.max_segment_ms,
        ),
        partial_interval_ms=options.partial_interval_ms,
        limits=Limits(
            max_ahead_ms=options.max_ahead_ms,
            max_segment_ms=options.max_segment_ms,
            max_session_ms=options.max_session_s * 1000,
            idle_timeout_ms=options.idle_timeout_s * 1000,
        ),
        policy=Policy(
            api_keys=options.api_key,
            allowed_origins=options.allow_origin,
            max_sessions=options.max_sessions,
        ),
        drain_s=options.drain_s,
        log_level=options.log_level,
    )


def _parser(environ: Mapping[str, str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="theresa-server",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"theresa-server {version('theresa')}")
    defaults = ServerConfig()
    _add_network_options(_Options(parser.add_argument_group("network"), environ), defaults)
    _add_model_options(_Options(parser.add_argument_group("model"), environ), defaults)
    _add_speech_options(
        _Options(parser.add_argument_group("speech (a session may ask for other figures)"), environ), defaults
    )
    _add_limit_options(_Options(parser.add_argument_group("limits"), environ), defaults)
    return parser


class _Options:
    """Adds options whose default may come from the environment."""

    def __init__(self, group: Any, environ: Mapping[str, str]) -> None:
        self._group = group
        self._environ = environ

    def add(self, flag: str, default: object, help_: str, type_: Callable[[str], Any] = str, **more: Any) -> None:
        variable = ENVIRONMENT_PREFIX + flag.removeprefix("--").replace("-", "_").upper()
        shown = "" if default in (None, ()) else " (default: %(default)s)"
        given = self._environ.get(variable)
        self._group.add_argument(
            flag, default=default if given is None else given, type=type_, help=help_ + shown, **more
        )


def _add_network_options(options: _Options, defaults: ServerConfig) -> None:
    options.add("--host", defaults.host, "address to listen on; 0.0.0.0 for all", metavar="ADDRESS")
    options.add("--port", defaults.port, "port to listen on; 0 takes a free one", _whole(0, 65_535), metavar="PORT")
    options.add(
        "--api-key", (), "keys that clients must show, separated by commas; none: open to all", _names, metavar="KEY,…"
    )
    options.add(
        "--allow-origin",
        (),
        "web pages that may connect, beside the server's own; * for all",
        _names,
        metavar="ORIGIN,…",
    )
    options.add(
        "--drain-s",
        defaults.drain_s,
        "seconds that sessions get to finish after SIGTERM or Ctrl-C",
        _whole(0, 3_600),
        metavar="S",
    )
    options.add("--log-level", defaults.log_level, "how much to log", choices=["debug", "info", "warning", "error"])


def _add_model_options(options: _Options, defaults: ServerConfig) -> None:
    engine = defaults.engine
    options.add(
        "--model",
        engine.model,
        "'demo' (tiny, for trying out), the name of a stock Whisper, or a CTranslate2 directory",
    )
    options.add("--device", engine.device, "where to compute", choices=["auto", "cpu", "cuda"])
    options.add(
        "--compute-type", engine.compute_type, "number format of the weights; auto: int8 on a CPU", metavar="TYPE"
    )
    options.add("--device-index", engine.device_index, "GPUs to use, separated by commas", _indices, metavar="N,…")
    options.add(
        "--cpu-threads", engine.cpu_threads, "threads of one model call; 0 chooses", _whole(0, 256), metavar="N"
    )
    options.add("--beam-size", defaults.decoding.beam_size, "beam of the finals", _whole(1, 20), metavar="N")
    options.add(
        "--language",
        defaults.language,
        "language of sessions that name none, e.g. en or zh; none: detected",
        metavar="CODE",
    )


def _add_speech_options(options: _Options, defaults: ServerConfig) -> None:
    speech = defaults.endpointing
    options.add(
        "--vad-aggressiveness", speech.aggressiveness, "0 takes much for speech, 3 little", _whole(0, 3), metavar="0-3"
    )
    options.add("--onset-ms", speech.onset_ms, "speech that opens a segment", _whole(20, 1_000), metavar="MS")
    options.add(
        "--preroll-ms",
        speech.preroll_ms,
        "audio from before the onset that a segment takes along",
        _whole(0, 1_000),
        metavar="MS",
    )
    options.add("--silence-ms", speech.silence_ms, "silence that closes a segment", _whole(100, 5_000), metavar="MS")
    options.add(
        "--max-segment-ms",
        speech.max_segment_ms,
        "length at which a segment is split in its best pause",
        _whole(2_000, 30_000),
        metavar="MS",
    )
    options.add(
        "--partial-interval-ms",
        defaults.partial_interval_ms,
        "growth after which an open segment is decoded again",
        _whole(100, 10_000),
        metavar="MS",
    )


def _add_limit_options(options: _Options, defaults: ServerConfig) -> None:
    limits = defaults.limits
    options.add(
        "--max-sessions",
        defaults.policy.max_sessions,
        "sessions at once; more are refused with 503",
        _whole(1, 100_000),
        metavar="N",
    )
    options.add(
        "--max-ahead-ms",
        limits.max_ahead_ms,
        "how far audio may run ahead of its finals",
        _whole(35_000, 600_000),
        metavar="MS",
    )
    options.add(
        "--max-session-s",
        limits.max_session_ms // 1000,
        "longest session, in seconds of audio",
        _whole(1, 604_800),
        metavar="S",
    )
    options.add(
        "--idle-timeout-s",
        limits.idle_timeout_ms // 1000,
        "silence on the wire that ends a session",
        _whole(1, 86_400),
        metavar="S",
    )


def _whole(low: int, high: int) -> Callable[[str], int]:
    def whole(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            number = low - 1
        if not low <= number <= high:
            raise argparse.ArgumentTypeError(f"'{text}' is not a whole number from {low} to {high}")
        return number

    return whole


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _indices(text: str) -> tuple[int, ...]:
    return tuple(_whole(0, 1_000)(part.strip()) for part in text.split(","))
