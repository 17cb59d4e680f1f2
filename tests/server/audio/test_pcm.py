import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from theresa_server.audio.pcm import SampleBuffer


def ramp(size: int, start: int = 0) -> np.ndarray:
    return np.arange(start, start + size).astype(np.int16)


@given(st.lists(st.tuples(st.integers(0, 40_000), st.integers(0, 40_000)), max_size=20))
def test_samples_are_read_back_by_position(steps: list[tuple[int, int]]) -> None:
    buffer = SampleBuffer()
    for size, forget in steps:
        buffer.append(ramp(size, buffer.end))
        buffer.trim(buffer.start + forget)
        assert np.array_equal(buffer.view(buffer.start, buffer.end), ramp(buffer.end - buffer.start, buffer.start))


def test_memory_is_bounded_by_the_samples_held() -> None:
    buffer = SampleBuffer()
    for _ in range(1_000):
        buffer.append(ramp(3_000))
        buffer.trim(buffer.end - 20_000)
    assert buffer.capacity <= 2 * (20_000 + 3_000)


def test_trimming_stays_within_the_samples_held() -> None:
    buffer = SampleBuffer()
    buffer.append(ramp(100))
    buffer.trim(500)
    assert buffer.start == 100
    buffer.trim(50)
    assert buffer.start == 100


@pytest.mark.parametrize(("start", "end"), [(9, 50), (50, 101), (60, 50)])
def test_positions_that_are_not_held_are_rejected(start: int, end: int) -> None:
    buffer = SampleBuffer()
    buffer.append(ramp(100))
    buffer.trim(10)
    with pytest.raises(IndexError, match=r"samples held, \[10, 100\)"):
        buffer.view(start, end)
