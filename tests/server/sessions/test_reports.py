"""What a session tells of itself."""

import pytest

from theresa_protocol.messages import Stats
from theresa_server.engine.pressure import Pressure
from theresa_server.sessions.reports import Progress, statistics

PROGRESS = Progress(received=48_000, committed=16_000, lag_ms=700)


def test_statistics_say_how_a_session_keeps_up() -> None:
    pressure = Pressure(final_wait_s=0.02, partial_wait_s=0.1, rtf=0.04321)
    assert statistics(PROGRESS, pressure) == Stats(lag_ms=700, queue_ms=100, rtf=0.0432, degraded="none")


@pytest.mark.parametrize(
    ("wait_s", "degraded"), [(0.5, "none"), (0.6, "slower_partials"), (5.0, "slower_partials"), (5.1, "no_partials")]
)
def test_they_say_what_is_left_out(wait_s: float, degraded: str) -> None:
    assert statistics(PROGRESS, Pressure(partial_wait_s=wait_s)).degraded == degraded
