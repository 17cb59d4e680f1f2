"""Transfer of batches to the training device."""

import threading
from collections.abc import Iterator

import numpy as np
import pytest
import torch

from theresa_training.feeding import RECENT, DeviceBatch, feed, prefetch, to_device
from theresa_training.tokenizer import TokenIds
from theresa_training.train import CPU

from .conftest import make_batches


def numbered(number: int) -> DeviceBatch:
    tensor = torch.tensor([number])
    return DeviceBatch(tensor, tensor, tensor, tensor, tensor, tensor, "single")


def test_a_batch_keeps_its_arrays_and_concatenates_its_phonemes(ids: TokenIds) -> None:
    batch = make_batches(ids, 1)[0]
    moved = to_device(batch, CPU)
    np.testing.assert_array_equal(moved.features.numpy(), batch.features)
    assert moved.phonemes.tolist() == [label for labels in batch.phonemes for label in labels]
    assert moved.phoneme_counts.tolist() == [len(labels) for labels in batch.phonemes]


def test_float16_features_become_float32(ids: TokenIds) -> None:
    batch = make_batches(ids, 1)[0]
    batch = type(batch)(
        batch.features.astype(np.float16), batch.inputs, batch.targets, batch.token_times, batch.phonemes
    )
    assert to_device(batch, CPU).features.dtype == torch.float32


def test_the_cpu_receives_every_batch_once_in_order(ids: TokenIds) -> None:
    batches = make_batches(ids, 4)
    given = list(feed(batches, CPU))
    assert [batch.targets[0, 3].item() for batch in given] == [int(batch.targets[0, 3]) for batch in batches]
    assert not any(batch.echoed for batch in given)


def test_the_thread_keeps_the_order_of_batches() -> None:
    new = [int(batch.features) for batch in prefetch(numbered(n) for n in range(50)) if not batch.echoed]
    assert new == list(range(50))


def test_recent_batches_are_repeated_once_while_none_is_ready() -> None:
    gate = threading.Event()

    def stream() -> Iterator[DeviceBatch]:
        for number in range(RECENT):
            yield numbered(number)
        assert gate.wait(30)
        yield numbered(RECENT)

    given, old = [], []
    for batch in prefetch(stream()):
        (old if batch.echoed else given).append(int(batch.features))
        if batch.echoed:
            gate.set()
    assert given == list(range(RECENT + 1))
    assert old
    assert len(old) == len({*old})


def test_an_error_in_the_thread_reaches_the_training_loop() -> None:
    def stream() -> Iterator[DeviceBatch]:
        yield numbered(0)
        raise RuntimeError("a producer has died")

    with pytest.raises(RuntimeError, match="producer"):
        list(prefetch(stream()))
