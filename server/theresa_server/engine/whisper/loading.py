"""Load a model with its tokenizer."""

import json
import logging
import time
from dataclasses import dataclass
from pathlib import Path

import ctranslate2
import tokenizers

from theresa_protocol.messages import Task
from theresa_server.engine.whisper.devices import choose_compute_type, choose_device, choose_workers
from theresa_server.engine.whisper.directory import (
    DECLARATION,
    WhisperDeclaration,
    read_declaration,
    validate_model_directory,
)
from theresa_server.engine.whisper.features import EncoderContext, EncoderWindows, choose_windows
from theresa_server.engine.whisper.options import EngineOptions
from theresa_server.engine.whisper.resolving import resolve_model
from theresa_server.engine.whisper.tasks import known_tasks
from theresa_server.speech.recognition import ModelError

logger = logging.getLogger("theresa.engine")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelInfo:
    """The properties of a loaded model."""

    name: str
    description: str
    """One line on its purpose; empty if the model declares none."""
    path: Path
    device: str
    """``cpu`` or ``cuda``."""
    compute_type: str
    """The compute type in effect, as CTranslate2 names it."""
    languages: tuple[str, ...]
    """The language codes it supports, sorted."""
    multilingual: bool
    """``False`` for an English-only model."""
    tasks: tuple[Task, ...]
    """What it can do."""
    size_bytes: int
    """The size of its weights on disk."""
    encoder_context: EncoderContext | None
    """The short encoder windows it declares."""
    windows: EncoderWindows
    """The encoder windows in use."""
    condition_on_previous_text: bool
    """Whether a segment is decoded with the text of the previous one."""
    workers: int
    """Batches that run in parallel."""
    max_batch: int
    """Jobs per batch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedModel:
    """A model in memory, with its tokenizer."""

    model: ctranslate2.models.Whisper
    tokenizer: tokenizers.Tokenizer
    info: ModelInfo


def load_model(options: EngineOptions) -> LoadedModel:
    """Resolve, validate and load a model.

    Raises:
        ModelError: any step failed; the message is one clear sentence.
    """
    started_s = time.perf_counter()
    device = choose_device(options)
    compute_type = choose_compute_type(options, device)
    path = resolve_model(options.model, options.cache)
    validate_model_directory(path)
    declaration = read_declaration(path)
    model = _load_weights(path, options, device, compute_type)
    tokenizer = _load_tokenizer(path)
    fallback_name = path.resolve().name if Path(options.model).expanduser().exists() else options.model
    info = ModelInfo(
        name=options.name or declaration.name or fallback_name,
        description=declaration.description,
        path=path,
        device=model.device,
        compute_type=model.compute_type,
        languages=_languages(path, tokenizer, declaration, multilingual=model.is_multilingual),
        multilingual=model.is_multilingual,
        tasks=declaration.tasks or known_tasks(path, model.n_mels, multilingual=model.is_multilingual),
        size_bytes=(path / "model.bin").stat().st_size,
        encoder_context=declaration.encoder_context,
        windows=choose_windows(
            options.encoder_context, declaration.encoder_context, options.encoder_floor_ms, options.encoder_margin_ms
        ),
        condition_on_previous_text=(
            declaration.condition_on_previous_text
            if options.condition_on_previous_text is None
            else options.condition_on_previous_text
        ),
        workers=model.num_workers,
        max_batch=options.max_batch or (4 if device == "cpu" else 16),
    )
    label = f"{info.name} ({info.description})" if info.description else info.name
    elapsed_s = time.perf_counter() - started_s
    logger.info("loaded %s on %s, %s, in %.1f s", label, info.device, info.compute_type, elapsed_s)
    return LoadedModel(model=model, tokenizer=tokenizer, info=info)


def _load_weights(path: Path, options: EngineOptions, device: str, compute_type: str) -> ctranslate2.models.Whisper:
    workers, threads = choose_workers(options, device)
    try:
        return ctranslate2.models.Whisper(
            str(path),
            device=device,
            device_index=list(options.device_index) if device == "cuda" else 0,
            compute_type=compute_type,
            inter_threads=workers,
            intra_threads=threads,
        )
    except (RuntimeError, ValueError) as error:
        raise ModelError(
            f"the model in {str(path)!r} cannot be loaded, copy or convert it again: {_first_sentence(error)}"
        ) from error


def _load_tokenizer(path: Path) -> tokenizers.Tokenizer:
    file = path / "tokenizer.json"
    try:
        tokenizer = tokenizers.Tokenizer.from_file(str(file))
    except Exception as error:  # the library raises a bare Exception for a file it cannot read
        raise ModelError(f"{str(file)!r} cannot be read: {_first_sentence(error)}") from error
    for token in ("<|startoftranscript|>", "<|endoftext|>", "<|notimestamps|>"):
        if tokenizer.token_to_id(token) is None:
            raise ModelError(f"{str(file)!r} is not a Whisper tokenizer: it has no {token}.")
    return tokenizer


def _languages(
    path: Path, tokenizer: tokenizers.Tokenizer, declaration: WhisperDeclaration, *, multilingual: bool
) -> tuple[str, ...]:
    """Return the declared language codes, or else those whose tokens the configuration lists."""
    if not multilingual:
        return ("en",)
    file = path / "config.json"
    try:
        tokens = [tokenizer.id_to_token(index) for index in json.loads(file.read_bytes()).get("lang_ids", [])]
    except (ValueError, AttributeError, TypeError, OverflowError) as error:
        raise ModelError(f"{str(file)!r} cannot be read: {_first_sentence(error)}") from error
    known = sorted(token[2:-2] for token in tokens if token)
    if not known:
        raise ModelError(f"{str(file)!r} lists no languages (lang_ids): convert the model again.")
    if declaration.languages is None:
        return tuple(known)
    if not declaration.languages:
        raise ModelError(f"{str(path / DECLARATION)!r} declares an empty list of languages: remove it.")
    if unknown := sorted({*declaration.languages} - {*known}):
        raise ModelError(f"{str(path / DECLARATION)!r} declares languages that the model lacks: {', '.join(unknown)}.")
    return tuple(sorted({*declaration.languages}))


def _first_sentence(error: Exception) -> str:
    return (str(error).strip().partition("\n")[0].partition(". ")[0] or type(error).__name__).rstrip(".") + "."
