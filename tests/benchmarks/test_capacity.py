"""The search for the largest sustained number of streams."""

from dataclasses import dataclass

import pytest

from benchmarks.capacity import LoadPoint, find_capacity


@dataclass(frozen=True)
class Probe:
    streams: int
    sustained: bool


@pytest.mark.parametrize("capacity", [1, 2, 3, 7, 20, 31, 64, 95])
def test_it_finds_the_largest_number_to_within_a_tenth(capacity: int) -> None:
    probes = find_capacity(lambda streams: Probe(streams, streams <= capacity), max_streams=256)
    found = max(probe.streams for probe in probes if probe.sustained)

    assert found <= capacity <= found + max(1, found // 10)
    assert len(probes) <= 12


def test_the_search_does_not_exceed_the_limit() -> None:
    assert [probe.streams for probe in find_capacity(lambda n: Probe(n, True), max_streams=6)] == [1, 2, 4, 6]


def test_the_search_ends_if_the_first_number_is_not_sustained() -> None:
    assert find_capacity(lambda n: Probe(n, False), max_streams=64, first=8) == [Probe(8, False)]


@pytest.mark.parametrize(
    ("final_s", "age_s", "failed", "sustained"),
    [(0.3, 1.5, 0, True), (0.31, 0.5, 0, False), (0.1, 1.6, 0, False), (0.1, 0.5, 1, False), (None, 0.5, 0, False)],
)
def test_a_number_is_sustained_if_finals_and_partials_are_in_time(
    final_s: float | None, age_s: float, failed: int, sustained: bool
) -> None:
    assert LoadPoint(4, final_s, age_s, failed, 0.1, 0.0).sustained is sustained
