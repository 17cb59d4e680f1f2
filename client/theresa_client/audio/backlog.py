"""Sound that was heard and is not sent yet: bounded, and as long as it was spoken, whatever is lost. Pure."""

from collections import deque

from theresa_protocol.audio import AudioFormat


class Backlog:
    """Pieces in order. What is lost, or does not fit, becomes silence: later sound keeps its place in time.

    It is the newest sound that does not fit: what was said first is sent first, without a hole. Silence is only
    counted, so that no outage is too long.
    """

    def __init__(self, audio: AudioFormat, limit_ms: int) -> None:
        self._sample_bytes = audio.sample_bytes
        self._limit = audio.samples(limit_ms)
        self._pieces: deque[bytes | int] = deque()  # sound, or how many samples of silence
        self._sound = 0
        self.waiting = 0
        """Samples that are not taken yet, silence included."""
        self.lost = 0
        """Samples for which silence stands."""

    def append(self, pcm: bytes) -> bool:
        """Add whole samples. Returns whether there was room: else silence stands for all of them."""
        samples = len(pcm) // self._sample_bytes
        if self._sound + samples > self._limit:
            self.lose(samples)
            return False
        if samples:
            self._pieces.append(pcm)
            self._sound += samples
            self.waiting += samples
        return True

    def lose(self, samples: int) -> None:
        """Add silence for samples that are lost."""
        if samples <= 0:
            return
        before = self._pieces.pop() if self._pieces and isinstance(self._pieces[-1], int) else 0
        assert isinstance(before, int)  # noqa: S101 - for the type checker
        self._pieces.append(before + samples)
        self.waiting += samples
        self.lost += samples

    def take(self, samples: int) -> bytes:
        """The next samples, at most so many; empty where none wait."""
        pieces: list[bytes] = []
        missing = samples
        while missing and self._pieces:
            pieces.append(self._next(missing))
            missing -= len(pieces[-1]) // self._sample_bytes
        self.waiting -= samples - missing
        return b"".join(pieces)

    def _next(self, samples: int) -> bytes:
        """The beginning of the first piece; the rest of it stays."""
        piece = self._pieces.popleft()
        if isinstance(piece, int):
            taken = min(piece, samples)
            if piece > taken:
                self._pieces.appendleft(piece - taken)
            return bytes(taken * self._sample_bytes)
        size = samples * self._sample_bytes
        if piece[size:]:
            self._pieces.appendleft(piece[size:])
        self._sound -= len(piece[:size]) // self._sample_bytes
        return piece[:size]
