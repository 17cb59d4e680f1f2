"""Progress reports: once a second how far a session has come, and on request how well it keeps up."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Never

from theresa_protocol.messages import Ack, Degradation, Stats, Suppressed
from theresa_server.engine.pressure import Pressure
from theresa_server.sessions.buffers import Outbox

INTERVAL_S = 1.0

SLOWER_PARTIALS_S = 0.5
"""When partials wait longer than this for the model, they come less often than they should."""
NO_PARTIALS_S = 5.0
"""When partials wait longer than this, hardly any come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionProgress:
    """How far a session has come. Positions are in samples at the declared rate."""

    received: int
    committed: int
    lag_ms: int
    """Audio that was received but not decoded yet."""
    suppressed_count: int = 0
    """Segments whose text a guard dropped."""
    suppressed: tuple[Suppressed, ...] = ()
    """The newest of them."""


class ProgressReporter:
    """Sends acknowledgements and statistics while a session makes progress."""

    def __init__(
        self, outbox: Outbox, progress: Callable[[], SessionProgress], pressure: Callable[[], Pressure]
    ) -> None:
        self._outbox = outbox
        self._progress = progress
        self._pressure = pressure

    async def run(self, *, stats: bool) -> Never:
        """Report until cancelled. ``stats`` adds statistics to each acknowledgement."""
        last: Ack | None = None
        while True:
            await asyncio.sleep(INTERVAL_S)
            progress = self._progress()
            ack = Ack(received=progress.received, committed=progress.committed)
            if ack == last:
                continue
            last = ack
            self._outbox.put(ack)
            if stats:
                self._outbox.put(statistics(progress, self._pressure()))


def statistics(progress: SessionProgress, pressure: Pressure) -> Stats:
    """Return the statistics of a session, given its progress and the pressure on its model."""
    return Stats(
        lag_ms=progress.lag_ms,
        queue_ms=round(max(pressure.final_wait_s, pressure.partial_wait_s) * 1000),
        rtf=round(pressure.rtf, 4),
        degraded=degradation(pressure),
        suppressed_count=progress.suppressed_count,
        suppressed=progress.suppressed,
    )


def degradation(pressure: Pressure) -> Degradation:
    """Return what a model under this pressure cuts back on."""
    if pressure.partial_wait_s > NO_PARTIALS_S:
        return "no_partials"
    return "slower_partials" if pressure.partial_wait_s > SLOWER_PARTIALS_S else "none"
