"""Finds the directory of an entity model by name."""

import importlib.resources
import logging
from pathlib import Path

from theresa_server.cache.model_cache import ModelCache, Notify, default_root
from theresa_server.entities.hanlp.directory import validate_hanlp_directory
from theresa_server.entities.hanlp.published import fetch_published_model, is_published_name
from theresa_server.speech.recognition import ModelError

logger = logging.getLogger("theresa.entities")


def resolve_entity_model(name: str, cache: Path | None = None, notify: Notify = logger.info) -> Path:
    """Return the directory of an entity model.

    Args:
        name: ``demo``, a HanLP directory, or the name of a model that HanLP publishes, which is fetched if necessary.
        cache: The directory of fetched models. Defaults to the user's cache.
        notify: Receives progress messages.

    Raises:
        ModelError: when the model does not exist, is invalid or cannot be fetched.
    """
    if name == "demo":
        directory = Path(str(importlib.resources.files("theresa_server") / "assets" / "entities"))
        if not directory.is_dir():
            raise ModelError("the demo entity model is missing from this installation: reinstall theresa.")
    elif is_published_name(name) and not Path(name).exists():
        directory = fetch_published_model(name, ModelCache(cache or default_root()), notify)
    else:
        directory = Path(name).expanduser()
    validate_hanlp_directory(directory)
    return directory
