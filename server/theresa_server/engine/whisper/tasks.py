"""What a Whisper model can do, as far as its files tell."""

import json
from pathlib import Path

from theresa_protocol.messages import Task

BOTH: tuple[Task, ...] = ("transcribe", "translate")
TRANSCRIBE: tuple[Task, ...] = ("transcribe",)

_LARGE_V3_MELS = 128
_LARGE_DECODER_LAYERS = 32
_SMALLEST_DECODER_LAYERS = 4


def known_tasks(directory: Path, mels: int, *, multilingual: bool) -> tuple[Task, ...]:
    """Return what a model can do that does not declare it.

    English-only models were never trained to translate, nor were models with a pruned decoder (``large-v3-turbo``, the
    ``distil`` models): they transcribe under the name of a translation. The deepest alignment head tells how many
    layers a decoder has at least; heads are in its upper half.

    Args:
        directory: The model's directory.
        mels: Its number of mel bands, which is 128 only for ``large-v3`` and models that derive from it.
        multilingual: ``False`` for an English-only model.
    """
    if not multilingual:
        return TRANSCRIBE
    try:
        heads = json.loads((directory / "config.json").read_bytes()).get("alignment_heads") or []
        deepest = max(int(layer) for layer, _ in heads)
    except (OSError, ValueError, TypeError, AttributeError):
        return BOTH  # nothing is known
    full = _LARGE_DECODER_LAYERS if mels == _LARGE_V3_MELS else _SMALLEST_DECODER_LAYERS
    return BOTH if deepest >= full // 2 else TRANSCRIBE
