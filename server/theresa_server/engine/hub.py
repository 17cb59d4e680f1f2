"""Models by name: from the local cache of a model hub, or downloaded from it.

The hub's address, cache and credentials are huggingface_hub's own affair (`HF_ENDPOINT`, `HF_HOME`, `HF_HUB_OFFLINE`,
`HF_TOKEN`).
"""

from __future__ import annotations

import contextlib
import difflib
import queue
import re
import threading
from pathlib import Path

import huggingface_hub
from faster_whisper.utils import _MODELS as KNOWN_REPOSITORIES
from huggingface_hub import constants, errors

from theresa_server.engine.ports import ModelError

REACH_TIMEOUT_SECONDS = 1.0
"""How long the hub has to answer before a download is begun; huggingface_hub itself retries for minutes."""

FILES = ["config.json", "preprocessor_config.json", "model.bin", "tokenizer.json", "vocabulary.*", "theresa.json"]
"""What is fetched of a repository."""

_REPOSITORY = re.compile(r"[\w-][\w.-]*/[\w-][\w.-]*")


def repository_of(model: str) -> str:
    """Return the hub repository of a name that faster-whisper knows, or of an `organisation/name`.

    Raises:
        ModelError: it is neither; the message lists the names and the closest match.
    """
    if (repository := KNOWN_REPOSITORIES.get(model)) is not None:
        return str(repository)
    if _REPOSITORY.fullmatch(model):
        return model
    names = ["demo", *KNOWN_REPOSITORIES]
    close = difflib.get_close_matches(model.lower(), names, n=1, cutoff=0.5)
    guess = f"did you mean {close[0]!r}? " if close else ""
    raise ModelError(
        f"there is no model {model!r}: {guess}--model takes a directory, a hub repository (organisation/name) "
        f"or one of {', '.join(names)}."
    )


def cached(repository: str) -> Path | None:
    """Return the directory of a repository in the local cache, or None where it is not there."""
    try:
        return Path(huggingface_hub.snapshot_download(repository, allow_patterns=FILES, local_files_only=True))
    except (OSError, errors.HFValidationError):
        return None


def download(model: str, repository: str) -> Path:
    """Fetch a repository into the local cache, with progress bars on standard error, and return its directory.

    Raises:
        ModelError: the hub cannot be reached, does not have it, or refuses it.
    """
    instead = "Use --model demo or a local directory"
    if constants.is_offline_mode():
        raise ModelError(
            f"model {model!r} is not in the local cache and HF_HUB_OFFLINE forbids to fetch it. "
            f"{instead}, or unset HF_HUB_OFFLINE once."
        )
    if not reachable():
        raise ModelError(
            f"model {model!r} is not in the local cache and the model hub at {constants.ENDPOINT} cannot be reached. "
            f"{instead}, or start again where the hub can be reached."
        )
    try:
        return Path(huggingface_hub.snapshot_download(repository, allow_patterns=FILES))
    except errors.GatedRepoError:
        raise ModelError(
            f"the hub shows {repository!r} only to those who accepted its terms: do so there and set HF_TOKEN."
        ) from None
    except (errors.RepositoryNotFoundError, errors.HFValidationError):
        raise ModelError(
            f"there is no directory {model!r} here and no such repository on the hub at {constants.ENDPOINT}. "
            f"{instead}, or correct the name."
        ) from None
    except Exception as error:  # the client library's own and its transport's, which differ between its versions
        reason = str(error).strip().partition("\n")[0].rstrip(".")
        raise ModelError(f"the download of {repository!r} failed: {reason}. Start again to resume it.") from error


def reachable(timeout_seconds: float = REACH_TIMEOUT_SECONDS) -> bool:
    """Tell whether the hub answers at all, whatever it answers, within the time."""
    answers: queue.SimpleQueue[bool] = queue.SimpleQueue()

    def ask() -> None:
        answered = False
        with contextlib.suppress(Exception):  # whatever the transport raises
            huggingface_hub.get_session().head(constants.ENDPOINT, timeout=timeout_seconds)
            answered = True
        answers.put(answered)

    # A name server that is silent is waited for beyond every timeout: so ask on a thread, and wait for it here.
    threading.Thread(target=ask, name="hub-reachable", daemon=True).start()
    try:
        return answers.get(timeout=timeout_seconds)
    except queue.Empty:
        return False
