"""The search for the most streams asks few questions, and finds the answer."""

from dataclasses import dataclass

import pytest

from benchmarks.capacity import Point, search


@dataclass(frozen=True)
class Try:
    streams: int
    held: bool


@pytest.mark.parametrize("capacity", [1, 2, 3, 7, 20, 31, 64, 95])
def test_it_finds_the_largest_number_to_within_a_tenth(capacity: int) -> None:
    tried = search(lambda streams: Try(streams, streams <= capacity), most=256)
    held = max(attempt.streams for attempt in tried if attempt.held)

    assert held <= capacity <= held + max(1, held // 10)
    assert len(tried) <= 12


def test_it_tries_no_more_streams_than_it_may() -> None:
    assert [attempt.streams for attempt in search(lambda n: Try(n, True), most=6)] == [1, 2, 4, 6]


def test_where_not_even_the_first_is_held_it_ends() -> None:
    assert search(lambda n: Try(n, False), most=64, first=8) == [Try(8, False)]


@pytest.mark.parametrize(
    ("final_s", "age_s", "failed", "held"),
    [(0.3, 1.5, 0, True), (0.31, 0.5, 0, False), (0.1, 1.6, 0, False), (0.1, 0.5, 1, False), (None, 0.5, 0, False)],
)
def test_a_number_is_held_when_finals_and_partials_are_in_time(
    final_s: float | None, age_s: float, failed: int, held: bool
) -> None:
    assert Point(4, final_s, age_s, failed, 0.1, 0.0).held is held
