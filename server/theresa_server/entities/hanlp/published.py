"""Fetches the entity models that HanLP publishes into the cache, by name.

HanLP's own download is not used: when several processes fetch a model at the same time, the slower ones delete the
files that the fastest has unpacked. Besides, a published model refers to its encoder by its name on a model hub, where
HanLP looks it up at every start. Here the encoder's tokenizer and configuration are fetched, too, so that the directory
is self-contained.
"""

import difflib
import re
import shutil
from pathlib import Path
from types import ModuleType

from theresa_server.cache.archive import ArchiveError, unzip
from theresa_server.cache.download import DownloadError, download, is_reachable
from theresa_server.cache.errors import CacheError
from theresa_server.cache.hub import fetch_files, require_hub
from theresa_server.cache.model_cache import ModelCache, Notify
from theresa_server.entities.hanlp.directory import ENCODER, missing_encoder, validate_hanlp_directory
from theresa_server.speech.recognition import ModelError

CACHE_KIND = "hanlp"
"""Kind of these models in the cache."""

LICENCE_NOTICE = (
    "HanLP's published models are not free software: the Chinese ones are for research and teaching, "
    "the multilingual ones CC BY-NC-SA 4.0."
)

_TOKENIZER_FILES = (
    "config.json", "tokenizer*", "vocab*", "special_tokens_map.json", "added_tokens.json", "merges.txt",
    "spiece.model", "sentencepiece*",
)  # fmt: skip


def is_published_name(name: str) -> bool:
    """Return whether a name has the form of HanLP's model names."""
    return re.fullmatch("[A-Z0-9]+(_[A-Z0-9]+)+", name) is not None


def published_urls() -> dict[str, str]:
    """Return the URLs of the published entity models by name. Empty if HanLP is not installed."""
    try:
        from hanlp.pretrained import mtl, ner
    except ModuleNotFoundError:
        return {}
    return {name: url for module in (ner, mtl) for name, url in _constants(module).items() if "NER" in name}


def fetch_published_model(name: str, cache: ModelCache, notify: Notify) -> Path:
    """Return the directory of a published model in the cache. Fetches the model if it is not cached.

    Raises:
        ModelError: when the model is unknown or cannot be fetched.
    """
    if (found := cache.find(CACHE_KIND, name)) is not None:
        return found
    url = _url(name)
    if not is_reachable(url):
        server = url.partition("://")[2].partition("/")[0]
        raise ModelError(
            f"entity model {name!r} is not in the local cache and HanLP's file server {server} cannot be reached. "
            "Use --entities demo or a local directory, or retry when it can be reached."
        )

    def fetch(stage: Path) -> Path:
        notify(LICENCE_NOTICE)
        notify(f"fetching {name} into {cache.root}")
        return _fetch(name, url, stage)

    try:
        return cache.find_or_fetch(CACHE_KIND, name, fetch, notify)
    except CacheError as error:
        raise ModelError(str(error)) from error


def _constants(module: ModuleType) -> dict[str, str]:
    return {name: url for name, url in vars(module).items() if isinstance(url, str) and is_published_name(name)}


def _url(name: str) -> str:
    known = published_urls()
    if name in known:
        return known[name]
    if not known:
        raise ModelError(f"entity model {name!r} needs HanLP: install it with pip install 'theresa[entities]'.")
    close = difflib.get_close_matches(name, known, n=1)
    guess = f"did you mean {close[0]}? " if close else ""
    raise ModelError(
        f"{name!r} is neither a directory nor a model that HanLP publishes: {guess}"
        "`theresa-server models list` shows the names."
    )


def _fetch(name: str, url: str, stage: Path) -> Path:
    archive, unpacked = stage / "model.zip", stage / "unpacked"
    shutil.rmtree(unpacked, ignore_errors=True)
    try:
        if not archive.exists():
            download(url, archive)
        unzip(archive, unpacked)
    except DownloadError as error:
        raise ModelError(f"the download of {name} failed: {error}. Start again to resume it.") from error
    except ArchiveError as error:
        archive.unlink()
        raise ModelError(f"the archive of {name} cannot be used, {error}: start again to download it again.") from error
    directory = next((file.parent for file in sorted(unpacked.rglob("config.json"))), unpacked)
    encoder = missing_encoder(directory) if (directory / "config.json").is_file() else None
    if encoder is not None:
        require_hub(f"the tokenizer {encoder!r} of {name}", "Fetch the model with access to the hub")
        fetch_files(encoder, _TOKENIZER_FILES, directory / ENCODER)
    validate_hanlp_directory(directory)
    return directory
