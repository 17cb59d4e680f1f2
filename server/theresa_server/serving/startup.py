"""Loads what a server needs before it is ready: the speech models and the entity service."""

import asyncio
import contextlib
import logging
import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from theresa_protocol.languages import parse_language
from theresa_server.engine.local import LocalEngine
from theresa_server.engine.whisper.options import EngineOptions
from theresa_server.engine.whisper.transcriber import WhisperTranscriber
from theresa_server.entities import models as entity_models
from theresa_server.entities.lexicon import Lexicon, LexiconError
from theresa_server.entities.service import EntityService, worker_command
from theresa_server.serving.capacity import estimate_speakers
from theresa_server.serving.config import ConfigError, ServerConfig
from theresa_server.serving.models import ServedModel
from theresa_server.serving.threads import on_daemon_thread
from theresa_server.speech.recognition import EngineError, ModelError, Transcriber

TranscriberFactory = Callable[[EngineOptions], Transcriber]
"""Makes the transcriber of a model; blocking. Raises ``ModelError``."""

FEW_SPEAKERS = 2
"""An estimate up to this is logged with advice: a trial by one or two people already fills the server."""

logger = logging.getLogger("theresa")


def whisper_factory(config: ServerConfig) -> TranscriberFactory:
    """Return the factory that loads Whisper models and decodes as configured."""

    def make_transcriber(options: EngineOptions) -> Transcriber:
        return WhisperTranscriber.load(options, config.decoding)

    return make_transcriber


async def load_models(
    config: ServerConfig, make_transcriber: TranscriberFactory, loaded: contextlib.AsyncExitStack
) -> list[ServedModel]:
    """Load all models, one after the other.

    Args:
        config: lists the models.
        make_transcriber: loads one of them.
        loaded: frees the models when it is closed.

    Raises:
        ModelError: if a model cannot be loaded, or two have the same name.
    """
    models: list[ServedModel] = []
    for options in config.engines:
        model = await on_daemon_thread(partial(load_model, options, config, make_transcriber))
        loaded.push_async_callback(asyncio.to_thread, model.engine.transcriber.close)
        if model.name in [other.name for other in models]:
            raise ModelError(f"two models are called '{model.name}': give one another name with --model NAME=MODEL.")
        models.append(model)
    return models


def load_model(options: EngineOptions, config: ServerConfig, make_transcriber: TranscriberFactory) -> ServedModel:
    """Load one model, warm it up and measure it; blocking.

    Load models one at a time: the measurements attribute all growth of the process to this model, and assume that it
    has all cores to itself.

    Raises:
        ModelError: if the model cannot be used.
    """
    before = resident_bytes()
    try:
        transcriber = make_transcriber(options)
        tag = parse_language(config.language)
        if tag is not None and tag.code is not None and tag.code not in transcriber.languages:
            raise ModelError(
                f"the model {transcriber.name} does not know the language {config.language!r}: change --language."
            )
        logger.info("warming up %s", transcriber.name)
        transcriber.warm_up()
        speakers = config.speakers
        if speakers == 0:
            logger.info("measuring how many speakers %s can serve at once on this machine", transcriber.name)
            speakers = estimate_speakers(transcriber, config.partial_interval_ms)
    except ModelError:
        raise
    except (EngineError, OSError) as error:
        raise ModelError(f"the model {options.name or options.model} cannot be used: {error}") from error
    after = resident_bytes()
    growth = None if before is None or after is None else max(0, after - before)
    return ServedModel(
        engine=LocalEngine(transcriber, speakers),
        created=int(time.time()),
        memory_bytes=growth,
        demo=options.model == "demo",
    )


def load_entity_service(config: ServerConfig) -> EntityService | None:
    """Return the entity service, or ``None`` if it is switched off; reads files.

    Raises:
        ConfigError: if the lexicon cannot be read.
        ModelError: if the entity model cannot be found or downloaded.
    """
    if config.entities == "off" and config.lexicon is None:
        return None
    try:
        lexicon = Lexicon.read(config.lexicon) if config.lexicon else None
    except LexiconError as error:
        raise ConfigError(str(error)) from None
    if config.entities == "off":
        return EntityService(None, lexicon)
    directory = entity_models.resolve_entity_model(config.entities, config.engine.cache)
    return EntityService(worker_command(directory), lexicon)


def resident_bytes() -> int | None:
    """Return the resident memory of this process; ``None`` on systems without Linux's ``/proc``."""
    try:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    except OSError:
        return None
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def describe(model: ServedModel) -> str:
    """Return the name, memory and capacity of a model as a phrase for the log."""
    facts = []
    if model.memory_bytes is not None:
        facts.append(f"{model.memory_bytes / 1e6:.0f} MB")
    if model.engine.speakers:
        count = model.engine.speakers
        facts.append(f"about {count} {'speaker' if count == 1 else 'speakers'} at once")
    return f"{model.name} ({', '.join(facts)})" if facts else model.name


def advice(model: ServedModel) -> str | None:
    """Return what the operator can do if a model serves few speakers at once, as a sentence for the log."""
    speakers = model.engine.speakers
    if speakers is None or speakers > FEW_SPEAKERS:
        return None
    count = f"{speakers} {'speaker' if speakers == 1 else 'speakers'}"
    return (
        f"{model.name} serves about {count} at once on this machine: for more, choose a smaller --model (such as tiny) "
        "or use more cores. --speakers N overrides the estimate."
    )
