"""Batches as tensors on the training device, transferred ahead of the step that uses them."""

import random
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from theresa_training.batches import Batch

AHEAD = 3
"""Batches prefetched for a GPU."""

RECENT = 16
"""Batches kept for echoing."""


@dataclass(frozen=True, slots=True)
class DeviceBatch:
    """A ``Batch`` as tensors on one device."""

    features: Tensor
    inputs: Tensor
    targets: Tensor
    token_times: Tensor
    phonemes: Tensor
    """The phonemes of all examples, concatenated."""

    phoneme_counts: Tensor
    """Phonemes per example. Stays on the CPU, where the CTC loss expects it."""

    kind: str
    echoed: bool = False
    """Whether the batch has been used for training before."""


def to_device(batch: Batch, device: torch.device) -> DeviceBatch:
    """Move a batch to a device. GPU transfers use pinned memory, so they do not block."""

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
    """Yield batches on the device. For a GPU a thread prefetches them; on a CPU that would gain nothing."""
    stream = (to_device(batch, device) for batch in batches)
    return stream if device.type == "cpu" else prefetch(stream)


def prefetch(stream: Iterator[DeviceBatch], seed: int = 0) -> Iterator[DeviceBatch]:
    """Yield batches that a thread takes from a stream a few steps ahead.

    If no batch is ready, a random recent one is repeated, each at most once: a GPU that outpaces the producers learns
    nearly as much from a second pass (data echoing, Choi et al. 2019).
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
