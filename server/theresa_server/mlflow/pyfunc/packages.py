"""The code of a saved model: a copy of Theresa's packages, and pinned requirements for all others."""

import importlib.resources
import shutil
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("theresa_protocol", "theresa_server")
"""Theresa's packages. They are copied, without models and page, because they are not on a package index."""

_IGNORED = ("__pycache__", "assets", "page", "*.pyc")

_ALWAYS = ("mlflow-skinny", "pandas", "hanlp-trie", "msgspec", "numpy")
_ENTITIES = ("hanlp", "setuptools", "torch", "transformers")
_WHISPER = (
    "av",
    "ctranslate2",
    "faster-whisper",
    "filelock",
    "huggingface-hub",
    "soxr",
    "threadpoolctl",
    "tokenizers",
    "webrtcvad-wheels",
)


class PackageMissing(Exception):
    """A package that a saved model requires is not installed. The message is its name."""


def copy_packages(target: Path) -> list[Path]:
    """Copy Theresa's packages, without caches, models and page, to an empty directory. Returns their paths."""
    copies = []
    for name in PACKAGES:
        with importlib.resources.as_file(importlib.resources.files(name)) as source:
            copies.append(Path(shutil.copytree(source, target / name, ignore=shutil.ignore_patterns(*_IGNORED))))
    return copies


def requirements(*, entities: bool, whisper: bool) -> list[str]:
    """Return the packages that a saved model imports as pip requirements, pinned to the installed versions.

    Raises:
        PackageMissing: when one of them is not installed.
    """
    names = (*_ALWAYS, *(_ENTITIES if entities else ()), *(_WHISPER if whisper else ()))
    return list(_pins(names))


def _pins(names: Iterable[str]) -> Iterable[str]:
    for name in names:
        try:
            installed = version(name)
        except PackageNotFoundError:
            raise PackageMissing(name) from None
        # A local version ("2.9.0+cpu") is not on the package index, but its public version is.
        yield f"{name}=={installed.partition('+')[0]}"
