"""The files of a model directory: validate them and read the model's declaration."""

from pathlib import Path

import msgspec

from theresa_protocol.messages import Task
from theresa_server.engine.whisper.features import EncoderContext
from theresa_server.speech.recognition import ModelError

DECLARATION = "theresa.json"
"""An optional file next to the weights that describes the model to Theresa."""

_CONVERT = (
    "ct2-transformers-converter --model {directory} --output_dir OUT --quantization int8 "
    "--copy_files tokenizer.json preprocessor_config.json"
)


class WhisperDeclaration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The content of ``theresa.json``; every field is optional."""

    name: str | None = None
    """The name clients use for the model."""
    description: str = ""
    """One line on the purpose of the model."""
    languages: tuple[str, ...] | None = None
    """The language codes the model was trained on, if fewer than its vocabulary has."""
    tasks: tuple[Task, ...] | None = None
    """What the model was trained for: ``transcribe``, ``translate`` or both."""
    encoder_context: EncoderContext | None = None
    """The short encoder windows the model was trained on."""
    condition_on_previous_text: bool = True
    """Whether the text of the previous segment helps the model; ``false`` if it was not trained on such context."""


def validate_model_directory(directory: Path) -> None:
    """Check that a directory holds all files of a CTranslate2 Whisper model.

    Raises:
        ModelError: a file is missing, or the directory holds something else; the message says what to do.
    """
    if not directory.exists():
        raise ModelError(f"there is no model directory {str(directory)!r}: check the path given to --model.")
    if not directory.is_dir():
        raise ModelError(f"{str(directory)!r} is not a directory: --model takes the directory that holds model.bin.")
    present = {path.name for path in directory.iterdir()}
    if "model.bin" not in present:
        if any(name.endswith(".safetensors") or name.startswith("pytorch_model") for name in present):
            convert = _CONVERT.format(directory=directory)
            raise ModelError(f"{str(directory)!r} holds a transformers model: convert it with `{convert}`.")
        raise ModelError(
            f"{str(directory)!r} is not a CTranslate2 model: model.bin is missing. "
            "Use the output directory of ct2-transformers-converter."
        )
    if "tokenizer.json" not in present:
        raise ModelError(f"{str(directory)!r} has no tokenizer.json: copy it from the original model.")
    if "config.json" not in present or not any(name.startswith("vocabulary.") for name in present):
        missing = "config.json" if "config.json" not in present else "vocabulary.json"
        raise ModelError(f"{str(directory)!r} has no {missing}: the model is incomplete, convert or copy it again.")


def read_declaration(directory: Path) -> WhisperDeclaration:
    """Return the declaration of a model; it is empty if the directory has no ``theresa.json``.

    Raises:
        ModelError: the file is invalid.
    """
    path = directory / DECLARATION
    try:
        return msgspec.json.decode(path.read_bytes(), type=WhisperDeclaration)
    except FileNotFoundError:
        return WhisperDeclaration()
    except (msgspec.DecodeError, UnicodeDecodeError, OSError) as error:
        raise ModelError(f"{str(path)!r} cannot be read: {error}. Correct or remove it.") from error
