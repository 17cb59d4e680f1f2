"""Decides when the next piece of a recording may be sent, and waits for it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass


def may_send(samples: int, sent: int, committed: int, max_ahead: int) -> bool:
    """Return whether ``samples`` more can be sent without running more than ``max_ahead`` samples ahead.

    A piece larger than ``max_ahead`` may be sent when nothing is outstanding; otherwise it never could.
    """
    ahead = sent - committed
    return ahead <= 0 or ahead + samples <= max_ahead


@dataclass(frozen=True)
class Pace:
    """The speed at which a recording is sent."""

    rate_hz: int
    speed: float = 1.0
    """1 is real time, 2 is twice as fast, 0 is without deadlines."""

    def due_s(self, samples: int) -> float:
        """Return when ``samples`` are due, in seconds after the start: at the time of the last of them.

        Deadlines count from the start, not from the previous piece, so that delays do not accumulate.
        """
        return samples / self.rate_hz / self.speed if self.speed else 0.0


class Pacer:
    """Waits until samples are due. The clock starts with the first call."""

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
        """Wait until ``samples`` since the start are due. Returns at once if they are overdue."""
        now_s = self._clock()
        if self._start_s is None:
            self._start_s = now_s
        delay_s = self._start_s + self._pace.due_s(samples) - now_s
        if delay_s > 0:
            await self._sleep(delay_s)
