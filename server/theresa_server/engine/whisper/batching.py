"""Which jobs share a call of the model. Pure."""

from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

from theresa_server.engine.whisper.features import FRAMES_PER_SECOND

LONG_WINDOW_FRAMES = 10 * FRAMES_PER_SECOND
"""Above it, batches do not pay on a CPU: the encoder is bound by arithmetic."""

Item = TypeVar("Item")
Key = TypeVar("Key", bound=Hashable)


def group(items: Sequence[Item], key: Callable[[Item], Key]) -> dict[Key, list[Item]]:
    """Return the items by their key, in the order of their first appearance."""
    groups: dict[Key, list[Item]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups


def shares(count: int, window: int, *, device: str, workers: int, max_batch: int) -> list[int]:
    """Return into batches of what size so many jobs of one window are cut.

    The batches differ by one at most, hold at most `max_batch`, and keep as many workers busy as there are jobs.
    """
    if count == 0:
        return []
    limit = 1 if device == "cpu" and window > LONG_WINDOW_FRAMES else max_batch
    batches = min(count, max(workers, -(-count // limit)))
    small, larger = divmod(count, batches)
    return [small + 1] * larger + [small] * (batches - larger)
