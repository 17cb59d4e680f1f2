"""The weights of a Whisper model at a larger size, saying the same.

- The hidden vector is repeated as often as it fits into the new width, and what is left over holds its mean. So a
  layer normalisation finds the mean that it found before, and the variance but for a known factor, for which its gain
  makes up. What reads the vector reads the average of the copies, and nothing of the rest.
- Heads and inner layers are filled up with units that give zero. Queries make up for the other size of a head.
- Layers behind the last add zero. Tokens that were added have a bias that no score makes up for.

The int8 numbers stay as they are; only their scales change. Two things are not exact. The encoder's first sum comes out
of a GELU, so that no projection can put its mean into what is left over: that holds what the mean usually is, which
changes a normalisation by about a thousandth. And where the mel bands are more, each old one is read between two new
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
USUAL_MEAN = 0.46
"""Mean of the encoder's convolutions over hidden units and time, on the demo model's recordings (0.449 to 0.463)."""


class TwinError(TrainingError):
    """A model cannot be widened; the message is one clear sentence."""


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
    """One model on its way to another size.

    Args:
        variables: of the model, not quantised.
        size: to come to.

    Raises:
        TwinError: the size is smaller in one respect.
    """

    def __init__(self, variables: Variables, size: WhisperDimensions) -> None:
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
        self._louder = (wide_head / head) ** 0.5  # attention divides scores by the root of a head's size

    def widened(self, ids: Sequence[int]) -> Variables:
        """All variables at the new size; ``ids`` are the tokens' new numbers."""
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
        for side, usual in (("encoder", USUAL_MEAN), ("decoder", 0.0)):
            places = self._written(self._old[f"{side}/position_encodings/encodings"].T).T
            places[:, self._size.width - self._rest :] += usual
            new[f"{side}/position_encodings/encodings"] = places
        return new

    def _norm(self, name: str, old: str = "") -> Variables:
        """Gain and offset; ``decoder/layer_norm`` is read by the embeddings, which hold the vector in all its copies."""
        gain, offset = (self._old[f"{old or name}/{part}"] for part in ("gamma", "beta"))
        share = self._copies * self._narrow / self._size.width  # of the old variance in the new one
        reads = 1 / self._copies if name == "decoder/layer_norm" else 1.0
        return {
            f"{name}/gamma": _picked(gain, self._hidden) * np.float32(share**0.5 * reads),
            f"{name}/beta": _picked(offset, self._hidden) * np.float32(reads),
        }

    def _layer(self, name: str, old: str) -> Variables:
        """One layer of encoder or decoder; ``old`` is the one that it comes from."""
        new = self._norm(f"{name}/ffn/layer_norm", f"{old}/ffn/layer_norm")
        new |= self._linear(f"{name}/ffn/linear_0", f"{old}/ffn/linear_0", [self._inner])
        new |= self._linear(f"{name}/ffn/linear_1", f"{old}/ffn/linear_1", None, self._inner)
        for part in ("self_attention", "attention"):
            if f"{old}/{part}/linear_0/bias" not in self._old:
                continue  # an encoder has no attention to another one
            new |= self._norm(f"{name}/{part}/layer_norm", f"{old}/{part}/layer_norm")
            last = "linear_1" if part == "self_attention" else "linear_2"
            # Queries, keys and values are one matrix where they read the same, queries and the rest two where not.
            blocks = {"linear_0": 3} if part == "self_attention" else {"linear_0": 1, "linear_1": 2}
            for linear, count in blocks.items():
                new |= self._linear(f"{name}/{part}/{linear}", f"{old}/{part}/{linear}", [self._in_heads] * count)
            for kind in ("weight", "bias"):
                new[f"{name}/{part}/linear_0/{kind}"][: self._size.width] *= np.float32(self._louder)
            new |= self._linear(f"{name}/{part}/{last}", f"{old}/{part}/{last}", None, self._in_heads)
        return new

    def _linear(self, name: str, old: str, blocks: list[Array] | None, columns: Array | None = None) -> Variables:
        """A projection: ``blocks`` pick its rows, block by block; without, it writes to the hidden vector.

        ``columns`` pick what it reads; without, it reads the average of the hidden vector's copies.
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
        """Rows as the hidden vector holds them: copies, then their mean."""
        mean = np.repeat(values.mean(axis=0, keepdims=True), self._rest, axis=0)
        return np.concatenate([np.tile(values, (self._copies, *[1] * (values.ndim - 1))), mean]).astype(np.float32)

    def _is_silent(self, name: str) -> bool:
        """Whether it is a projection to the hidden vector in a layer that the old model does not have."""
        side, layer, *rest = name.split("/")
        if not layer.startswith("layer_") or layer == "layer_norm" or int(layer[6:]) < self._layers[side]:
            return False
        return rest[:2] in (["ffn", "linear_1"], ["self_attention", "linear_1"], ["attention", "linear_2"])


def _filled(indices: Array, length: int) -> Array:
    return np.concatenate([indices, np.full(length - len(indices), -1)])


def _picked(values: Array, indices: Array, axis: int = 0) -> Array:
    """The rows (or columns) of these numbers; zeros where a number is -1."""
    taken = np.take(values, indices, axis).astype(np.float32)
    np.moveaxis(taken, axis, 0)[indices < 0] = 0
    return taken


def _between_bands(weight: Array, bands: int) -> Array:
    """A convolution over more mel bands: what read a band reads between the two whose centres are around its own.

    The centres of n bands lie at 1/(n + 1), 2/(n + 1), … of the mel scale.
    """
    old = weight.shape[1]
    if bands == old:
        return weight
    places = np.arange(1, old + 1) * (bands + 1) / (old + 1) - 1
    spread = np.maximum(0, 1 - np.abs(places[:, None] - np.arange(bands)))
    return np.asarray(np.einsum("obk,bn->onk", weight, spread))
