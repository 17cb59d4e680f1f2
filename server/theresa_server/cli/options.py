"""The options of ``theresa-server``, from the command line and the environment; no other module reads either.

Every option can also be set in the environment: ``--max-sessions`` as ``THERESA_MAX_SESSIONS``. The command line wins.
"""

import argparse
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from theresa_protocol.limits import Limits
from theresa_server.audio.segmenter import SegmenterConfig
from theresa_server.cli.parsing import (
    Option,
    language,
    models,
    names,
    numbers,
    one_of,
    parser,
    some_of,
    whole,
)
from theresa_server.engine.whisper.decoding import DecodingOptions
from theresa_server.engine.whisper.options import COMPUTE_TYPES, CONTEXT_MODES, DEVICES, EngineOptions
from theresa_server.serving.admission import Policy
from theresa_server.serving.config import FileLimits, ServerConfig
from theresa_server.speech.guards import Guard

LOG_LEVELS = ("debug", "info", "warning", "error")


def parse(argv: Sequence[str], environ: Mapping[str, str]) -> ServerConfig:
    """Options as a configuration. Exits with a usage message and status 2 where they are not valid."""
    commands = parser(_groups(ServerConfig()), environ)
    try:
        return _configuration(commands.parse_args(argv))
    except ValueError as error:
        commands.error(str(error))


