"""Models by name: from the cache, or from a model hub into it.

The hub's address and credentials are huggingface_hub's own affair (`HF_ENDPOINT`, `HF_HUB_OFFLINE`, `HF_TOKEN`), and a
model that lies in its cache (`HF_HOME`) is used as it is.
"""

import difflib
import re
from collections.abc import Sequence
from fnmatch import fnmatch
from pathlib import Path

import huggingface_hub
from faster_whisper.utils import _MODELS
from huggingface_hub import constants, errors
from huggingface_hub.hf_api import RepoSibling
from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]

from theresa_server.cache.download import DownloadError, download, reachable, sha256
from theresa_server.cache.volume import CacheError, Tell, Volume
from theresa_server.engine.whisper import directory as directories
from theresa_server.speech.recognition import ModelError

KNOWN_REPOSITORIES: dict[str, str] = _MODELS
"""The repositories of the names that faster-whisper knows."""

KIND = "whisper"
"""What the models of the hub are called in the cache."""

FILES = ("config.json", "preprocessor_config.json", "model.bin", "tokenizer.json", "vocabulary.*", "theresa.json")
"""What is fetched of a repository."""

_REPOSITORY = re.compile(r"[\w-][\w.-]*/[\w-][\w.-]*")


def repository_of(model: str) -> str:
    """Return the hub repository of a name that faster-whisper knows, or of an `organisation/name`.

    Raises:
        ModelError: it is neither; the message lists the names and the closest match.
    """
    if (repository := KNOWN_REPOSITORIES.get(model)) is not None:
        return repository
    if _REPOSITORY.fullmatch(model):
        return model
    names = ["demo", *KNOWN_REPOSITORIES]
    close = difflib.get_close_matches(model.lower(), names, n=1, cutoff=0.5)
    guess = f"did you mean {close[0]!r}? " if close else ""
    raise ModelError(
        f"there is no model {model!r}: {guess}--model takes a directory, a hub repository (organisation/name) "
        f"or one of {', '.join(names)}."
    )


def find(repository: str, volume: Volume) -> Path | None:
    """Return the directory of a repository in the cache, or in huggingface_hub's; None where it is in neither."""
    return volume.find(KIND, repository) or _in_hub_cache(repository)


def obtain(model: str, repository: str, volume: Volume, tell: Tell) -> Path:
    """Return the directory of a repository, which is fetched into the cache where it is not there.

    Raises:
        ModelError: the hub cannot be reached, does not have it, or refuses it; or the cache cannot be written.
    """
    if (found := find(repository, volume)) is not None:
        return found
    require(f"model {model!r}", "Use --model demo or a local directory")

    def fetch(stage: Path) -> Path:
        tell(f"fetching {repository} into {volume.root}")
        fetch_files(repository, FILES, stage)
        directories.check(stage)
        return stage

    try:
        return volume.obtain(KIND, repository, fetch, tell)
    except CacheError as error:
        raise ModelError(str(error)) from error


def require(what: str, instead: str) -> None:
    """Make sure that the hub may be asked and answers.

    Raises:
        ModelError: it does not; the message says so of ``what``, and what to do ``instead``.
    """
    if constants.is_offline_mode():
        raise ModelError(
            f"{what} is not in the local cache and HF_HUB_OFFLINE forbids to fetch it. "
            f"{instead}, or unset HF_HUB_OFFLINE once."
        )
    if not reachable(constants.ENDPOINT):
        raise ModelError(
            f"{what} is not in the local cache and the model hub at {constants.ENDPOINT} cannot be reached. "
            f"{instead}, or start again where the hub can be reached."
        )


def fetch_files(repository: str, patterns: Sequence[str], folder: Path) -> None:
    """Fetch files of a repository into a folder, and go on with what is there of them; sizes and checksums are checked.

    Raises:
        ModelError: the hub does not have it, or refuses it, or what came is not what the hub has.
    """
    try:
        known = huggingface_hub.HfApi().model_info(repository, files_metadata=True)
    except errors.GatedRepoError:
        raise _gated(repository) from None
    except (errors.RepositoryNotFoundError, errors.HFValidationError):
        raise ModelError(
            f"there is no directory {repository!r} here and no such repository on the hub at {constants.ENDPOINT}: "
            "correct the name, or use --model demo or a local directory."
        ) from None
    except Exception as error:  # the client library's own and its transport's, which differ between its versions
        raise _failed(repository, error) from error
    for sibling in known.siblings or ():
        if not any(fnmatch(sibling.rfilename, pattern) for pattern in patterns):
            continue
        target = folder / sibling.rfilename
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            if not target.exists():
                # Not by the library, which begins every file anew when a process was killed.
                url = huggingface_hub.hf_hub_url(repository, sibling.rfilename, revision=known.sha)
                download(url, target, build_hf_headers())
        except DownloadError as error:
            raise _gated(repository) if known.gated else _failed(repository, error) from error
        _check(target, sibling)


def _gated(repository: str) -> ModelError:
    return ModelError(
        f"the hub shows {repository!r} only to those who accepted its terms: do so there and set HF_TOKEN."
    )


def _failed(repository: str, error: Exception) -> ModelError:
    reason = str(error).strip().partition("\n")[0].rstrip(".")
    return ModelError(f"the download of {repository!r} failed: {reason}. Start again to resume it.")


def _check(file: Path, sibling: RepoSibling) -> None:
    good = sibling.size is None or file.stat().st_size == sibling.size
    if good and sibling.lfs is not None:
        good = sha256(file) == sibling.lfs.sha256
    if not good:
        file.unlink()
        raise ModelError(f"{sibling.rfilename} came damaged from the hub: start again to fetch it once more.")


def _in_hub_cache(repository: str) -> Path | None:
    try:
        found = Path(huggingface_hub.snapshot_download(repository, allow_patterns=list(FILES), local_files_only=True))
        directories.check(found)  # another program may be filling it right now
    except (OSError, errors.HFValidationError, ModelError):
        return None
    return found
