"""The progress reports of a session."""

import pytest

from theresa_protocol.messages import Stats
from theresa_server.engine.pressure import Pressure
from theresa_server.sessions.progress import SessionProgress, statistics

PROGRESS = SessionProgress(received=48_000, committed=16_000, lag_ms=700, vad="two-stage", sound_ms=12_300, voice_ms=0)


def test_statistics_show_lag_queue_and_load() -> None:
    pressure = Pressure(final_wait_s=0.02, partial_wait_s=0.1, rtf=0.04321)
    assert statistics(PROGRESS, pressure) == Stats(
        lag_ms=700, queue_ms=100, rtf=0.0432, degraded="none", vad="two-stage", sound_ms=12_300, voice_ms=0
    )


@pytest.mark.parametrize(
    ("wait_s", "degraded"), [(0.5, "none"), (0.6, "slower_partials"), (5.0, "slower_partials"), (5.1, "no_partials")]
)
def test_statistics_show_the_degradation(wait_s: float, degraded: str) -> None:
    assert statistics(PROGRESS, Pressure(partial_wait_s=wait_s)).degraded == degraded
