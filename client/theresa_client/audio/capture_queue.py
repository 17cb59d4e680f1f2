"""The queue from the thread of the audio driver to the event loop."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from theresa_protocol.audio import AudioFormat

LIMIT_MS = 10_000
"""Maximum audio in the queue; it only fills up if the event loop is blocked."""
MAX_GAP_S = 60.0
"""Longest gap in the device's clock that is taken for lost audio."""


@dataclass(frozen=True)
class Block:
    """Audio from one call of the driver."""

    pcm: bytes
    missing: int = 0
    """Samples lost before this block."""


class CaptureQueue:
    """A bounded, lock-free queue between one thread that puts and one that takes.

    A driver that waits for a lock loses audio. Appending to a ``deque`` and popping from its other end are atomic, and
    each thread writes only counters of its own.

    Args:
        audio: Format of the audio.
        wake: Called on the putting thread after each block.
    """

    def __init__(self, audio: AudioFormat, wake: Callable[[], None]) -> None:
        self.audio = audio
        """Format of the audio."""
        self._wake = wake
        self._limit = audio.samples(LIMIT_MS)
        self._blocks: deque[Block] = deque()
        # Written only by the putting thread:
        self._put = 0
        self._missing = 0
        self._end_s: float | None = None
        # Written only by the taking thread:
        self._taken = 0

    def put(self, pcm: bytes, begin_s: float, *, overflow: bool) -> None:
        """Add audio.

        Args:
            pcm: Whole samples.
            begin_s: When they began, in seconds of the device's clock.
            overflow: Whether the driver lost audio before them; the clock shows how much.
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
        """Remove and return all blocks, in order."""
        blocks = []
        while self._blocks:
            block = self._blocks.popleft()
            self._taken += len(block.pcm) // self.audio.sample_bytes
            blocks.append(block)
        return blocks
