"""Widen a Whisper model to larger dimensions without changing its output.

- The hidden vector is repeated as often as it fits into the new width; the remaining dimensions hold its mean. Layer
  normalisation then sees the original mean, and the original variance up to a known factor that its gain compensates
  for. Projections that read the vector read the average of the copies and ignore the remaining dimensions.
- Heads and feed-forward layers are padded with units whose output is zero. Queries compensate for the new head size.
- Additional layers add zero. Additional tokens get a bias that no score can outweigh.

The int8 values do not change, only their scales. Two details are approximate. The encoder's first hidden vector is the
output of a GELU, so no projection can write its mean to the remaining dimensions: they hold its typical mean, which
changes a normalisation by about a thousandth. With more mel bands, each original band is interpolated between two new
ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theresa_training.ct2_files import Variables, layers
from theresa_training.errors import TrainingError

Array = NDArray[Any]

NEVER = -10_000.0
"""Bias of additional tokens."""

TYPICAL_MEAN = 0.46
"""Mean of the encoder's convolutions over hidden units and time, on the demo model's recordings (0.449 to 0.463)."""


class TwinError(TrainingError):
    """A model cannot be widened."""


@dataclass(frozen=True, slots=True)
class WhisperDimensions:
    """The dimensions of a Whisper model (openai/whisper, ``ModelDimensions``)."""

    width: int
    heads: int
    encoder_layers: int
    decoder_layers: int
    vocabulary: int = 51_865
    mels: int = 80


SIZES = {
    "tiny": WhisperDimensions(384, 6, 4, 4),
    "base": WhisperDimensions(512, 8, 6, 6),
    "small": WhisperDimensions(768, 12, 12, 12),
    "large-v3-turbo": WhisperDimensions(1280, 20, 32, 4, vocabulary=51_866, mels=128),
}


class Widening:
    """The conversion of one model to larger dimensions."""

    def __init__(self, variables: Variables, size: WhisperDimensions) -> None:
        """Prepare the conversion.

        Args:
            variables: Weights of the model, not quantised.
            size: Dimensions to widen the model to.

        Raises:
            TwinError: when one of the dimensions is smaller than the model's.
        """
        self._old = variables
        self._size = size
        self._narrow = variables["encoder/conv1/bias"].size
        heads = int(variables["encoder/num_heads"])
        copies, self._rest = divmod(size.width, self._narrow)
        self._copies = copies
        head, wide_head = self._narrow // heads, size.width // size.heads
        self._layers = {side: layers(variables, side) for side in ("encoder", "decoder")}
        has, wanted = [*self._layers.values()], [size.encoder_layers, size.decoder_layers]
        if copies < 1 or size.heads < heads or wide_head < head or has > wanted:
            raise TwinError(f"A model of width {self._narrow} with {heads} heads cannot be widened to {size}.")
        self._hidden = np.concatenate([np.tile(np.arange(self._narrow), copies), np.full(self._rest, -1)])
        self._inner = _filled(np.arange(4 * self._narrow), 4 * size.width)
        places = np.full((size.heads, wide_head), -1)
        places[:heads, :head] = np.arange(self._narrow).reshape(heads, head)
        self._in_heads = places.ravel()
        self._query_gain = (wide_head / head) ** 0.5  # attention divides scores by the root of the head size

    def widened(self, ids: Sequence[int]) -> Variables:
        """Return all variables at the new size; ``ids`` are the new ids of the model's tokens."""
        new = self._convolutions() | self._embeddings(ids)
        for side, count in (("encoder", self._size.encoder_layers), ("decoder", self._size.decoder_layers)):
            new |= self._norm(f"{side}/layer_norm")
            for number in range(count):
                new |= self._layer(f"{side}/layer_{number}", f"{side}/layer_{min(number, self._layers[side] - 1)}")
        for name in [name for name in new if self._is_silent(name)]:
            new[name] = np.zeros_like(new[name])
        return new

    def _convolutions(self) -> Variables:
        first, bias = self._old["encoder/conv1/weight"], self._old["encoder/conv1/bias"]
        rows = _filled(np.arange(self._narrow), self._size.width)
        second = _picked(self._old["encoder/conv2/weight"], self._hidden)
        return {
            "encoder/conv1/weight": _picked(_between_bands(first, self._size.mels), rows),
            "encoder/conv1/bias": _picked(bias, rows),
            "encoder/conv2/weight": _picked(second, rows, axis=1),
            "encoder/conv2/bias": _picked(self._old["encoder/conv2/bias"], self._hidden),
        }

    def _embeddings(self, ids: Sequence[int]) -> Variables:
        words = np.zeros((self._size.vocabulary, self._size.width), np.float32)
        words[ids] = self._written(self._old["decoder/embeddings/weight"].T).T
        bias = np.full(self._size.vocabulary, NEVER, np.float32)
        bias[ids] = 0
        new = {"decoder/embeddings/weight": words, "decoder/projection/bias": bias}
        for side, mean in (("encoder", TYPICAL_MEAN), ("decoder", 0.0)):
            places = self._written(self._old[f"{side}/position_encodings/encodings"].T).T
            places[:, self._size.width - self._rest :] += mean
            new[f"{side}/position_encodings/encodings"] = places
        return new

    def _norm(self, name: str, old: str = "") -> Variables:
        """Widen gain and offset. The embeddings read ``decoder/layer_norm`` and hold every copy of the vector."""
        gain, offset = (self._old[f"{old or name}/{part}"] for part in ("gamma", "beta"))
        share = self._copies * self._narrow / self._size.width  # of the old variance in the new one
        reads = 1 / self._copies if name == "decoder/layer_norm" else 1.0
        return {
            f"{name}/gamma": _picked(gain, self._hidden) * np.float32(share**0.5 * reads),
            f"{name}/beta": _picked(offset, self._hidden) * np.float32(reads),
        }

    def _layer(self, name: str, old: str) -> Variables:
        """Widen the encoder or decoder layer ``old``."""
        new = self._norm(f"{name}/ffn/layer_norm", f"{old}/ffn/layer_norm")
        new |= self._linear(f"{name}/ffn/linear_0", f"{old}/ffn/linear_0", [self._inner])
        new |= self._linear(f"{name}/ffn/linear_1", f"{old}/ffn/linear_1", None, self._inner)
        for part in ("self_attention", "attention"):
            if f"{old}/{part}/linear_0/bias" not in self._old:
                continue  # the encoder has no cross-attention
            new |= self._norm(f"{name}/{part}/layer_norm", f"{old}/{part}/layer_norm")
            last = "linear_1" if part == "self_attention" else "linear_2"
            # Self-attention fuses queries, keys and values in one matrix; cross-attention fuses only keys and values.
            blocks = {"linear_0": 3} if part == "self_attention" else {"linear_0": 1, "linear_1": 2}
            for linear, count in blocks.items():
                new |= self._linear(f"{name}/{part}/{linear}", f"{old}/{part}/{linear}", [self._in_heads] * count)
            for kind in ("weight", "bias"):
                new[f"{name}/{part}/linear_0/{kind}"][: self._size.width] *= np.float32(self._query_gain)
            new |= self._linear(f"{name}/{part}/{last}", f"{old}/{part}/{last}", None, self._in_heads)
        return new

    def _linear(self, name: str, old: str, blocks: list[Array] | None, columns: Array | None = None) -> Variables:
        """Widen a projection.

        Args:
            name: New name.
            old: Old name.
            blocks: Row indices block by block; ``None`` for a projection that writes to the hidden vector.
            columns: Column indices; ``None`` for a projection that reads the average of the hidden vector's copies.
        """
        weight, bias = self._old[f"{old}/weight"], self._old[f"{old}/bias"]
        if blocks is None:
            weight, bias = self._written(weight), self._written(bias)
        else:
            height = len(bias) // len(blocks)
            rows = np.concatenate([np.where(block < 0, -1, block + at * height) for at, block in enumerate(blocks)])
            weight, bias = _picked(weight, rows), _picked(bias, rows)
        if columns is None:
            weight = _picked(weight, self._hidden, axis=1) / np.float32(self._copies)
        else:
            weight = _picked(weight, columns, axis=1)
        return {f"{name}/weight": weight, f"{name}/bias": bias}

    def _written(self, values: Array) -> Array:
        """Return rows in the layout of the hidden vector: copies, then their mean."""
        mean = np.repeat(values.mean(axis=0, keepdims=True), self._rest, axis=0)
        return np.concatenate([np.tile(values, (self._copies, *[1] * (values.ndim - 1))), mean]).astype(np.float32)

    def _is_silent(self, name: str) -> bool:
        """Return whether a variable projects to the hidden vector in an additional layer."""
        side, layer, *rest = name.split("/")
        if not layer.startswith("layer_") or layer == "layer_norm" or int(layer[6:]) < self._layers[side]:
            return False
        return rest[:2] in (["ffn", "linear_1"], ["self_attention", "linear_1"], ["attention", "linear_2"])


def _filled(indices: Array, length: int) -> Array:
    return np.concatenate([indices, np.full(length - len(indices), -1)])


def _picked(values: Array, indices: Array, axis: int = 0) -> Array:
    """Return the rows (or columns) at these indices; zeros where an index is -1."""
    taken = np.take(values, indices, axis).astype(np.float32)
    np.moveaxis(taken, axis, 0)[indices < 0] = 0
    return taken


def _between_bands(weight: Array, bands: int) -> Array:
    """Widen a convolution to more mel bands: interpolate each old band between the new bands around its centre.

    The centres of n bands lie at 1/(n + 1), 2/(n + 1), … of the mel scale.
    """
    old = weight.shape[1]
    if bands == old:
        return weight
    places = np.arange(1, old + 1) * (bands + 1) / (old + 1) - 1
    spread = np.maximum(0, 1 - np.abs(places[:, None] - np.arange(bands)))
    return np.asarray(np.einsum("obk,bn->onk", weight, spread))
