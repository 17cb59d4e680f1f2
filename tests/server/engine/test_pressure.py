"""The load on a model, measured from its finished jobs."""

import pytest

from theresa_server.engine.pressure import MIN_JOBS, WINDOW_S, FinishedJob, Pressure, PressureMonitor
from theresa_server.speech.recognition import JobKind


def finished(
    finished_s: float, wait_s: float, kind: JobKind = JobKind.FINAL, *, call_s: float = 0.1, batch_size: int = 1
) -> FinishedJob:
    return FinishedJob(
        finished_s=finished_s, kind=kind, wait_s=wait_s, call_s=call_s, batch_size=batch_size, audio_s=2.0
    )


def measure(jobs: list[FinishedJob], now_s: float = 1.0) -> Pressure:
    monitor = PressureMonitor()
    for job in jobs:
        monitor.record(job)
    return monitor.measure(now_s)


def test_too_few_jobs_are_no_pressure() -> None:
    assert measure([finished(0, 9.0)] * (MIN_JOBS - 1)).final_wait_s == 0


def test_waits_are_percentiles_by_kind() -> None:
    finals = [finished(0, wait / 100) for wait in range(100)]
    partials = [finished(0, 2.0, JobKind.PARTIAL)] * MIN_JOBS
    pressure = measure(finals + partials)
    assert (pressure.final_wait_s, pressure.partial_wait_s) == (0.94, 2.0)


def test_the_calls_of_background_jobs_count_but_not_their_waits() -> None:
    pressure = measure([finished(0, 60.0, JobKind.BACKGROUND, call_s=0.5)] * MIN_JOBS)
    assert (pressure.final_wait_s, pressure.partial_wait_s, pressure.call_s) == (0, 0, 0.5)


def test_old_jobs_do_not_count() -> None:
    assert measure([finished(0, 9.0)] * MIN_JOBS, WINDOW_S + 1) == Pressure()


def test_the_real_time_factor_is_model_time_over_audio() -> None:
    assert measure([finished(0, 1, call_s=0.5, batch_size=2)] * 2).rtf == pytest.approx(0.125)


@pytest.mark.parametrize(
    ("pressure", "overloaded"),
    [
        (Pressure(), False),
        (Pressure(final_wait_s=0.2, partial_wait_s=0.9), False),
        (Pressure(final_wait_s=0.4), True),
        (Pressure(partial_wait_s=1.1), True),
        (Pressure(final_wait_s=0.4, call_s=0.1), False),
        (Pressure(final_wait_s=4, call_s=1), True),
    ],
)
def test_late_jobs_mean_overload(pressure: Pressure, overloaded: bool) -> None:
    assert pressure.overloaded is overloaded
