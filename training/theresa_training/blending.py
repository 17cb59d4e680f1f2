"""Blend checkpoints of one model: the weighted mean of their weights.

Models fine-tuned from each other on different data share a loss basin. Their mean keeps more of what each can do than
the last one alone (Wortsman et al. 2022, "Robust fine-tuning of zero-shot models").
"""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from theresa_training.errors import TrainingError
from theresa_training.train import load_checkpoint


def blend(parts: Sequence[tuple[Path, float]]) -> dict[str, Any]:
    """Return the weighted mean of checkpoints; everything but the weights comes from the last one.

    The result can be exported, or passed to ``start --checkpoint``. Training cannot resume from it, because it has no
    optimiser state.

    Raises:
        TrainingError: when the shares do not add up to 1, or a file is not a checkpoint of the same model.
        FileNotFoundError: when a checkpoint does not exist.
    """
    total = math.fsum(part for _, part in parts)
    if not math.isclose(total, 1.0, abs_tol=1e-6):
        raise TrainingError(f"The shares must add up to 1, not {total:g}.")
    blended: dict[str, Any] = {}
    sums: dict[str, dict[str, Tensor]] = {}
    for path, part in parts:
        try:
            blended = load_checkpoint(path)
            for kind in ("model", "head"):
                scaled = {name: part * values for name, values in blended[kind].items()}
                sums[kind] = {name: sums[kind][name] + scaled[name] for name in scaled} if kind in sums else scaled
        except (KeyError, RuntimeError) as error:
            reason = f"{error} is missing" if isinstance(error, KeyError) else "their dimensions differ"
            raise TrainingError(f"Cannot blend {str(path)!r} with the other checkpoints: {reason}.") from None
    return {name: value for name, value in blended.items() if name != "optimizer"} | sums


def write_blend(parts: Sequence[tuple[Path, float]], target: Path) -> None:
    """Write the weighted mean of checkpoints to ``target``."""
    state = blend(parts)
    target.parent.mkdir(parents=True, exist_ok=True)
    torch.save(state, target)
