"""When the next piece of a recording may be sent: arithmetic without a clock, and the loop that waits by it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass


def may_send(samples: int, sent: int, committed: int, max_ahead: int) -> bool:
    """Whether ``samples`` more keep what is sent within ``max_ahead`` samples of what is committed.

    A piece larger than the allowance itself passes when nothing is outstanding: otherwise it never could.
    """
    ahead = sent - committed
    return ahead <= 0 or ahead + samples <= max_ahead


@dataclass(frozen=True)
class Pace:
    """How fast a recording of ``rate_hz`` is sent: ``speed`` times as fast as it was spoken; 0 knows no deadlines."""

    rate_hz: int
    speed: float = 1.0

    def due_s(self, samples: int) -> float:
        """Seconds after the start at which ``samples`` may be out: when the last of them has been spoken.

        Counted from the start, never from the last piece, so that delays do not add up to a drift.
        """
        return samples / self.rate_hz / self.speed if self.speed else 0.0


class Pacer:
    """Waits until the samples sent so far are due. The clock starts with the first call."""

    def __init__(
        self,
        pace: Pace,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._pace = pace
        self._clock = clock
        self._sleep = sleep
        self._start_s: float | None = None

    async def wait(self, samples: int) -> None:
        """Wait until ``samples`` since the start may be out; late means at once, and later deadlines stay."""
        now_s = self._clock()
        if self._start_s is None:
            self._start_s = now_s
        delay_s = self._start_s + self._pace.due_s(samples) - now_s
        if delay_s > 0:
            await self._sleep(delay_s)
