import pytest
from hypothesis import given
from hypothesis import strategies as st

from theresa_server.engine.whisper.batching import batch_sizes, group_by


@given(
    count=st.integers(0, 100),
    window=st.integers(1, 30).map(lambda seconds: seconds * 100),
    device=st.sampled_from(["cpu", "cuda"]),
    workers=st.integers(1, 8),
    max_batch=st.integers(1, 16),
)
def test_batches_are_of_even_size(count: int, window: int, device: str, workers: int, max_batch: int) -> None:
    sizes = batch_sizes(count, window, device=device, workers=workers, max_batch=max_batch)
    assert sum(sizes) == count
    assert not sizes or 1 <= min(sizes) <= max(sizes) <= min(max_batch, min(sizes) + 1)


@pytest.mark.parametrize(
    ("count", "window", "device", "expected"),
    [
        (4, 500, "cpu", [2, 2]),
        (8, 500, "cpu", [4, 4]),
        (3, 3000, "cpu", [1, 1, 1]),
        (3, 3000, "cuda", [2, 1]),
    ],
)
def test_jobs_are_divided_among_two_workers(count: int, window: int, device: str, expected: list[int]) -> None:
    assert batch_sizes(count, window, device=device, workers=2, max_batch=4) == expected


@given(st.lists(st.integers()))
def test_groups_keep_the_order(items: list[int]) -> None:
    groups = group_by(items, lambda item: item % 3)
    assert [item for alike in groups.values() for item in alike] == sorted(
        items, key=lambda item: list(groups).index(item % 3)
    )
