"""Which jobs share a call of the model. Pure."""

from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

from theresa_server.engine.whisper.features import FRAMES_PER_SECOND

LONG_WINDOW_FRAMES = 10 * FRAMES_PER_SECOND
"""Longer windows gain nothing from batching on a CPU: the encoder is compute-bound."""

Item = TypeVar("Item")
Key = TypeVar("Key", bound=Hashable)


def group_by(items: Sequence[Item], key: Callable[[Item], Key]) -> dict[Key, list[Item]]:
    """Return the items grouped by key, in order of first appearance; the items need not be sorted."""
    groups: dict[Key, list[Item]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups


def batch_sizes(count: int, window: int, *, device: str, workers: int, max_batch: int) -> list[int]:
    """Return the sizes of the batches into which jobs of the same window are divided.

    The sizes differ by at most one and do not exceed ``max_batch``. There are enough batches to keep all workers busy,
    if there are enough jobs.

    Args:
        count: the number of jobs.
        window: the length of their encoder window, in frames.
        device: ``cpu`` or ``cuda``.
        workers: batches that run in parallel.
        max_batch: the largest batch.
    """
    if count == 0:
        return []
    limit = 1 if device == "cpu" and window > LONG_WINDOW_FRAMES else max_batch
    batches = min(count, max(workers, -(-count // limit)))
    small, larger = divmod(count, batches)
    return [small + 1] * larger + [small] * (batches - larger)
