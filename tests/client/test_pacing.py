"""Pacing, and the limit on running ahead."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from theresa_client.pacing import Pace, Pacer, may_send

samples = st.integers(0, 10**7)


@given(samples, samples, samples, st.integers(1, 10**6))
def test_what_is_sent_never_runs_further_ahead_than_allowed(piece: int, sent: int, committed: int, limit: int) -> None:
    if may_send(piece, sent, committed, limit) and sent > committed:
        assert sent + piece - committed <= limit


@given(samples, samples, st.integers(1, 10**6))
def test_a_piece_may_always_go_when_nothing_is_outstanding(piece: int, sent: int, limit: int) -> None:
    assert may_send(piece, sent, sent, limit)


@given(st.lists(st.integers(1, 5_000), min_size=1, max_size=50), st.integers(1, 500), st.integers(1, 5_000))
def test_credit_never_runs_dry_as_long_as_acks_come(pieces: list[int], tick: int, limit: int) -> None:
    sent = committed = 0
    for piece in pieces:
        while not may_send(piece, sent, committed, limit):
            assert committed < sent
            committed = min(committed + tick, sent)
        sent += piece


@pytest.mark.parametrize(("speed", "due_s"), [(1.0, 2.0), (2.0, 1.0), (0.5, 4.0), (0.0, 0.0)])
def test_audio_is_due_when_it_has_been_spoken_at_that_speed(speed: float, due_s: float) -> None:
    assert Pace(16_000, speed).due_s(32_000) == due_s


class Clock:
    """Time that passes only where a test says so: by sleeping, plus some lateness for each sleep."""

    def __init__(self, lateness_s: float = 0.0) -> None:
        self.now_s = 100.0
        self.lateness_s = lateness_s
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now_s

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now_s += seconds + self.lateness_s


async def test_each_piece_waits_for_its_end_to_be_spoken() -> None:
    clock = Clock()
    pacer = Pacer(Pace(1_000), clock, clock.sleep)

    for sent in (40, 80, 120):
        await pacer.wait(sent)

    assert clock.slept == pytest.approx([0.04] * 3)


async def test_late_wake_ups_do_not_add_up() -> None:
    clock = Clock(lateness_s=0.01)
    pacer = Pacer(Pace(1_000), clock, clock.sleep)

    for sent in range(40, 40_001, 40):
        await pacer.wait(sent)

    assert clock.now_s - 100 == pytest.approx(40.01)


async def test_after_a_stall_the_deadlines_are_where_they_were() -> None:
    clock = Clock()
    pacer = Pacer(Pace(1_000), clock, clock.sleep)
    await pacer.wait(100)
    clock.now_s += 0.25

    for sent in (200, 300, 400):
        await pacer.wait(sent)

    assert clock.slept == pytest.approx([0.1, 0.05])


async def test_speed_zero_never_waits() -> None:
    clock = Clock()
    pacer = Pacer(Pace(1_000, 0), clock, clock.sleep)

    for sent in range(1_000, 10_000, 1_000):
        await pacer.wait(sent)

    assert clock.slept == []
