"""HanLP model directories: validation, and preparation for loading. Does not import HanLP."""

import json
from pathlib import Path
from typing import Any

import msgspec

from theresa_server.speech.recognition import ModelError

METADATA_FILE = "theresa.json"

ENCODER = "transformer"
"""Subdirectory with the encoder's tokenizer and configuration; also the key of its name in ``config.json``."""

MULTI_TASK_PREFIX = "hanlp.components.mtl."
RECOGNISER_PREFIXES = ("hanlp.components.ner.", MULTI_TASK_PREFIX)
"""Module prefixes of the HanLP classes that can find entities."""


class HanlpMetadata(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Contents of ``theresa.json`` beside a HanLP model. All fields are optional."""

    name: str | None = None
    description: str = ""
    languages: tuple[str, ...] = ()
    tokens: str = "mixed"
    """The tokens that a stand-alone model reads: ``mixed`` (see ``tokens``) or single ``characters``."""


def validate_hanlp_directory(directory: Path) -> HanlpMetadata:
    """Check that a directory holds a usable HanLP model and return its metadata.

    Raises:
        ModelError: when it does not.
    """
    if not directory.is_dir():
        raise ModelError(f"the directory {str(directory)!r} does not exist: check the path given to --entities.")
    if (directory / "meta.json").is_file():
        raise ModelError(f"{str(directory)!r} holds a HanLP model for TensorFlow: use a model for PyTorch.")
    _require_files(directory, "config.json", "model.pt")
    configuration = read_configuration(directory)
    classpath = configuration["classpath"]
    if not classpath.startswith(RECOGNISER_PREFIXES):
        kind = classpath.rpartition(".")[2]
        raise ModelError(f"{str(directory)!r} holds a {kind}, which cannot find entities: use an entity recogniser.")
    _require_files(directory, *_vocabulary_files(configuration))
    if (directory / ENCODER).is_dir():
        _require_files(directory, f"{ENCODER}/config.json")
    path = directory / METADATA_FILE
    try:
        return msgspec.json.decode(path.read_bytes(), type=HanlpMetadata)
    except FileNotFoundError:
        return HanlpMetadata()
    except (msgspec.DecodeError, OSError) as error:
        raise ModelError(f"{str(path)!r} cannot be read: {error}. Correct or remove it.") from error


def read_configuration(directory: Path) -> dict[str, Any]:
    """Return the contents of ``config.json``. ``classpath`` is the class of the model.

    Raises:
        ModelError: when the file cannot be read or does not belong to a HanLP model.
    """
    path = directory / "config.json"
    try:
        configuration = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        raise ModelError(f"{str(path)!r} cannot be read: {error}.") from error
    if not isinstance(configuration, dict) or not isinstance(configuration.get("classpath"), str):
        transformers = isinstance(configuration, dict) and "model_type" in configuration
        problem = "holds a transformers model" if transformers else "does not hold a HanLP model"
        raise ModelError(f"{str(directory)!r} {problem}: use a model saved by HanLP.")
    return configuration


def missing_encoder(directory: Path) -> str | None:
    """Return the name of a model's encoder if it is neither in the directory nor a local path, else ``None``."""
    name = _encoder_configuration(read_configuration(directory)).get(ENCODER)
    missing = isinstance(name, str) and not (directory / ENCODER).is_dir() and not Path(name).is_dir()
    return name if missing else None


def link_model(directory: Path, target: Path) -> None:
    """Fill ``target`` with links to a model and with a configuration that refers to the model's encoder by its path.

    HanLP knows an encoder only by its name on a hub, and it writes into the directory that it loads.
    """
    for entry in directory.resolve().iterdir():
        if entry.name != "config.json":
            (target / entry.name).symlink_to(entry)
    configuration = read_configuration(directory)
    encoder = directory.resolve() / ENCODER
    encoder_configuration = _encoder_configuration(configuration)
    if encoder.is_dir() and ENCODER in encoder_configuration:
        encoder_configuration[ENCODER] = str(encoder)
    (target / "config.json").write_text(json.dumps(configuration), encoding="utf-8")


def _encoder_configuration(configuration: dict[str, Any]) -> dict[str, Any]:
    """Return the part of the configuration that names the encoder."""
    encoder = configuration.get("encoder")
    return encoder if isinstance(encoder, dict) else configuration


def _vocabulary_files(configuration: dict[str, Any]) -> list[str]:
    if not configuration["classpath"].startswith(MULTI_TASK_PREFIX):
        return ["vocabs.json"]
    return [f"{task}_vocabs.json" for task in configuration.get("task_names", ())]


def _require_files(directory: Path, *names: str) -> None:
    missing = [name for name in names if not (directory / name).is_file()]
    if missing:
        raise ModelError(f"{str(directory)!r} is not a HanLP model: missing {', '.join(missing)}.")