# fmt: off
def _groups(default: ServerConfig) -> dict[str, list[Option]]:
    engine, speech, limits, policy = default.engine, default.endpointing, default.limits, default.policy
    files = default.files
    usual = ",".join(guard for guard in Guard if guard in default.decoding.guards)
    return {
        "network": [
            Option("--host", default.host, str, "ADDRESS", "address to listen on; 0.0.0.0 for all"),
            Option("--port", default.port, whole(0, 65_535), "PORT", "port to listen on; 0 takes a free one"),
            Option("--api-keys", (), names, "KEY,…", "keys of which clients must show one; none: open to all"),
            Option("--allow-origin", (), names, "URL,…", "web pages that may connect, beside our own; * for all"),
            Option("--page", "on", one_of("on", "off"), "on|off", "whether / is a page to try the server with"),
            Option("--drain-s", default.drain_s, whole(0, 3_600), "S", "seconds to finish in after SIGTERM or Ctrl-C"),
            Option("--log-level", default.log_level, one_of(*LOG_LEVELS), "LEVEL", f"one of {', '.join(LOG_LEVELS)}"),
        ],
        "model": [
            Option("--model", engine.model, models, "[NAME=]MODEL",
                   "'demo', the name of a stock Whisper, or a directory; repeatable: the first is the default",
                   repeatable=True),
            Option("--device", engine.device, one_of(*DEVICES), "DEVICE", f"one of {', '.join(DEVICES)}"),
            Option("--device-index", (0,), numbers, "N,…", "GPUs to use"),
            Option("--compute-type", engine.compute_type, one_of(*COMPUTE_TYPES), "TYPE", "int8, float16, …"),
            Option("--workers", engine.workers, whole(0, 256), "N", "batches decoded side by side; 0 chooses"),
            Option("--cpu-threads", engine.cpu_threads, whole(0, 256), "N", "threads of each worker; 0 chooses"),
            Option("--cache", None, Path, "DIR", "where fetched models lie, in the user's cache else; may be shared"),
            Option("--beam-size", default.decoding.beam_size, whole(1, 20), "N", "beam of the finals"),
            Option("--encoder-context", "auto", one_of(*CONTEXT_MODES), "WHICH", "auto, full or short windows"),
            Option("--encoder-floor-ms", None, whole(0, 30_000), "MS", "the shortest window, not as declared"),
            Option("--encoder-margin-ms", None, whole(0, 30_000), "MS", "silence behind the speech in it"),
            Option("--guards", usual, some_of(*Guard), "NAME,…", f"all, none, or some of {', '.join(Guard)}"),
            Option("--language", None, language, "CODE", "en, zh, … for sessions that name none; else detected"),
        ],
        "named entities": [
            Option("--entities", "auto", str, "MODEL", "'demo', 'off', a HanLP directory or published name"),
            Option("--lexicon", None, Path, "FILE", "a term on each line, behind a tab its label; needs no model"),
        ],
        "speech (a session may ask for other figures)": [
            Option("--vad-aggressiveness", speech.aggressiveness, whole(0, 3), "0-3", "3 takes much for noise"),
            Option("--onset-ms", speech.onset_ms, whole(20, 1_000), "MS", "speech that opens a segment"),
            Option("--preroll-ms", speech.preroll_ms, whole(0, 1_000), "MS", "audio taken along from before the onset"),
            Option("--silence-ms", speech.silence_ms, whole(100, 5_000), "MS", "silence that closes a segment"),
            Option("--max-segment-ms", speech.max_segment_ms, whole(2_000, 30_000), "MS", "when a segment is split"),
            Option("--partial-interval-ms", default.partial_interval_ms, whole(100, 10_000), "MS", "between partials"),
        ],
        "limits": [
            Option("--max-sessions", policy.max_sessions, whole(1, 100_000), "N", "at once; more are refused with 503"),
            Option("--max-ahead-ms", limits.max_ahead_ms, whole(45_000, 600_000), "MS", "audio ahead of its finals"),
            Option("--max-session-s", limits.max_session_ms // 1000, whole(1, 604_800), "S", "audio of one session"),
            Option("--max-file-mb", files.max_bytes // 2**20, whole(1, 100_000), "MIB", "size of an upload"),
            Option("--max-file-s", files.max_s, whole(1, 604_800), "S", "length of an uploaded recording"),
            Option("--max-files", files.at_once, whole(1, 1_000), "N", "uploads transcribed at once; 2 N more wait"),
            Option("--speakers", 0, whole(0, 10_000), "N", "speakers that the model carries at once; 0 finds out"),
            Option("--resume-window-s", default.resume_window_s, whole(0, 3_600), "S", "a cut-off session is kept"),
            Option("--idle-timeout-s", limits.idle_timeout_ms // 1000, whole(1, 86_400), "S", "without a single frame"),
        ],
    }
# fmt: on


def _engines(options: argparse.Namespace) -> tuple[EngineOptions, ...]:
    """The models, with what holds for all of them. Raises ``ValueError``."""
    called = [choice.name or choice.model for choice in options.model]
    for name in called:
        if called.count(name) > 1:
            raise ValueError(f"--model: two models are called '{name}': name one of them differently, as NAME=MODEL")
    return tuple(
        EngineOptions(
            model=choice.model,
            name=choice.name,
            device=options.device,
            device_index=options.device_index,
            compute_type=options.compute_type,
            workers=options.workers,
            cpu_threads=options.cpu_threads,
            cache=options.cache,
            encoder_context=options.encoder_context,
            encoder_floor_ms=options.encoder_floor_ms,
            encoder_margin_ms=options.encoder_margin_ms,
        )
        for choice in options.model
    )


def _entities(wanted: str, model: str) -> str:
    """The demo entities go with the demo speech, where they are installed; any other model must be named."""
    if wanted != "auto":
        return wanted
    return "demo" if model == "demo" and find_spec("hanlp") and find_spec("torch") else "off"


def _configuration(options: argparse.Namespace) -> ServerConfig:
    return ServerConfig(
        host=options.host,
        port=options.port,
        engines=_engines(options),
        decoding=DecodingOptions(beam_size=options.beam_size, guards=frozenset(map(Guard, options.guards))),
        language=options.language,
        entities=_entities(options.entities, options.model[0].model),
        lexicon=options.lexicon,
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
            api_keys=options.api_keys,
            allowed_origins=options.allow_origin,
            max_sessions=options.max_sessions,
        ),
        files=FileLimits(max_bytes=options.max_file_mb * 2**20, max_s=options.max_file_s, at_once=options.max_files),
        speakers=options.speakers,
        resume_window_s=options.resume_window_s,
        drain_s=options.drain_s,
        page=options.page == "on",
        log_level=options.log_level,
    )
