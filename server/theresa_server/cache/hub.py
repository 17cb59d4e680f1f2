"""Fetch files of repositories on the model hub.

The address and credentials of the hub are configured with huggingface_hub's environment variables (``HF_ENDPOINT``,
``HF_HUB_OFFLINE``, ``HF_TOKEN``).
"""

from collections.abc import Sequence
from fnmatch import fnmatch
from pathlib import Path

import huggingface_hub
from huggingface_hub import constants, errors
from huggingface_hub.hf_api import RepoSibling
from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]

from theresa_server.cache.download import DownloadError, download, is_reachable, sha256
from theresa_server.cache.errors import CacheError


class HubError(CacheError):
    """The hub is unavailable, or does not deliver a repository."""


def require_hub(wanted: str, alternative: str) -> None:
    """Check that the hub may be used and responds.

    Args:
        wanted: the model or file to fetch, as the subject of the error message.
        alternative: what the user can do instead, as the beginning of a sentence.

    Raises:
        HubError: offline mode is on, or the hub does not respond.
    """
    if constants.is_offline_mode():
        raise HubError(
            f"{wanted} is not in the local cache, and HF_HUB_OFFLINE forbids fetching it. "
            f"{alternative}, or unset HF_HUB_OFFLINE once."
        )
    if not is_reachable(constants.ENDPOINT):
        raise HubError(
            f"{wanted} is not in the local cache, and the model hub at {constants.ENDPOINT} cannot be reached. "
            f"{alternative}, or retry when the hub can be reached."
        )


def find_in_hub_cache(repository: str, patterns: Sequence[str]) -> Path | None:
    """Return the snapshot of a repository in huggingface_hub's own cache (``HF_HOME``), or ``None``.

    Another program may still be filling it.
    """
    try:
        return Path(huggingface_hub.snapshot_download(repository, allow_patterns=[*patterns], local_files_only=True))
    except (OSError, errors.HFValidationError):
        return None


def fetch_files(repository: str, patterns: Sequence[str], folder: Path, revision: str | None = None) -> None:
    """Fetch the files of a repository that match any pattern, and verify their sizes and checksums.

    Files that are already in the folder are kept, and partial downloads are resumed. Without a revision, the newest
    files are fetched.

    Raises:
        HubError: the repository does not exist or requires authorisation, or a file is damaged.
    """
    try:
        info = huggingface_hub.HfApi().model_info(repository, revision=revision, files_metadata=True)
    except errors.GatedRepoError:
        raise _gated(repository) from None
    except (errors.RepositoryNotFoundError, errors.HFValidationError):
        raise HubError(
            f"the model hub at {constants.ENDPOINT} has no repository {repository!r}, and there is no local directory "
            "of that name. Check the name."
        ) from None
    except Exception as error:  # errors of the client library and its transport differ between versions
        raise _failed(repository, error) from error
    for sibling in info.siblings or ():
        if not any(fnmatch(sibling.rfilename, pattern) for pattern in patterns):
            continue
        target = folder / sibling.rfilename
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            if not target.exists():
                # huggingface_hub's own download restarts a file from the beginning after its process was killed.
                url = huggingface_hub.hf_hub_url(repository, sibling.rfilename, revision=info.sha)
                download(url, target, build_hf_headers())
        except DownloadError as error:
            raise _gated(repository) if info.gated else _failed(repository, error) from error
        _verify(target, sibling)


def _gated(repository: str) -> HubError:
    return HubError(f"the repository {repository!r} is gated. Accept its terms on the hub and set HF_TOKEN.")


def _failed(repository: str, error: Exception) -> HubError:
    reason = str(error).strip().partition("\n")[0].rstrip(".")
    return HubError(f"the download of {repository!r} failed: {reason}. Retry to resume it.")


def _verify(file: Path, sibling: RepoSibling) -> None:
    intact = sibling.size is None or file.stat().st_size == sibling.size
    if intact and sibling.lfs is not None:
        intact = sha256(file) == sibling.lfs.sha256
    if not intact:
        file.unlink()
        raise HubError(f"the downloaded file {sibling.rfilename} is damaged. Retry to fetch it again.")
