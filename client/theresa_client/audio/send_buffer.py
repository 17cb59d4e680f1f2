"""A bounded buffer of captured audio that is not sent yet. Pure."""

from collections import deque

from theresa_protocol.audio import AudioFormat


class SendBuffer:
    """Audio in order, in which silence replaces lost samples, so that later audio keeps its position in time.

    When the buffer is full, the newest audio is replaced, so that the oldest is sent without gaps. Silence is only
    counted and takes no space, so that an outage may last any time.
    """

    def __init__(self, audio: AudioFormat, limit_ms: int) -> None:
        self._sample_bytes = audio.sample_bytes
        self._limit = audio.samples(limit_ms)
        self._pieces: deque[bytes | int] = deque()  # audio, or a number of samples of silence
        self._buffered = 0
        self.waiting = 0
        """Samples in the buffer, silence included."""
        self.lost = 0
        """Samples replaced by silence."""

    def append(self, pcm: bytes) -> bool:
        """Append whole samples. Returns false if the buffer is full, and silence replaces all of them."""
        samples = len(pcm) // self._sample_bytes
        if self._buffered + samples > self._limit:
            self.append_silence(samples)
            return False
        if samples:
            self._pieces.append(pcm)
            self._buffered += samples
            self.waiting += samples
        return True

    def append_silence(self, samples: int) -> None:
        """Append silence in place of lost samples."""
        if samples <= 0:
            return
        before = self._pieces.pop() if self._pieces and isinstance(self._pieces[-1], int) else 0
        assert isinstance(before, int)  # noqa: S101 - for the type checker
        self._pieces.append(before + samples)
        self.waiting += samples
        self.lost += samples

    def take(self, samples: int) -> bytes:
        """Remove and return at most ``samples`` samples; empty if the buffer is empty."""
        pieces: list[bytes] = []
        missing = samples
        while missing and self._pieces:
            pieces.append(self._take_piece(missing))
            missing -= len(pieces[-1]) // self._sample_bytes
        self.waiting -= samples - missing
        return b"".join(pieces)

    def _take_piece(self, samples: int) -> bytes:
        """Remove and return the beginning of the first piece."""
        piece = self._pieces.popleft()
        if isinstance(piece, int):
            taken = min(piece, samples)
            if piece > taken:
                self._pieces.appendleft(piece - taken)
            return bytes(taken * self._sample_bytes)
        size = samples * self._sample_bytes
        if piece[size:]:
            self._pieces.appendleft(piece[size:])
        self._buffered -= len(piece[:size]) // self._sample_bytes
        return piece[:size]
