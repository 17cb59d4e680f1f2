"""A model's directory: is it a CTranslate2 Whisper model, and what does it say about itself."""

from pathlib import Path

import msgspec

from theresa_server.engine.whisper.features import EncoderContext
from theresa_server.speech.recognition import ModelError

DECLARATION = "theresa.json"
"""The file, beside a model's weights, in which its maker says what Theresa may expect of it."""

_CONVERT = (
    "ct2-transformers-converter --model {directory} --output_dir OUT --quantization int8 "
    "--copy_files tokenizer.json preprocessor_config.json"
)


class WhisperDeclaration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `theresa.json` holds; every field may be left out.

    Attributes:
        name: what the model is called in messages.
        description: one line on what it is for.
        languages: the codes it was trained on, where fewer than its vocabulary has.
        encoder_context: the short windows it was trained to understand.
    """

    name: str | None = None
    description: str = ""
    languages: tuple[str, ...] | None = None
    encoder_context: EncoderContext | None = None


def check(directory: Path) -> None:
    """Make sure that a directory holds all files of a CTranslate2 Whisper model.

    Raises:
        ModelError: it does not; the message says what it is instead, or what is missing, and what to do.
    """
    if not directory.exists():
        raise ModelError(f"there is no model directory {str(directory)!r}: check the path given to --model.")
    if not directory.is_dir():
        raise ModelError(f"{str(directory)!r} is not a directory: --model takes the directory with model.bin in it.")
    present = {path.name for path in directory.iterdir()}
    if "model.bin" not in present:
        if any(name.endswith(".safetensors") or name.startswith("pytorch_model") for name in present):
            convert = _CONVERT.format(directory=directory)
            raise ModelError(f"{str(directory)!r} holds a transformers model: convert it with `{convert}`.")
        raise ModelError(
            f"{str(directory)!r} is not a CTranslate2 model: model.bin is missing. "
            "Give the directory that ct2-transformers-converter wrote."
        )
    if "tokenizer.json" not in present:
        raise ModelError(f"{str(directory)!r} has no tokenizer.json: copy it there from the model it was made from.")
    if "config.json" not in present or not any(name.startswith("vocabulary.") for name in present):
        missing = "config.json" if "config.json" not in present else "vocabulary.json"
        raise ModelError(f"{str(directory)!r} has no {missing}: the model is incomplete, convert or copy it again.")


def declaration(directory: Path) -> WhisperDeclaration:
    """Read what a model says about itself; where it has no `theresa.json`, nothing.

    Raises:
        ModelError: the file is not as it should be.
    """
    path = directory / DECLARATION
    try:
        return msgspec.json.decode(path.read_bytes(), type=WhisperDeclaration)
    except FileNotFoundError:
        return WhisperDeclaration()
    except (msgspec.DecodeError, UnicodeDecodeError, OSError) as error:
        raise ModelError(f"{str(path)!r} cannot be read: {error}. Correct or remove it.") from error
