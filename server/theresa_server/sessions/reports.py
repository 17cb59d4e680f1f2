"""What a session tells of itself once a second: how far it has come, and on request how well it keeps up."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Never

from theresa_protocol.messages import Ack, Degradation, Stats
from theresa_server.engine.pressure import Pressure
from theresa_server.sessions.buffers import Outbox

INTERVAL_S = 1.0

SLOWER_PARTIALS_S = 0.5
NO_PARTIALS_S = 5.0
"""Partials that wait longer than this for the model come less often than they should, or as good as not at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a session has come: samples at the declared rate, and the audio that the model has not heard yet."""

    received: int
    committed: int
    lag_ms: int


class Reports:
    """Puts acks and statistics into the outbox of a session; both only where there is news."""

    def __init__(self, outbox: Outbox, progress: Callable[[], Progress], pressure: Callable[[], Pressure]) -> None:
        self._outbox = outbox
        self._progress = progress
        self._pressure = pressure

    async def run(self, *, stats: bool) -> Never:
        """Report until cancelled."""
        told: Ack | None = None
        while True:
            await asyncio.sleep(INTERVAL_S)
            progress = self._progress()
            ack = Ack(received=progress.received, committed=progress.committed)
            if ack == told:
                continue
            told = ack
            self._outbox.put(ack)
            if stats:
                self._outbox.put(statistics(progress, self._pressure()))


def statistics(progress: Progress, pressure: Pressure) -> Stats:
    """How well a session keeps up on a model under some pressure."""
    return Stats(
        lag_ms=progress.lag_ms,
        queue_ms=round(max(pressure.final_wait_s, pressure.partial_wait_s) * 1000),
        rtf=round(pressure.rtf, 4),
        degraded=degradation(pressure),
    )


def degradation(pressure: Pressure) -> Degradation:
    """What a model under some pressure leaves out."""
    if pressure.partial_wait_s > NO_PARTIALS_S:
        return "no_partials"
    return "slower_partials" if pressure.partial_wait_s > SLOWER_PARTIALS_S else "none"
