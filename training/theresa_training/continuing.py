"""Start training from an existing model: convert CTranslate2 weights back to transformers' format."""

import json
import shutil
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor

from theresa_training.ct2_files import Variables, layers, read_variables
from theresa_training.errors import TrainingError
from theresa_training.model import ModelSize, make_model
from theresa_training.tokenizer import TokenIds
from theresa_training.train import load_checkpoint
from theresa_training.workspace import Workspace


def start_from(source: Path, workspace: Workspace, checkpoint: Path | None = None) -> ModelSize:
    """Copy the weights, the vocabulary and the dimensions of a CTranslate2 model directory to the workspace.

    Args:
        source: Directory of the model.
        workspace: Workspace to write to.
        checkpoint: Checkpoint that the model was exported from; it adds unrounded weights and the phoneme head.

    Returns:
        The dimensions of the model.

    Raises:
        TrainingError: when the model was not exported by ``theresa-train``, or the checkpoint is of another model.
        FileNotFoundError: when a file of the model is missing.
    """
    try:
        variables = read_variables(source / "model.bin")
        size = size_of(variables)
        tokenizer = Tokenizer.from_str((source / "tokenizer.json").read_text(encoding="utf-8"))
        model = make_model(size, tokenizer.get_vocab_size(), TokenIds.of(tokenizer), tokenizer.encode(" ").ids[0])
        state = load_checkpoint(checkpoint) if checkpoint else {"model": state_of(variables, size)}
        model.load_state_dict(state["model"])
    except ValueError as error:
        raise TrainingError(f"Cannot start from the model in {str(source)!r}: {error}") from None
    except (KeyError, RuntimeError) as error:
        what = f"checkpoint {str(checkpoint)!r}" if checkpoint else f"model in {str(source)!r}"
        reason = f"{error} is missing" if isinstance(error, KeyError) else "its dimensions differ from the model's"
        raise TrainingError(f"Cannot start from the {what}: {reason}.") from None
    workspace.root.mkdir(parents=True, exist_ok=True)
    shutil.copy(source / "tokenizer.json", workspace.tokenizer)
    workspace.size.write_text(json.dumps(asdict(size)), encoding="utf-8")
    torch.save({part: state[part] for part in ("model", "head") if part in state}, workspace.start)
    return size


def size_of(variables: Variables) -> ModelSize:
    """Return the dimensions of a model."""
    encoder, decoder = layers(variables, "encoder"), layers(variables, "decoder")
    return ModelSize(variables["encoder/conv1/bias"].size, encoder, decoder, int(variables["encoder/num_heads"]))


def state_of(variables: Variables, size: ModelSize) -> dict[str, Tensor]:
    """Return the variables under the names of transformers' ``WhisperForConditionalGeneration``.

    The inverse of ``WhisperLoader`` in ctranslate2/converters/transformers.py: CTranslate2 fuses projections of the
    same vector into one matrix, and transformers has no bias for keys.
    """
    state: dict[str, Tensor] = {}

    def put(name: str, variable: str, part: slice = slice(None)) -> None:
        for theirs, ours in (("weight", "weight"), ("bias", "bias"), ("gamma", "weight"), ("beta", "bias")):
            if f"{variable}/{theirs}" in variables and not (theirs == "bias" and name.endswith("k_proj")):
                values = np.array(variables[f"{variable}/{theirs}"][part], np.float32)
                state[f"model.{name}.{ours}"] = torch.from_numpy(values)

    def table(name: str, variable: str) -> None:
        state[f"model.{name}.weight"] = torch.from_numpy(np.array(variables[variable], np.float32))

    first, second, third = (slice(at * size.width, (at + 1) * size.width) for at in range(3))
    put("encoder.conv1", "encoder/conv1")
    put("encoder.conv2", "encoder/conv2")
    table("decoder.embed_tokens", "decoder/embeddings/weight")
    for side, count in (("encoder", size.encoder_layers), ("decoder", size.decoder_layers)):
        table(f"{side}.embed_positions", f"{side}/position_encodings/encodings")
        put(f"{side}.layer_norm", f"{side}/layer_norm")
        for number in range(count):
            ours, theirs = f"{side}.layers.{number}", f"{side}/layer_{number}"
            for projection, part in (("q", first), ("k", second), ("v", third)):
                put(f"{ours}.self_attn.{projection}_proj", f"{theirs}/self_attention/linear_0", part)
            put(f"{ours}.self_attn.out_proj", f"{theirs}/self_attention/linear_1")
            put(f"{ours}.self_attn_layer_norm", f"{theirs}/self_attention/layer_norm")
            put(f"{ours}.fc1", f"{theirs}/ffn/linear_0")
            put(f"{ours}.fc2", f"{theirs}/ffn/linear_1")
            put(f"{ours}.final_layer_norm", f"{theirs}/ffn/layer_norm")
            if side == "decoder":
                put(f"{ours}.encoder_attn.q_proj", f"{theirs}/attention/linear_0")
                put(f"{ours}.encoder_attn.k_proj", f"{theirs}/attention/linear_1", first)
                put(f"{ours}.encoder_attn.v_proj", f"{theirs}/attention/linear_1", second)
                put(f"{ours}.encoder_attn.out_proj", f"{theirs}/attention/linear_2")
                put(f"{ours}.encoder_attn_layer_norm", f"{theirs}/attention/layer_norm")
    state["proj_out.weight"] = state["model.decoder.embed_tokens.weight"]
    return state
