"""One folder of models: what lies in its final place is complete, whoever fetches it, however often, and at once.

A model is fetched under a lock that lies on the same volume and is released by the kernel when its holder dies. It
grows in a staging folder, which outlives its process, so that the next one goes on where that was cut off, and gets to
its place by one rename.
"""

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from filelock import FileLock, Timeout

Fetch = Callable[[Path], Path]
"""Fills a staging folder, which may hold what an earlier attempt left; returns the complete directory inside of it."""

Tell = Callable[[str], None]
"""Takes a line for the person who waits."""

POLL_S = 0.2


class CacheError(Exception):
    """The cache cannot be used; the message is one clear sentence."""


class Cached(NamedTuple):
    """A model in the cache."""

    kind: str
    name: str
    path: Path


@dataclass(frozen=True, slots=True)
class Volume:
    """The cache at ``root``; a model lies in ``root/KIND/NAME``, with ``--`` for each slash of the name."""

    root: Path

    def place(self, kind: str, name: str) -> Path:
        """Where a model lies, or would."""
        return self.root / kind / name.replace("/", "--")

    def find(self, kind: str, name: str) -> Path | None:
        """The directory of a model that is there."""
        place = self.place(kind, name)
        return place if place.is_dir() else None

    def models(self) -> Iterator[Cached]:
        """All that is there, in the order of kinds and names."""
        for place in sorted(self.root.glob("[!.]*/[!.]*")):
            if place.is_dir():
                yield Cached(place.parent.name, place.name.replace("--", "/"), place)

    def obtain(self, kind: str, name: str, fetch: Fetch, tell: Tell) -> Path:
        """The directory of a model; fetched first where it is not there, by one process at a time.

        Raises ``CacheError`` where the folder cannot be written, and what ``fetch`` raises.
        """
        try:
            return self.find(kind, name) or self._fetch(kind, name, fetch, tell)
        except OSError as error:
            raise CacheError(
                f"the model cache {str(self.root)!r} cannot be written: {error.strerror or error}. "
                "Make room or name another folder with --cache."
            ) from error

    def _fetch(self, kind: str, name: str, fetch: Fetch, tell: Tell) -> Path:
        place = self.place(kind, name)
        label = f"{kind}--{place.name}"
        with self._locked(label, f"another process is fetching {name}: waiting for it", tell):
            if place.is_dir():
                return place
            stage = self.root / ".staging" / label
            stage.mkdir(parents=True, exist_ok=True)
            complete = fetch(stage)
            _sync(complete)
            place.parent.mkdir(parents=True, exist_ok=True)
            complete.rename(place)
            _sync_folder(place.parent)
            shutil.rmtree(stage, ignore_errors=True)
        return place

    @contextmanager
    def _locked(self, label: str, waiting: str, tell: Tell) -> Iterator[None]:
        path = self.root / ".locks" / f"{label}.lock"
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            tell(waiting)
            lock.acquire(poll_interval=POLL_S)
        try:
            yield
        finally:
            lock.release()


def default_root(environ: Mapping[str, str] = os.environ) -> Path:
    """``models`` in Theresa's folder of the user's caches."""
    caches = environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()
    return Path(caches) / "theresa" / "models"


def _sync(directory: Path) -> None:
    """Have everything on the disk before the rename that makes it visible is."""
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
