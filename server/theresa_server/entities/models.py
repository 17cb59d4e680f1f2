"""From ``--entities`` to a directory."""

import importlib.resources
import logging
from pathlib import Path

from theresa_server.cache.model_cache import ModelCache, Notify, default_root
from theresa_server.entities.hanlp import published
from theresa_server.entities.hanlp.directory import check
from theresa_server.speech.recognition import ModelError

_log = logging.getLogger("theresa.entities")


def resolve(name: str, cache: Path | None = None, tell: Notify = _log.info) -> Path:
    """The directory of an entity model: ``demo``, a HanLP directory, or a published HanLP model.

    A published one is fetched first where it is not in the ``cache``, the folder of fetched models. Raises
    ``ModelError``.
    """
    if name == "demo":
        directory = Path(str(importlib.resources.files("theresa_server") / "assets" / "entities"))
        if not directory.is_dir():
            raise ModelError("the demo entity model is missing from this installation: install theresa again.")
    elif published.looks_published(name) and not Path(name).exists():
        directory = published.obtain(name, ModelCache(cache or default_root()), tell)
    else:
        directory = Path(name).expanduser()
    check(directory)
    return directory
