"""Batches on their way to the device that learns."""

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


def test_a_batch_keeps_its_arrays_and_names_its_phonemes_in_a_row(ids: TokenIds) -> None:
    batch = make_batches(ids, 1)[0]
    moved = to_device(batch, CPU)
    np.testing.assert_array_equal(moved.features.numpy(), batch.features)
    assert moved.phonemes.tolist() == [label for labels in batch.phonemes for label in labels]
    assert moved.phoneme_counts.tolist() == [len(labels) for labels in batch.phonemes]


def test_features_that_travelled_as_halves_are_floats_again(ids: TokenIds) -> None:
    batch = make_batches(ids, 1)[0]
    batch = type(batch)(
        batch.features.astype(np.float16), batch.inputs, batch.targets, batch.token_times, batch.phonemes
    )
    assert to_device(batch, CPU).features.dtype == torch.float32


def test_the_cpu_is_fed_in_order_and_once(ids: TokenIds) -> None:
    batches = make_batches(ids, 4)
    given = list(feed(batches, CPU))
    assert [batch.targets[0, 3].item() for batch in given] == [int(batch.targets[0, 3]) for batch in batches]
    assert not any(batch.echoed for batch in given)


def test_all_batches_come_through_the_thread_in_their_order() -> None:
    new = [int(batch.features) for batch in prefetch(numbered(n) for n in range(50)) if not batch.echoed]
    assert new == list(range(50))


def test_while_none_is_ready_the_newest_are_given_again_once() -> None:
    gate = threading.Event()

    def stream() -> Iterator[DeviceBatch]:
        for number in range(RECENT):
            yield numbered(number)
        assert gate.wait(10)
        yield numbered(RECENT)

    given, old = [], []
    for batch in prefetch(stream()):
        (old if batch.echoed else given).append(int(batch.features))
        if batch.echoed:
            gate.set()
    assert given == list(range(RECENT + 1))
    assert old
    assert len(old) == len({*old})


def test_a_failure_in_the_thread_is_the_learners() -> None:
    def stream() -> Iterator[DeviceBatch]:
        yield numbered(0)
        raise RuntimeError("a producer has died")

    with pytest.raises(RuntimeError, match="producer"):
        list(prefetch(stream()))
