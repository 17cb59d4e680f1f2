"""Batches on their way to the device that learns."""

import threading
from collections.abc import Iterator

import numpy as np
import pytest
import torch

from theresa_training.feeding import RECENT, Fed, ahead, fed, feed
from theresa_training.tokenizer import Ids
from theresa_training.train import CPU

from .conftest import make_batches


def numbered(number: int) -> Fed:
    tensor = torch.tensor([number])
    return Fed(tensor, tensor, tensor, tensor, tensor, tensor, "single")


def test_a_batch_keeps_its_arrays_and_names_its_phonemes_in_a_row(ids: Ids) -> None:
    batch = make_batches(ids, 1)[0]
    moved = fed(batch, CPU)
    np.testing.assert_array_equal(moved.features.numpy(), batch.features)
    assert moved.phonemes.tolist() == [label for labels in batch.phonemes for label in labels]
    assert moved.phoneme_counts.tolist() == [len(labels) for labels in batch.phonemes]


def test_features_that_travelled_as_halves_are_floats_again(ids: Ids) -> None:
    batch = make_batches(ids, 1)[0]
    batch = type(batch)(batch.features.astype(np.float16), batch.inputs, batch.targets, batch.places, batch.phonemes)
    assert fed(batch, CPU).features.dtype == torch.float32


def test_the_cpu_is_fed_in_order_and_once(ids: Ids) -> None:
    batches = make_batches(ids, 4)
    given = list(feed(batches, CPU))
    assert [batch.targets[0, 3].item() for batch in given] == [int(batch.targets[0, 3]) for batch in batches]
    assert not any(batch.again for batch in given)


def test_all_batches_come_through_the_thread_in_their_order() -> None:
    new = [int(batch.features) for batch in ahead(numbered(n) for n in range(50)) if not batch.again]
    assert new == list(range(50))


def test_while_none_is_ready_the_newest_are_given_again_once() -> None:
    gate = threading.Event()

    def stream() -> Iterator[Fed]:
        for number in range(RECENT):
            yield numbered(number)
        assert gate.wait(30)
        yield numbered(RECENT)

    given, old = [], []
    for batch in ahead(stream()):
        (old if batch.again else given).append(int(batch.features))
        if batch.again:
            gate.set()
    assert given == list(range(RECENT + 1))
    assert old
    assert len(old) == len({*old})


def test_a_failure_in_the_thread_is_the_learners() -> None:
    def stream() -> Iterator[Fed]:
        yield numbered(0)
        raise RuntimeError("a producer has died")

    with pytest.raises(RuntimeError, match="producer"):
        list(ahead(stream()))
