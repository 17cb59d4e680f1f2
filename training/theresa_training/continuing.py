"""Go on from a finished model: CTranslate2's weights back in transformers' format, the inverse of the export."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor

from theresa_training.ct2_files import Variables, layers, read_variables
from theresa_training.errors import TrainingError
from theresa_training.launch import Workspace
from theresa_training.model import Size, make_model
from theresa_training.tokenizer import Ids


def begin_from(source: Path, workspace: Workspace, decoder_layers: int = 0) -> Size:
    """Leave the weights, the vocabulary and the size of a CTranslate2 model directory in the workspace.

    `decoder_layers`, where they are more than the model has, are what it gets.

    Raises:
        TrainingError: it is not a model of ours.
        FileNotFoundError: a file of it is missing.
    """
    try:
        variables = read_variables(source / "model.bin")
        size = size_of(variables)
        tokenizer = Tokenizer.from_file(str(source / "tokenizer.json"))
        state, had = state_of(variables, size), size.decoder_layers
        size = replace(size, decoder_layers=max(had, decoder_layers))
        model = make_model(size, tokenizer.get_vocab_size(), Ids.of(tokenizer), tokenizer.encode(" ").ids[0])
        if size.decoder_layers > had:
            state = deepened(state, model.state_dict(), had, size.decoder_layers)
        model.load_state_dict(state)
    except (ValueError, KeyError, RuntimeError) as error:
        raise TrainingError(f"The model in {str(source)!r} cannot be trained any further: {error}") from None
    workspace.root.mkdir(parents=True, exist_ok=True)
    shutil.copy(source / "tokenizer.json", workspace.tokenizer)
    workspace.size.write_text(json.dumps(asdict(size)), encoding="utf-8")
    torch.save(model.state_dict(), workspace.start)
    return size


def deepened(state: dict[str, Tensor], fresh: dict[str, Tensor], old: int, new: int) -> dict[str, Tensor]:
    """The weights with `new` instead of `old` decoder layers, which say the same as long as they are not trained.

    The layers that are added stand before the last, whose attention tells where words are; the rest of them is as in
    `fresh`, but at first they add nothing. A decoder finds its place in a long window by the words that it wrote last,
    and the more layers it has, the better.
    """
    last, moved = f"model.decoder.layers.{old - 1}.", f"model.decoder.layers.{new - 1}."
    deeper = dict(fresh)
    for name, values in state.items():
        deeper[moved + name.removeprefix(last) if name.startswith(last) else name] = values
    for number in range(old - 1, new - 1):
        for part in ("self_attn.out_proj", "encoder_attn.out_proj", "fc2"):
            for kind in ("weight", "bias"):
                name = f"model.decoder.layers.{number}.{part}.{kind}"
                deeper[name] = torch.zeros_like(fresh[name])
    return deeper


def size_of(variables: Variables) -> Size:
    """The dimensions of a model."""
    encoder, decoder = layers(variables, "encoder"), layers(variables, "decoder")
    return Size(variables["encoder/conv1/bias"].size, encoder, decoder, int(variables["encoder/num_heads"]))


def state_of(variables: Variables, size: Size) -> dict[str, Tensor]:
    """The variables under the names of transformers' `WhisperForConditionalGeneration`.

    The other way round than ctranslate2/converters/transformers.py (`WhisperLoader`): what reads the same vector is one
    matrix there, and keys have no bias here.
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
