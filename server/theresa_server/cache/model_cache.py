"""A folder of models in which every model that exists is complete, whichever processes fetch it and in whatever order.

A model is fetched under a file lock in the same folder, which the kernel releases when its holder dies. Files are
written to a staging folder that outlives the process, so that the next attempt resumes the download. One rename makes
the complete model visible.
"""

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from filelock import FileLock, Timeout

from theresa_server.cache.errors import CacheError

Fetch = Callable[[Path], Path]
"""Fills a staging folder, which may hold the files of an earlier attempt; returns the complete directory inside it."""

Notify = Callable[[str], None]
"""Receives a progress message for the user."""

LOCK_POLL_S = 0.2


class CachedModel(NamedTuple):
    """A model in the cache."""

    kind: str
    name: str
    path: Path


@dataclass(frozen=True, slots=True)
class ModelCache:
    """The cache in the folder ``root``.

    A model is stored in ``root/KIND/NAME``, where each slash of the name is replaced by ``--``.
    """

    root: Path

    def path_of(self, kind: str, name: str) -> Path:
        """Return the directory of a model, whether or not it exists."""
        return self.root / kind / name.replace("/", "--")

    def find(self, kind: str, name: str) -> Path | None:
        """Return the directory of a cached model, or ``None``."""
        path = self.path_of(kind, name)
        return path if path.is_dir() else None

    def models(self) -> Iterator[CachedModel]:
        """Iterate over all cached models, ordered by kind and name."""
        for path in sorted(self.root.glob("[!.]*/[!.]*")):
            if path.is_dir():
                yield CachedModel(path.parent.name, path.name.replace("--", "/"), path)

    def find_or_fetch(self, kind: str, name: str, fetch: Fetch, notify: Notify) -> Path:
        """Return the directory of a model, and fetch it first if it is missing.

        Only one process fetches a model at a time; the others wait for it. Errors of ``fetch`` are passed on.

        Raises:
            CacheError: the folder cannot be written.
        """
        try:
            return self.find(kind, name) or self._fetch(kind, name, fetch, notify)
        except OSError as error:
            raise CacheError(
                f"the model cache {str(self.root)!r} cannot be written: {error.strerror or error}. "
                "Free some space or choose another folder with --cache."
            ) from error

    def _fetch(self, kind: str, name: str, fetch: Fetch, notify: Notify) -> Path:
        path = self.path_of(kind, name)
        label = f"{kind}--{path.name}"
        with self._locked(label, f"waiting for another process that is fetching {name}", notify):
            if path.is_dir():
                return path
            stage = self.root / ".staging" / label
            stage.mkdir(parents=True, exist_ok=True)
            complete = fetch(stage)
            _sync_files(complete)
            path.parent.mkdir(parents=True, exist_ok=True)
            complete.rename(path)
            _sync_folder(path.parent)
            shutil.rmtree(stage, ignore_errors=True)
        return path

    @contextmanager
    def _locked(self, label: str, wait_message: str, notify: Notify) -> Iterator[None]:
        path = self.root / ".locks" / f"{label}.lock"
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            notify(wait_message)
            lock.acquire(poll_interval=LOCK_POLL_S)
        try:
            yield
        finally:
            lock.release()


def default_root(environ: Mapping[str, str] = os.environ) -> Path:
    """Return the default folder: ``theresa/models`` in the user's cache directory."""
    caches = environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()
    return Path(caches) / "theresa" / "models"


def _sync_files(directory: Path) -> None:
    """Flush all files to disk, so that they are stored before the rename that makes them visible."""
    for folder, _, names in os.walk(directory):
        for name in names:
            with (Path(folder) / name).open("rb") as file:
                os.fsync(file.fileno())
        _sync_folder(Path(folder))


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
