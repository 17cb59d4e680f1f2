"""Directories with a HanLP model: what must be in one, and what HanLP is shown of it. Knows nothing of HanLP itself."""

import json
from pathlib import Path
from typing import Any

import msgspec

from theresa_server.speech.recognition import ModelError

DECLARATION = "theresa.json"

ENCODER = "transformer"
"""Where in a directory the encoder's tokenizer and configuration are; also what HanLP calls the encoder's name."""

MULTI_TASK = "hanlp.components.mtl."
RECOGNISERS = ("hanlp.components.ner.", MULTI_TASK)
"""Where in HanLP the classes are that can find entities."""


class HanlpDeclaration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What ``theresa.json`` beside a HanLP model says; every field may be left out.

    ``tokens`` is what a stand-alone model reads: ``mixed`` (see ``tokens``) or single ``characters``.
    """

    name: str | None = None
    description: str = ""
    languages: tuple[str, ...] = ()
    tokens: str = "mixed"


def check(directory: Path) -> HanlpDeclaration:
    """Make sure that a directory holds a HanLP model; returns what it says of itself. Raises ``ModelError``."""
    if not directory.is_dir():
        raise ModelError(f"there is no directory {str(directory)!r}: check the path given to --entities.")
    if (directory / "meta.json").is_file():
        raise ModelError(f"{str(directory)!r} holds a HanLP model for TensorFlow: choose one for PyTorch.")
    _require(directory, "config.json", "model.pt")
    configuration = read_configuration(directory)
    classpath = configuration["classpath"]
    if not classpath.startswith(RECOGNISERS):
        kind = classpath.rpartition(".")[2]
        raise ModelError(f"{str(directory)!r} holds a {kind}, which finds no entities: choose a recogniser.")
    _require(directory, *_vocabularies(configuration))
    if (directory / ENCODER).is_dir():
        _require(directory, f"{ENCODER}/config.json")
    path = directory / DECLARATION
    try:
        return msgspec.json.decode(path.read_bytes(), type=HanlpDeclaration)
    except FileNotFoundError:
        return HanlpDeclaration()
    except (msgspec.DecodeError, OSError) as error:
        raise ModelError(f"{str(path)!r} cannot be read: {error}. Correct or remove it.") from error


def read_configuration(directory: Path) -> dict[str, Any]:
    """What ``config.json`` holds; ``classpath`` is the class of the model. Raises ``ModelError``."""
    path = directory / "config.json"
    try:
        configuration = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        raise ModelError(f"{str(path)!r} cannot be read: {error}.") from error
    if not isinstance(configuration, dict) or not isinstance(configuration.get("classpath"), str):
        kind = "a transformers" if isinstance(configuration, dict) and "model_type" in configuration else "no HanLP"
        raise ModelError(f"{str(directory)!r} holds {kind} model: choose one that was saved by HanLP.")
    return configuration


def missing_encoder(directory: Path) -> str | None:
    """The name of a model's encoder where neither its directory holds it nor the name is a path; else ``None``."""
    name = _holder(read_configuration(directory)).get(ENCODER)
    absent = isinstance(name, str) and not (directory / ENCODER).is_dir() and not Path(name).is_dir()
    return name if absent else None


def make_view(directory: Path, view: Path) -> None:
    """Fill a folder with links to a model whose configuration names the model's own encoder by its path.

    HanLP knows an encoder by its name on a hub alone, and it writes into a directory that it is told to load.
    """
    for entry in directory.resolve().iterdir():
        if entry.name != "config.json":
            (view / entry.name).symlink_to(entry)
    configuration = read_configuration(directory)
    encoder = directory.resolve() / ENCODER
    holder = _holder(configuration)
    if encoder.is_dir() and ENCODER in holder:
        holder[ENCODER] = str(encoder)
    (view / "config.json").write_text(json.dumps(configuration), encoding="utf-8")


def _holder(configuration: dict[str, Any]) -> dict[str, Any]:
    """The part that names the encoder."""
    encoder = configuration.get("encoder")
    return encoder if isinstance(encoder, dict) else configuration


def _vocabularies(configuration: dict[str, Any]) -> list[str]:
    if not configuration["classpath"].startswith(MULTI_TASK):
        return ["vocabs.json"]
    return [f"{task}_vocabs.json" for task in configuration.get("task_names", ())]


def _require(directory: Path, *names: str) -> None:
    missing = [name for name in names if not (directory / name).is_file()]
    if missing:
        raise ModelError(f"{str(directory)!r} is not a HanLP model: {', '.join(missing)} is missing.")
