"""The audio format inside the server, and the buffer in which a segmenter keeps it."""

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE_HZ = 16_000
"""The rate of all audio after the decoder."""

Pcm = NDArray[np.int16]
"""1-D `int16`, mono, 16 kHz."""


class SampleBuffer:
    """A buffer that grows at its end, is trimmed at its start, and is read by position.

    Appending takes amortised linear time, and trimming takes none. Memory stays below twice the largest number of
    samples ever held at once.

    Args:
        begin: the position of the first sample that will be appended.
    """

    def __init__(self, begin: int = 0) -> None:
        self._store: Pcm = np.empty(SAMPLE_RATE_HZ, np.int16)
        self._origin = begin  # position of self._store[0]
        self._start = begin
        self._end = begin

    @property
    def start(self) -> int:
        """Position of the first sample still held."""
        return self._start

    @property
    def end(self) -> int:
        """Position after the last sample appended."""
        return self._end

    @property
    def capacity(self) -> int:
        """How many samples fit into the allocated memory."""
        return self._store.size

    def append(self, pcm: Pcm) -> None:
        """Add samples at the end."""
        if self._end - self._origin + pcm.size > self._store.size:
            self._make_room(pcm.size)
        offset = self._end - self._origin
        self._store[offset : offset + pcm.size] = pcm
        self._end += pcm.size

    def trim(self, position: int) -> None:
        """Discard the samples before a position, which is clamped to the range held."""
        self._start = min(max(position, self._start), self._end)

    def view(self, start: int, end: int) -> Pcm:
        """Return samples [start, end) without a copy; valid until the next ``append``.

        Raises:
            IndexError: some of the samples are not held.
        """
        if not self._start <= start <= end <= self._end:
            raise IndexError(f"[{start}, {end}) is not within the samples held, [{self._start}, {self._end})")
        return self._store[start - self._origin : end - self._origin]

    def _make_room(self, size: int) -> None:
        """Move the samples held to the front, in a larger store if they would fill more than half of this one."""
        held = self.view(self._start, self._end)
        needed = held.size + size
        store = self._store if 2 * needed <= self._store.size else np.empty(2 * needed, np.int16)
        store[: held.size] = held  # numpy copies overlapping ranges correctly
        self._store, self._origin = store, self._start
