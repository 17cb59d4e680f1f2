"""From `--model`, `--device` and `--compute-type` to a loaded model."""

import importlib.resources
import json
import os
import time
from dataclasses import dataclass
from logging import getLogger
from pathlib import Path

import ctranslate2
import tokenizers

from theresa_server.cache.volume import Tell, Volume, default_root
from theresa_server.engine.whisper import directory as directories
from theresa_server.engine.whisper import hub
from theresa_server.engine.whisper.features import ContextMode, EncoderContext, Windows, choose_windows
from theresa_server.speech.recognition import ModelError

DEVICES = ("auto", "cpu", "cuda")

CONTEXT_MODES: tuple[ContextMode, ...] = ("auto", "full", "short")

COMPUTE_TYPES = (
    "auto",
    "int8",
    "int8_float32",
    "int8_float16",
    "int8_bfloat16",
    "int16",
    "float16",
    "bfloat16",
    "float32",
)
"""CTranslate2's, see its documentation on quantization; `auto` chooses by device."""

_PREFERRED = {
    "cpu": ("int8", "int8_float32", "float32"),
    "cuda": ("int8_float16", "float16", "int8_float32", "float32"),
}

_log = getLogger("theresa.engine")


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineOptions:
    """Which model, and on what.

    Attributes:
        model: `demo`, a directory, a name that faster-whisper knows, or a hub repository.
        name: what it is called; None: what it calls itself, or else what it is called by `model`.
        device: `auto` (CUDA where there is a device, else the CPU), `cpu` or `cuda`.
        device_index: CUDA devices, each of which gets a copy of the model.
        compute_type: one of `COMPUTE_TYPES`; `auto` is int8 on a CPU, int8_float16 or else float16 on CUDA.
        workers: batches that run at the same time, per device; 0 chooses: on a CPU one per core, up to four, on CUDA 1.
        cpu_threads: threads of each worker on a CPU; 0 shares the cores out among the workers. On two cores, two
            workers of one thread beat one worker of two threads, even for a single job.
        max_batch: jobs of one batch; 0 chooses: 4 on a CPU, 16 on CUDA.
        cache: the folder of fetched models, where it is not the usual one.
        encoder_context: `auto`, `full` or `short`: who is given less than Whisper's 30 s window.
        encoder_floor_ms: the shortest window, where it is not what the model declares, or else 10 s.
        encoder_margin_ms: the silence behind the speech, where it is not what the model declares, or else 2 s.
    """

    model: str = "demo"
    name: str | None = None
    device: str = "auto"
    device_index: tuple[int, ...] = (0,)
    compute_type: str = "auto"
    workers: int = 0
    cpu_threads: int = 0
    max_batch: int = 0
    cache: Path | None = None
    encoder_context: ContextMode = "auto"
    encoder_floor_ms: int | None = None
    encoder_margin_ms: int | None = None

    def __post_init__(self) -> None:
        if self.device not in DEVICES:
            raise ValueError(f"device must be one of {', '.join(DEVICES)}, not {self.device!r}")
        if self.compute_type not in COMPUTE_TYPES:
            raise ValueError(f"compute_type must be one of {', '.join(COMPUTE_TYPES)}, not {self.compute_type!r}")
        if not self.device_index or min(self.device_index) < 0 or len({*self.device_index}) < len(self.device_index):
            raise ValueError("device_index must name at least one device, none twice and none negative")
        if self.encoder_context not in CONTEXT_MODES:
            raise ValueError(f"encoder_context must be one of {', '.join(CONTEXT_MODES)}, not {self.encoder_context!r}")
        if min(self.workers, self.cpu_threads, self.max_batch) < 0:
            raise ValueError("workers, cpu_threads and max_batch must not be negative")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelInfo:
    """What was loaded.

    Attributes:
        name: what it is called in messages.
        description: one line on what it is for; empty where the model does not say.
        path: its directory.
        device: `cpu` or `cuda`.
        compute_type: CTranslate2's name of the arithmetic.
        languages: the codes it knows, sorted.
        multilingual: False for an English-only model.
        size_bytes: of its weights on the disk.
        encoder_context: the short windows it was trained for, if it declares any.
        windows: those in which it decodes.
        workers: batches that run at the same time.
        max_batch: jobs of one batch.
    """

    name: str
    description: str
    path: Path
    device: str
    compute_type: str
    languages: tuple[str, ...]
    multilingual: bool
    size_bytes: int
    encoder_context: EncoderContext | None
    windows: Windows
    workers: int
    max_batch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedModel:
    """A model in memory, with its tokenizer."""

    model: ctranslate2.models.Whisper
    tokenizer: tokenizers.Tokenizer
    info: ModelInfo


def resolve(model: str, cache: Path | None = None, tell: Tell = _log.info) -> Path:
    """Return the directory of a model, which is fetched first where it is neither here nor in the cache.

    ``cache`` is the folder of fetched models, where it is not the usual one.

    Raises:
        ModelError: there is no such model, or it cannot be had.
    """
    if model == "demo":
        shipped = Path(str(importlib.resources.files("theresa_server") / "assets" / "demo"))
        if not shipped.is_dir():
            raise ModelError("the demo model is missing from this installation: install theresa again.")
        return shipped
    path = Path(model).expanduser()
    if model and (path.exists() or path.is_absolute() or model.startswith((".", "~")) or model.endswith("/")):
        directories.check(path)
        return path
    return hub.obtain(model, hub.repository_of(model), Volume(cache or default_root()), tell)


