"""Batches as tensors on the device that learns, moved there ahead of the step that needs them."""

import random
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from theresa_training.batches import Batch

AHEAD = 3
RECENT = 16


@dataclass(frozen=True, slots=True)
class DeviceBatch:
    """A ``Batch`` as tensors on one device.

    The phonemes of all examples stand one after the other in ``phonemes``; how many each has is in ``phoneme_counts``,
    which stays on the CPU, where the loss function wants it. ``again`` is True for a batch that was learnt from before.
    """

    features: Tensor
    inputs: Tensor
    targets: Tensor
    token_times: Tensor
    phonemes: Tensor
    phoneme_counts: Tensor
    kind: str
    echoed: bool = False


def to_device(batch: Batch, device: torch.device) -> DeviceBatch:
    """Move a batch to a device; to a GPU from memory that cannot be swapped, so that nobody waits for the copy."""

    def move(tensor: Tensor) -> Tensor:
        if device.type == "cpu" or not tensor.numel():
            return tensor.to(device)
        return tensor.pin_memory().to(device, non_blocking=True)

    labels = [label for labels in batch.phonemes for label in labels]
    return DeviceBatch(
        move(torch.from_numpy(batch.features)).float(),
        move(torch.from_numpy(batch.inputs)),
        move(torch.from_numpy(batch.targets)),
        move(torch.from_numpy(batch.token_times)),
        move(torch.tensor(labels, dtype=torch.long)),
        torch.tensor([len(labels) for labels in batch.phonemes], dtype=torch.long),
        batch.kind,
    )


def feed(batches: Iterable[Batch], device: torch.device) -> Iterator[DeviceBatch]:
    """Batches on the device. For a GPU a thread keeps a few ready; on the CPU nothing would be gained."""
    stream = (to_device(batch, device) for batch in batches)
    return stream if device.type == "cpu" else prefetch(stream)


def prefetch(stream: Iterator[DeviceBatch], seed: int = 0) -> Iterator[DeviceBatch]:
    """Batches taken from a stream by a thread, a few ahead.

    While none is ready, one of the newest is given again instead of waiting, each once at most: a GPU that is faster
    than those who make its examples learns nearly as much from a second look (data echoing, Choi et al. 2019).
    """
    rng, recent = random.Random(seed), list[DeviceBatch]()
    loader = ThreadPoolExecutor(1, thread_name_prefix="feed")
    try:
        pending = deque(loader.submit(next, stream, None) for _ in range(AHEAD))
        while True:
            if len(recent) == RECENT and not pending[0].done():
                yield replace(recent.pop(rng.randrange(RECENT)), echoed=True)
                continue
            ready = pending.popleft().result()
            if ready is None:
                return
            pending.append(loader.submit(next, stream, None))
            recent = [*recent[-RECENT + 1 :], ready]
            yield ready
    finally:
        loader.shutdown(wait=False, cancel_futures=True)
