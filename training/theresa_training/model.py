"""The demo model: Whisper's architecture with a few million parameters, its initialisation and forward pass.

The parameters live in transformers' ``WhisperForConditionalGeneration``, which also saves and converts them. The
forward pass is written out because training needs the cross-attention weights and windows of any length.
"""

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import GenerationConfig, WhisperConfig, WhisperForConditionalGeneration

from theresa_training.features import MELS
from theresa_training.tokenizer import LANGUAGE_CODES, TokenIds

ALIGNMENT_HEADS = 2
"""Heads of the last decoder layer trained to attend to the current word; CTranslate2's ``align()`` reads them."""

# Initial attention offsets of the encoder heads per layer, in frames of 20 ms.
_OFFSETS = ((-3, -1, 1, 3), (-6, -2, 2, 6), (-10, -4, 4, 10), (-20, -8, 8, 20))


@dataclass(frozen=True, slots=True)
class ModelSize:
    """Dimensions of the model."""

    width: int = 160
    encoder_layers: int = 4
    decoder_layers: int = 2
    heads: int = 4


def make_config(size: ModelSize, vocabulary: int, ids: TokenIds) -> WhisperConfig:
    """Return a ``WhisperConfig`` without dropout: augmentation is the regularisation."""
    end = ids.end_of_text
    return WhisperConfig(
        vocab_size=vocabulary,
        num_mel_bins=MELS,
        d_model=size.width,
        encoder_layers=size.encoder_layers,
        decoder_layers=size.decoder_layers,
        encoder_attention_heads=size.heads,
        decoder_attention_heads=size.heads,
        encoder_ffn_dim=size.width * 4,
        decoder_ffn_dim=size.width * 4,
        max_source_positions=1500,
        max_target_positions=448,
        pad_token_id=end,
        bos_token_id=end,
        eos_token_id=end,
        decoder_start_token_id=ids.start_of_transcript,
        dropout=0.0,
        suppress_tokens=None,
        begin_suppress_tokens=None,
    )


def make_generation_config(size: ModelSize, ids: TokenIds, blank: int) -> GenerationConfig:
    """Return what converters and faster-whisper read: language ids, alignment heads, suppressed tokens."""
    last = size.decoder_layers - 1
    return GenerationConfig(  # type: ignore[no-untyped-call]
        bos_token_id=ids.end_of_text,
        eos_token_id=ids.end_of_text,
        pad_token_id=ids.end_of_text,
        decoder_start_token_id=ids.start_of_transcript,
        max_length=448,
        suppress_tokens=[],
        begin_suppress_tokens=[blank, ids.end_of_text],
        is_multilingual=True,
        lang_to_id={f"<|{code}|>": ids.languages[code] for code in LANGUAGE_CODES},
        task_to_id={"transcribe": ids.transcribe, "translate": ids.transcribe - 1},
        no_timestamps_token_id=ids.no_timestamps,
        max_initial_timestamp_index=50,
        alignment_heads=[[last, head] for head in range(ALIGNMENT_HEADS)],
        return_timestamps=False,
    )


def make_model(
    size: ModelSize, vocabulary: int, ids: TokenIds, blank: int, seed: int = 0
) -> WhisperForConditionalGeneration:
    """Return a new model, initialised so that it learns from scratch within minutes.

    The library's initialisation (normal, 0.02) leaves the audio 50 times fainter than the position table. The encoder's
    attention starts out local, because learning this would take most of the training.
    """
    torch.manual_seed(seed)
    model = WhisperForConditionalGeneration(make_config(size, vocabulary, ids))
    model.generation_config = make_generation_config(size, ids, blank)
    for name, parameter in model.named_parameters():
        if parameter.dim() == 3:
            gain = 2.0 if "conv1" in name else 2.2
            nn.init.normal_(parameter, std=gain / math.sqrt(parameter.shape[1] * parameter.shape[2]))
        elif parameter.dim() == 2 and "embed" not in name and "proj_out" not in name:
            nn.init.xavier_uniform_(parameter)
    body = model.model
    with torch.no_grad():
        for layer in [*body.encoder.layers, *body.decoder.layers]:
            layer.fc2.weight.mul_(0.5)
            layer.self_attn.out_proj.weight.mul_(0.5)
    nn.init.normal_(body.decoder.embed_tokens.weight, std=0.05)
    nn.init.normal_(body.decoder.embed_positions.weight, std=0.02)
    for layer, offsets in zip(body.encoder.layers, _OFFSETS, strict=False):
        _attend_locally(layer.self_attn, size, offsets)
    body.encoder.embed_positions.weight.requires_grad_(False)
    return model


