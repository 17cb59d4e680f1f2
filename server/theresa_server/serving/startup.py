"""One model on its way to work: loaded, warmed up, tried and weighed. Blocking."""

import os
import time
from collections.abc import Callable
from pathlib import Path

from theresa_server.engine.local import LocalEngine
from theresa_server.engine.whisper.options import EngineOptions
from theresa_server.serving.capacity import speakers
from theresa_server.serving.config import ServerConfig
from theresa_server.serving.models import ServedModel
from theresa_server.speech.recognition import EngineError, ModelError, Transcriber

TranscriberFactory = Callable[[EngineOptions], Transcriber]
"""Makes a transcriber. Raises ``ModelError``."""


def provide(options: EngineOptions, config: ServerConfig, load: TranscriberFactory) -> ServedModel:
    """A model that is ready for its first job. Raises ``ModelError``.

    Models are to be provided one after the other: what the process grows by is put down to the one that is loaded, and
    how many speakers it carries is found out with all cores to itself.
    """
    before = resident_bytes()
    try:
        transcriber = load(options)
        if config.language is not None and config.language not in transcriber.languages:
            raise ModelError(
                f"the model {transcriber.name} does not know the language {config.language!r} of --language."
            )
        transcriber.warm_up()
        carried = config.speakers
        if carried == 0:
            carried = speakers(transcriber, config.partial_interval_ms)
    except ModelError:
        raise
    except (EngineError, OSError) as error:
        raise ModelError(f"the model {options.name or options.model} cannot be used: {error}") from error
    after = resident_bytes()
    grown = None if before is None or after is None else max(0, after - before)
    return ServedModel(engine=LocalEngine(transcriber, carried), created=int(time.time()), memory_bytes=grown)


def resident_bytes() -> int | None:
    """How much of the machine's memory this process holds; ``None`` where the system does not tell as Linux does."""
    try:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    except OSError:
        return None
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def described(model: ServedModel) -> str:
    """A model in one phrase for the log: its name, what it takes and what it carries."""
    facts = []
    if model.memory_bytes is not None:
        facts.append(f"{model.memory_bytes / 1e6:.0f} MB")
    if model.engine.speakers:
        facts.append(f"about {model.engine.speakers} speakers at once")
    return f"{model.name} ({', '.join(facts)})" if facts else model.name
