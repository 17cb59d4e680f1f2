import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from theresa_server.audio.pcm import Tape


def ramp(size: int, start: int = 0) -> np.ndarray:
    return np.arange(start, start + size).astype(np.int16)


@given(st.lists(st.tuples(st.integers(0, 40_000), st.integers(0, 40_000)), max_size=20))
def test_tape_reads_back_what_it_holds(steps: list[tuple[int, int]]) -> None:
    tape = Tape()
    for size, forget in steps:
        tape.append(ramp(size, tape.end))
        tape.trim(tape.start + forget)
        assert np.array_equal(tape.view(tape.start, tape.end), ramp(tape.end - tape.start, tape.start))


def test_tape_memory_is_bounded_by_what_it_holds() -> None:
    tape = Tape()
    for _ in range(1_000):
        tape.append(ramp(3_000))
        tape.trim(tape.end - 20_000)
    assert tape.capacity <= 2 * (20_000 + 3_000)


def test_tape_trims_only_within_what_it_holds() -> None:
    tape = Tape()
    tape.append(ramp(100))
    tape.trim(500)
    assert tape.start == 100
    tape.trim(50)
    assert tape.start == 100


@pytest.mark.parametrize(("start", "end"), [(9, 50), (50, 101), (60, 50)])
def test_tape_refuses_what_it_does_not_hold(start: int, end: int) -> None:
    tape = Tape()
    tape.append(ramp(100))
    tape.trim(10)
    with pytest.raises(IndexError, match=r"samples held, \[10, 100\)"):
        tape.view(start, end)