def _attend_locally(attention: Any, size: ModelSize, offsets: tuple[int, ...], sharpness: float = 1.8) -> None:
    """Let each head's query-key product peak at a fixed frame offset.

    The position table holds (sin wt, cos wt) pairs; a key rotated by w * offset turns their product into a sum of
    cos w(t - s + offset).
    """
    half, per_head = size.width // 2, size.width // size.heads
    count = per_head // 2
    columns = [round(i * half * 0.5 / max(1, count - 1)) for i in range(count)]
    with torch.no_grad():
        attention.q_proj.weight.mul_(0.25)
        attention.k_proj.weight.mul_(0.25)
        for head in range(size.heads):
            offset = offsets[head % len(offsets)]
            for index, column in enumerate(columns):
                speed = math.exp(-math.log(10_000) / (half - 1) * column)
                sine, cosine = head * per_head + index, head * per_head + count + index
                turn_cos, turn_sin = math.cos(speed * offset), math.sin(speed * offset)
                attention.q_proj.weight[sine, column] += sharpness
                attention.q_proj.weight[cosine, half + column] += sharpness
                attention.k_proj.weight[sine, column] += sharpness * turn_cos
                attention.k_proj.weight[sine, half + column] -= sharpness * turn_sin
                attention.k_proj.weight[cosine, half + column] += sharpness * turn_cos
                attention.k_proj.weight[cosine, column] += sharpness * turn_sin


def _attend(layer: Any, queries: Tensor, keys: Tensor, heads: int, causal: bool = False) -> tuple[Tensor, Tensor]:
    """Return multi-head attention and its weights, written out.

    On a CPU in bfloat16 its backward pass is 1.5 times faster than that of the fused kernel.
    """
    batch, length, width = queries.shape

    def split(tensor: Tensor) -> Tensor:
        return tensor.view(batch, -1, heads, width // heads).transpose(1, 2)

    scores = (split(layer.q_proj(queries)) * (width // heads) ** -0.5) @ split(layer.k_proj(keys)).transpose(2, 3)
    if causal:
        scores = scores + torch.full((length, length), -1e4, dtype=scores.dtype, device=scores.device).triu(1)
    weights = scores.softmax(-1)
    mixed = (weights @ split(layer.v_proj(keys))).transpose(1, 2).reshape(batch, length, width)
    return layer.out_proj(mixed), weights


def _attention(layer: Any, queries: Tensor, keys: Tensor, heads: int, causal: bool = False) -> Tensor:
    """Return multi-head attention without its weights."""
    if queries.device.type == "cpu":
        return _attend(layer, queries, keys, heads, causal)[0]
    return _fused(layer, queries, keys, heads, causal)


def _fused(layer: Any, queries: Tensor, keys: Tensor, heads: int, causal: bool = False) -> Tensor:
    """Return multi-head attention by the fused kernel, which on a GPU does not store the weights."""
    batch, length, width = queries.shape

    def split(tensor: Tensor) -> Tensor:
        return tensor.view(batch, -1, heads, width // heads).transpose(1, 2)

    parts = split(layer.q_proj(queries)), split(layer.k_proj(keys)), split(layer.v_proj(keys))
    mixed = functional.scaled_dot_product_attention(*parts, is_causal=causal)
    return layer.out_proj(mixed.transpose(1, 2).reshape(batch, length, width))  # type: ignore[no-any-return]


def encode(model: WhisperForConditionalGeneration, features: Tensor) -> Tensor:
    """Encode log-mel features (n, 80, frames) to (n, frames / 2, width), for any even number of frames up to 3000."""
    encoder, heads = model.model.encoder, model.config.encoder_attention_heads
    hidden = functional.gelu(encoder.conv1(features))
    hidden = functional.gelu(encoder.conv2(hidden)).transpose(1, 2)
    hidden = hidden + encoder.embed_positions.weight[: hidden.shape[1]]
    for layer in encoder.layers:
        normed = layer.self_attn_layer_norm(hidden)
        hidden = hidden + _attention(layer.self_attn, normed, normed, heads)
        hidden = hidden + layer.fc2(functional.gelu(layer.fc1(layer.final_layer_norm(hidden))))
    return encoder.layer_norm(hidden)  # type: ignore[no-any-return]


def decode(model: WhisperForConditionalGeneration, tokens: Tensor, memory: Tensor) -> tuple[Tensor, Tensor]:
    """Return logits (n, tokens, vocabulary) and the last layer's cross-attention (n, heads, tokens, frames / 2)."""
    decoder, heads = model.model.decoder, model.config.decoder_attention_heads
    hidden = decoder.embed_tokens(tokens) + decoder.embed_positions.weight[: tokens.shape[1]]
    weights = hidden
    for layer in decoder.layers:
        normed = layer.self_attn_layer_norm(hidden)
        hidden = hidden + _attention(layer.self_attn, normed, normed, heads, causal=True)
        normed = layer.encoder_attn_layer_norm(hidden)
        if layer is decoder.layers[-1]:
            crossed, weights = _attend(layer.encoder_attn, normed, memory, heads)
        else:
            crossed = _attention(layer.encoder_attn, normed, memory, heads)
        hidden = hidden + crossed
        hidden = hidden + layer.fc2(functional.gelu(layer.fc1(layer.final_layer_norm(hidden))))
    return functional.linear(decoder.layer_norm(hidden), decoder.embed_tokens.weight), weights
