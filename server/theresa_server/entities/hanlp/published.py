"""The entity models that HanLP publishes: by name, into the cache, with all that they need.

HanLP's own download is not used: of several processes that fetch one model at a time, it lets the slower ones delete
what the fastest has unpacked. And a published model names its encoder by its name on a model hub, where HanLP looks it
up at every start: its tokenizer and configuration are fetched along, so that the directory stands by itself.
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
from theresa_server.entities.hanlp.directory import ENCODER, check, missing_encoder
from theresa_server.speech.recognition import ModelError

KIND = "hanlp"
"""What these models are called in the cache."""

LICENCE = (
    "HanLP's published models are not free software: the Chinese ones are for research and teaching, "
    "the multilingual ones CC BY-NC-SA 4.0."
)

_TOKENIZER_FILES = (
    "config.json", "tokenizer*", "vocab*", "special_tokens_map.json", "added_tokens.json", "merges.txt",
    "spiece.model", "sentencepiece*",
)  # fmt: skip


def looks_published(name: str) -> bool:
    """Whether a name is written as HanLP writes those of its models."""
    return re.fullmatch("[A-Z0-9]+(_[A-Z0-9]+)+", name) is not None


def addresses() -> dict[str, str]:
    """Where each published model that finds entities can be fetched; nothing where HanLP is not installed."""
    try:
        from hanlp.pretrained import mtl, ner
    except ModuleNotFoundError:
        return {}
    return {name: url for module in (ner, mtl) for name, url in _constants(module).items() if "NER" in name}


def obtain(name: str, cache: ModelCache, tell: Notify) -> Path:
    """The directory of a published model, fetched into the cache where it is not there. Raises ``ModelError``."""
    if (found := cache.find(KIND, name)) is not None:
        return found
    url = _address(name)
    if not is_reachable(url):
        server = url.partition("://")[2].partition("/")[0]
        raise ModelError(
            f"entity model {name!r} is not in the local cache and HanLP's file server {server} cannot be reached. "
            "Use --entities demo or a local directory, or start again where it can be reached."
        )

    def fetch(stage: Path) -> Path:
        tell(LICENCE)
        tell(f"fetching {name} into {cache.root}")
        return _fetch(name, url, stage)

    try:
        return cache.find_or_fetch(KIND, name, fetch, tell)
    except CacheError as error:
        raise ModelError(str(error)) from error


def _constants(module: ModuleType) -> dict[str, str]:
    return {name: url for name, url in vars(module).items() if isinstance(url, str) and looks_published(name)}


def _address(name: str) -> str:
    known = addresses()
    if name in known:
        return known[name]
    if not known:
        raise ModelError(f"entity model {name!r} needs HanLP: install it with pip install 'theresa[entities]'.")
    close = difflib.get_close_matches(name, known, n=1)
    guess = f"did you mean {close[0]}? " if close else ""
    raise ModelError(f"there is no directory {name!r}, and HanLP publishes no such model: {guess}See `models list`.")


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
        raise ModelError(f"the archive of {name} cannot be used, {error}: start again to fetch it anew.") from error
    directory = next((file.parent for file in sorted(unpacked.rglob("config.json"))), unpacked)
    encoder = missing_encoder(directory) if (directory / "config.json").is_file() else None
    if encoder is not None:
        require_hub(f"the tokenizer {encoder!r} of {name}", "Fetch the model on a machine with access to the hub")
        fetch_files(encoder, _TOKENIZER_FILES, directory / ENCODER)
    check(directory)
    return directory
