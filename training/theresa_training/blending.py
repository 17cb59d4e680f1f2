"""One model of several checkpoints: the mean of their weights.

Models that were trained from each other, on different mixes of examples, lie in one valley: their mean keeps more of
what each can do than the last alone (Wortsman et al. 2022, "Robust fine-tuning of zero-shot models").
"""

import math
from collections.abc import Sequence
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from torch import Tensor

from theresa_training.errors import TrainingError
from theresa_training.train import load_checkpoint


def blend(parts: Sequence[tuple[Path, float]]) -> dict[str, Any]:
    """The mean of checkpoints, each with its share; what is not a weight is the last one's.

    It can be exported, and be trained further by ``start --checkpoint``; a training cannot be resumed from it.

    Raises:
        TrainingError: the shares do not add up to 1, or these are not checkpoints of one model.
        FileNotFoundError: there is no such checkpoint.
    """
    total = math.fsum(part for _, part in parts)
    if not math.isclose(total, 1.0, abs_tol=1e-6):
        raise TrainingError(f"The shares of all checkpoints have to add up to 1, not {total:g}.")
    blended: dict[str, Any] = {}
    sums: dict[str, dict[str, Tensor]] = {}
    for path, part in parts:
        try:
            blended = load_checkpoint(path)
            for kind in ("model", "head"):
                scaled = {name: part * values for name, values in blended[kind].items()}
                sums[kind] = {name: sums[kind][name] + scaled[name] for name in scaled} if kind in sums else scaled
        except (KeyError, RuntimeError, UnpicklingError) as error:
            reason = str(error).partition("\n")[0]
            raise TrainingError(f"The checkpoint {str(path)!r} does not blend with the others: {reason}") from None
    return {name: value for name, value in blended.items() if name != "optimizer"} | sums


def write_blend(parts: Sequence[tuple[Path, float]], target: Path) -> None:
    """Write the mean of checkpoints as one."""
    state = blend(parts)
    target.parent.mkdir(parents=True, exist_ok=True)
    torch.save(state, target)
