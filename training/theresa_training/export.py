"""Export a checkpoint as a CTranslate2 int8 directory with its tokenizer and ``theresa.json``."""

import json
import logging
import shutil
import tempfile
import warnings
from pathlib import Path

from ctranslate2.converters import TransformersConverter

from theresa_training.errors import TrainingError
from theresa_training.features import HOP, MAX_FRAMES, MELS, RATE_HZ
from theresa_training.launch import new_model
from theresa_training.model import ModelSize
from theresa_training.train import Model, load_checkpoint
from theresa_training.workspace import Workspace

ENCODER_CONTEXT = {"floor_ms": 1000, "margin_ms": 500}
"""The shortest encoder window and the zeros after the speech that the model is trained with."""

DESCRIPTION = (
    "Demo model for trying out, testing and developing: a small domain in synthetic English and Mandarin speech."
)


class ExportError(TrainingError):
    """There is no checkpoint to export."""


def load_trained(workspace: Workspace) -> Model:
    """Load the model from the workspace's checkpoint.

    Raises:
        ExportError: when there is no checkpoint.
    """
    if not workspace.checkpoint.exists():
        raise ExportError(f"No checkpoint in {workspace.root}: run `theresa-train train` first.")
    size = ModelSize(**json.loads(workspace.size.read_text(encoding="utf-8")))
    model, _ = new_model(workspace, size)
    model.load_state_dict(load_checkpoint(workspace.checkpoint)["model"])
    return model


def write_transformers(model: Model, tokenizer: Path, folder: Path) -> None:
    """Save a model in transformers' format, with the additional files that converters require."""
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(folder)
    shutil.copy(tokenizer, folder / "tokenizer.json")
    end = "<|endoftext|>"
    tokens = dict.fromkeys(("eos_token", "bos_token", "unk_token", "pad_token"), end)
    _write(
        folder / "tokenizer_config.json",
        {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": 448} | tokens,
    )
    preprocessor = {
        "feature_extractor_type": "WhisperFeatureExtractor",
        "processor_class": "WhisperProcessor",
        "feature_size": MELS,
        "sampling_rate": RATE_HZ,
        "hop_length": HOP,
        "chunk_length": 30,
        "n_fft": 400,
        "n_samples": MAX_FRAMES * HOP,
        "nb_max_frames": MAX_FRAMES,
        "padding_side": "right",
        "padding_value": 0.0,
        "return_attention_mask": False,
    }
    _write(folder / "preprocessor_config.json", preprocessor)


def convert(model: Model, tokenizer: Path, target: Path, quantization: str = "int8") -> None:
    """Write the CTranslate2 directory ``target`` with ``theresa.json``, replacing existing files."""
    with tempfile.TemporaryDirectory() as scratch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logging.getLogger("transformers").setLevel(logging.ERROR)
        write_transformers(model, tokenizer, Path(scratch))
        converter = TransformersConverter(scratch, copy_files=["tokenizer.json", "preprocessor_config.json"])
        staged = Path(scratch) / "converted"
        converter.convert(str(staged), quantization=quantization)
        target.mkdir(parents=True, exist_ok=True)
        for path in staged.iterdir():
            shutil.copy(path, target / path.name)
    facts = {
        "name": "demo",
        "languages": ["en", "zh"],
        "tasks": ["transcribe"],
        "description": DESCRIPTION,
        "encoder_context": ENCODER_CONTEXT,
        "condition_on_previous_text": False,
    }
    _write(target / "theresa.json", facts)


def export(workspace: Workspace, target: Path) -> None:
    """Convert the workspace's checkpoint to ``target``."""
    convert(load_trained(workspace), workspace.tokenizer, target)


def _write(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
