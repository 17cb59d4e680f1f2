"""The pinned files of models that can be fetched from several sources."""

from functools import cache
from importlib.resources import files
from pathlib import Path

import msgspec

from theresa_server.cache.download import sha256
from theresa_server.cache.errors import CacheError
from theresa_server.cache.package_index import Package


class PinnedFile(msgspec.Struct, frozen=True):
    """What a file must contain."""

    bytes: int
    sha256: str


class PinnedModel(msgspec.Struct, frozen=True):
    """One revision of a hub repository, and the packages of the Python package index that carry the same files."""

    repository: str
    revision: str
    files: dict[str, PinnedFile]
    packages: tuple[Package, ...] = ()

    def verify(self, folder: Path) -> None:
        """Check the size and checksum of every file. Damaged files are deleted, so that a retry fetches them again.

        Raises:
            CacheError: a file is missing or damaged.
        """
        for name, pinned in self.files.items():
            file = folder / name
            intact = file.is_file() and file.stat().st_size == pinned.bytes and sha256(file) == pinned.sha256
            if not intact:
                file.unlink(missing_ok=True)
                raise CacheError(f"the downloaded file {name} is damaged. Retry to fetch it again.")


@cache
def pinned_models() -> dict[str, PinnedModel]:
    """Return the pinned models by hub repository."""
    text = (files("theresa_server.engine.whisper") / "manifest.json").read_bytes()
    models = msgspec.json.decode(text, type=dict[str, PinnedModel])
    return {model.repository: model for model in models.values()}
