"""How well a model keeps up."""

import pytest

from theresa_server.engine.pressure import ENOUGH, WINDOW_S, FinishedJob, Pressure, PressureGauge
from theresa_server.speech.recognition import JobKind


def served(
    at_s: float, waited_s: float, kind: JobKind = JobKind.FINAL, *, call_s: float = 0.1, shared: int = 1
) -> FinishedJob:
    return FinishedJob(at_s=at_s, kind=kind, waited_s=waited_s, call_s=call_s, shared=shared, audio_s=2.0)


def reading(jobs: list[FinishedJob], now_s: float = 1.0) -> Pressure:
    gauge = PressureGauge()
    for job in jobs:
        gauge.note(job)
    return gauge.read(now_s)


def test_nothing_is_known_before_there_were_some_jobs() -> None:
    assert reading([served(0, 9.0)] * (ENOUGH - 1)).final_wait_s == 0


def test_it_is_how_long_most_jobs_of_a_kind_waited() -> None:
    finals = [served(0, waited / 100) for waited in range(100)]
    partials = [served(0, 2.0, JobKind.PARTIAL)] * ENOUGH
    pressure = reading(finals + partials)
    assert (pressure.final_wait_s, pressure.partial_wait_s) == (0.94, 2.0)


def test_how_long_the_background_waits_troubles_nobody() -> None:
    pressure = reading([served(0, 60.0, JobKind.BACKGROUND, call_s=0.5)] * ENOUGH)
    assert (pressure.final_wait_s, pressure.partial_wait_s, pressure.call_s) == (0, 0, 0.5)


def test_what_is_long_past_does_not_count() -> None:
    assert reading([served(0, 9.0)] * ENOUGH, WINDOW_S + 1) == Pressure()


def test_the_real_time_factor_is_work_over_audio() -> None:
    assert reading([served(0, 1, call_s=0.5, shared=2)] * 2).rtf == pytest.approx(0.125)


@pytest.mark.parametrize(
    ("pressure", "too_high"),
    [
        (Pressure(), False),
        (Pressure(final_wait_s=0.2, partial_wait_s=0.9), False),
        (Pressure(final_wait_s=0.4), True),
        (Pressure(partial_wait_s=1.1), True),
        (Pressure(final_wait_s=0.4, call_s=0.1), False),
        (Pressure(final_wait_s=4, call_s=1), True),
    ],
)
def test_it_is_too_high_when_those_who_are_there_are_served_late(pressure: Pressure, too_high: bool) -> None:
    assert pressure.too_high is too_high
