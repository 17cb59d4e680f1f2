"""From the thread that hears to the event loop: the only thing that both of them touch."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from theresa_protocol.audio import AudioFormat

LIMIT_MS = 10_000
"""Sound that waits for the event loop: more than that, and the program itself has been held up."""
MAX_GAP_S = 60.0
"""The longest gap to believe a device's clock."""


@dataclass(frozen=True)
class Block:
    """What one call of the driver brought. ``missing`` samples before it are lost."""

    pcm: bytes
    missing: int = 0


class Intake:
    """A bounded queue without a lock: one thread puts, another one takes, and each counts what it did itself.

    ``wake`` is called on the thread that puts, for each block. A driver that waits for a lock loses sound; appending to
    a ``deque`` and taking from its other end are atomic.
    """

    def __init__(self, audio: AudioFormat, wake: Callable[[], None]) -> None:
        self.audio = audio
        """The format of the sound."""
        self._wake = wake
        self._limit = audio.samples(LIMIT_MS)
        self._blocks: deque[Block] = deque()
        # Written by the thread that puts alone:
        self._put = 0
        self._missing = 0
        self._end_s: float | None = None
        # Written by the thread that takes alone:
        self._taken = 0

    def put(self, pcm: bytes, begin_s: float, *, overflow: bool) -> None:
        """Add what was recorded from ``begin_s`` on, in seconds of the device's clock.

        ``overflow``: the driver has lost sound before it; how much, the clock tells.
        """
        samples = len(pcm) // self.audio.sample_bytes
        if overflow and self._end_s is not None:
            gap_s = begin_s - self._end_s
            self._missing += round(gap_s * self.audio.rate) if 0 < gap_s <= MAX_GAP_S else 0
        self._end_s = begin_s + samples / self.audio.rate
        if self._put - self._taken + samples > self._limit:
            self._missing += samples
            return
        self._blocks.append(Block(pcm, self._missing))
        self._put += samples
        self._missing = 0
        self._wake()

    def take(self) -> list[Block]:
        """All blocks that have come, in order."""
        blocks = []
        while self._blocks:
            block = self._blocks.popleft()
            self._taken += len(block.pcm) // self.audio.sample_bytes
            blocks.append(block)
        return blocks
