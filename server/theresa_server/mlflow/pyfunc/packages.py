"""What a saved model needs beside its weights: our own code, copied, and the packages of others, by their versions."""

import importlib.resources
import shutil
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("theresa_protocol", "theresa_server")
"""Ours. They are copied because they are on no package index; of the server all but the shipped models and the page."""

_LEFT_OUT = ("__pycache__", "assets", "page", "*.pyc")

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
    """A package that a saved model needs is not installed; the message is its name."""


def copy_packages(target: Path) -> list[Path]:
    """Copy our packages, without caches, models and the page, into an empty folder; returns where each one is."""
    copies = []
    for name in PACKAGES:
        with importlib.resources.as_file(importlib.resources.files(name)) as source:
            copies.append(Path(shutil.copytree(source, target / name, ignore=shutil.ignore_patterns(*_LEFT_OUT))))
    return copies


def requirements(*, entities: bool, whisper: bool) -> list[str]:
    """The packages that a saved model imports, each with the version that is installed here, for pip.

    Raises ``PackageMissing``.
    """
    names = (*_ALWAYS, *(_ENTITIES if entities else ()), *(_WHISPER if whisper else ()))
    return list(_pins(names))


def _pins(names: Iterable[str]) -> Iterable[str]:
    for name in names:
        try:
            installed = version(name)
        except PackageNotFoundError:
            raise PackageMissing(name) from None
        # A build for one machine ("2.9.0+cpu") is not on the index; the version itself is.
        yield f"{name}=={installed.partition('+')[0]}"