def load(options: EngineOptions) -> LoadedModel:
    """Find, check and load a model.

    Raises:
        ModelError: anything went wrong; the message is one clear sentence.
    """
    began = time.perf_counter()
    device = choose_device(options)
    compute_type = choose_compute_type(options, device)
    path = resolve(options.model, options.cache)
    directories.check(path)
    declared = directories.declaration(path)
    workers, threads = share_cores(options, device)
    try:
        model = ctranslate2.models.Whisper(
            str(path),
            device=device,
            device_index=list(options.device_index) if device == "cuda" else 0,
            compute_type=compute_type,
            inter_threads=workers,
            intra_threads=threads,
        )
    except (RuntimeError, ValueError) as error:
        raise ModelError(
            f"the model in {str(path)!r} cannot be loaded, copy or convert it again: {_sentence(error)}"
        ) from error
    tokenizer = _tokenizer(path)
    own_name = declared.name or (path.resolve().name if Path(options.model).expanduser().exists() else options.model)
    info = ModelInfo(
        name=options.name or own_name,
        description=declared.description,
        path=path,
        device=model.device,
        compute_type=model.compute_type,
        languages=_languages(path, tokenizer, declared, multilingual=model.is_multilingual),
        multilingual=model.is_multilingual,
        size_bytes=(path / "model.bin").stat().st_size,
        encoder_context=declared.encoder_context,
        windows=choose_windows(
            options.encoder_context, declared.encoder_context, options.encoder_floor_ms, options.encoder_margin_ms
        ),
        workers=model.num_workers,
        max_batch=options.max_batch or (4 if device == "cpu" else 16),
    )
    what = f"{info.name} ({info.description})" if info.description else info.name
    seconds = time.perf_counter() - began
    _log.info("loaded %s on %s, %s, in %.1f s", what, info.device, info.compute_type, seconds)
    return LoadedModel(model=model, tokenizer=tokenizer, info=info)


def choose_device(options: EngineOptions) -> str:
    """Return `cpu` or `cuda`.

    Raises:
        ModelError: CUDA is asked for and a device is not there.
    """
    count = 0 if options.device == "cpu" else ctranslate2.get_cuda_device_count()
    if options.device == "cpu" or (options.device == "auto" and count == 0):
        return "cpu"
    if count == 0:
        raise ModelError("no CUDA device is visible: use --device cpu, or check the driver and CUDA_VISIBLE_DEVICES.")
    if max(options.device_index) >= count:
        raise ModelError(f"there is no CUDA device {max(options.device_index)}: this machine shows 0 to {count - 1}.")
    return "cuda"


def choose_compute_type(options: EngineOptions, device: str) -> str:
    """Return the arithmetic for a device.

    Raises:
        ModelError: the one asked for is not supported here; the message lists those that are.
    """
    supported = set.intersection(
        *(
            ctranslate2.get_supported_compute_types(device, index)
            for index in (options.device_index if device == "cuda" else (0,))
        )
    )
    if options.compute_type == "auto":
        return next((name for name in _PREFERRED[device] if name in supported), "default")
    if options.compute_type not in supported:
        raise ModelError(
            f"compute type {options.compute_type!r} is not supported on this machine's {device}: "
            f"use auto or one of {', '.join(sorted(supported))}."
        )
    return options.compute_type


def share_cores(options: EngineOptions, device: str) -> tuple[int, int]:
    """Return the workers per device and the threads of each."""
    if device == "cuda":
        return options.workers or 1, options.cpu_threads
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    workers = options.workers or min(4, max(1, cores // max(1, options.cpu_threads)))
    return workers, options.cpu_threads or max(1, cores // workers)


def _tokenizer(path: Path) -> tokenizers.Tokenizer:
    file = path / "tokenizer.json"
    try:
        tokenizer = tokenizers.Tokenizer.from_file(str(file))
    except Exception as error:  # the library raises bare Exception for a file that it cannot read
        raise ModelError(f"{str(file)!r} cannot be read: {_sentence(error)}") from error
    for token in ("<|startoftranscript|>", "<|endoftext|>", "<|notimestamps|>"):
        if tokenizer.token_to_id(token) is None:
            raise ModelError(f"{str(file)!r} is not a Whisper tokenizer: it has no {token}.")
    return tokenizer


def _languages(
    path: Path, tokenizer: tokenizers.Tokenizer, declared: directories.WhisperDeclaration, *, multilingual: bool
) -> tuple[str, ...]:
    """Return the codes that a model declares, or else those whose tokens its configuration lists."""
    if not multilingual:
        return ("en",)
    file = path / "config.json"
    try:
        tokens = [tokenizer.id_to_token(index) for index in json.loads(file.read_bytes()).get("lang_ids", [])]
    except (ValueError, AttributeError, TypeError, OverflowError) as error:
        raise ModelError(f"{str(file)!r} cannot be read: {_sentence(error)}") from error
    known = sorted(token[2:-2] for token in tokens if token)
    if not known:
        raise ModelError(f"{str(file)!r} lists no languages (lang_ids): convert the model again.")
    if declared.languages is None:
        return tuple(known)
    if not declared.languages or (unknown := sorted({*declared.languages} - {*known})):
        names = ", ".join(unknown) if declared.languages else "none"
        raise ModelError(f"{str(path / directories.DECLARATION)!r} declares languages that the model lacks: {names}.")
    return tuple(sorted({*declared.languages}))


def _sentence(error: Exception) -> str:
    """Return the first sentence of an error."""
    return (str(error).strip().partition("\n")[0].partition(". ")[0] or type(error).__name__).rstrip(".") + "."
