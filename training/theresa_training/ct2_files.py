"""CTranslate2's ``model.bin``: read one, and write a Whisper model with the library's own specification."""

import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

Variables = dict[str, NDArray[Any]]
"""Weights by name, such as ``encoder/layer_0/ffn/linear_0/weight``."""

# CURRENT_BINARY_VERSION in ctranslate2/specs/model_spec.py; _serialize there defines the order of the fields.
_VERSION = 6
_TYPES = ("float32", "int8", "int16", "int32", "float16")


def read_variables(path: Path) -> Variables:
    """Read all variables of a Whisper model, int8 ones as float32, without aliases.

    Raises:
        ValueError: when the file is not a Whisper model in the supported format version.
    """
    variables: Variables = {}
    with path.open("rb") as file:
        if _number(file, "I") != _VERSION or _string(file) != "WhisperSpec":
            raise ValueError(f"{str(path)!r} is not a CTranslate2 Whisper model of format version {_VERSION}.")
        _number(file, "I")  # the revision of the specification
        for _ in range(_number(file, "I")):
            name = _string(file)
            shape = [_number(file, "I") for _ in range(_number(file, "B"))]
            dtype = _TYPES[_number(file, "B")]
            variables[name] = np.frombuffer(file.read(_number(file, "I")), dtype).reshape(shape)
    for name in [name for name in variables if name.endswith("_scale")]:
        weight, scale = variables[name.removesuffix("_scale")], variables.pop(name)
        variables[name.removesuffix("_scale")] = weight / _along_rows(scale, weight)
    return variables


def write_whisper(
    folder: Path, variables: Variables, heads: int, vocabulary: Sequence[str], config: Mapping[str, Any]
) -> None:
    """Write ``model.bin`` with int8 weights, ``config.json`` and ``vocabulary.json``.

    Scalar variables are omitted: the specification has its own.

    Raises:
        ValueError: when a variable is missing, or the numbers of tokens and embeddings differ.
    """
    # Imported here, because reading does not need the library.
    from ctranslate2.specs import WhisperSpec
    from ctranslate2.specs.model_spec import index_spec

    encoder_layers, decoder_layers = (layers(variables, side) for side in ("encoder", "decoder"))
    spec = WhisperSpec(encoder_layers, heads, decoder_layers, heads)
    for name, value in variables.items():
        scope, _, attribute = name.rpartition("/")
        part = index_spec(spec, scope)
        if value.ndim and hasattr(part, f"{attribute}_scale"):
            value, scale = _quantised(value)
            setattr(part, f"{attribute}_scale", scale)
        if value.ndim:
            setattr(part, attribute, value)
    # Set the alias after validation, which would mistake it for a string variable.
    spec.decoder.projection.weight = spec.decoder.embeddings.weight
    spec.register_vocabulary(vocabulary)
    for name, value in config.items():
        setattr(spec.config, name, value)
    spec.validate()
    spec.decoder.projection.weight = "decoder/embeddings/weight"
    spec.save(str(folder))


def layers(variables: Variables, side: str) -> int:
    """Return the number of layers of the ``encoder`` or ``decoder``."""
    return sum(name.startswith(f"{side}/layer_") and name.endswith("/ffn/linear_0/bias") for name in variables)


def _quantised(weight: NDArray[Any]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Return int8 weights and row scales as ``LayerSpec._quantize`` computes them, so int8 models stay unchanged."""
    most = np.abs(weight).reshape(len(weight), -1).max(axis=1)
    scale = np.where(most == 0, 1.0, 127.0 / np.where(most == 0, 1.0, most)).astype(np.float32)
    return np.rint(weight * _along_rows(scale, weight)).astype(np.int8), scale


def _along_rows(scale: NDArray[Any], weight: NDArray[Any]) -> NDArray[Any]:
    return scale.reshape(-1, *[1] * (weight.ndim - 1))


def _number(file: BinaryIO, code: str) -> int:
    return int(struct.unpack("<" + code, file.read(struct.calcsize("<" + code)))[0])


def _string(file: BinaryIO) -> str:
    return file.read(_number(file, "H"))[:-1].decode()
