"""A WAV file that grows while somebody speaks, and is right whenever it is looked at."""

import asyncio
import contextlib
import wave
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from theresa_client.audio.worker import Worker
from theresa_client.errors import OutputError
from theresa_protocol.audio import AudioFormat

LIMIT_MS = 60_000
"""Sound that waits for the disk. A disk that is slower loses the recording, not the session."""
MAX_BYTES = 2**32 - 2**20
"""A WAV file counts its bytes in 32 bits."""


class Recorder:
    """Records signed 16-bit PCM into ``path``, off the event loop. ``run`` must run beside until ``finish``.

    The file is made once there is a session (``begin``), so that a refused one leaves none behind; it must not exist.
    When it cannot be written any more ``tell`` takes a sentence at once, and ``failure`` says what the file holds.
    """

    def __init__(self, path: Path, audio: AudioFormat, tell: Callable[[str], None]) -> None:
        self.failure: OutputError | None = None
        self._path = path
        self._audio = audio
        self._tell = tell
        self._limit = audio.samples(LIMIT_MS) * audio.sample_bytes
        self._pieces: list[bytes] = []
        self._waiting = 0
        self._written = 0
        self._moved = asyncio.Event()
        self._begun = self._finished = False
        self._file: BinaryIO | None = None
        self._wave: wave.Wave_write | None = None

    def append(self, pcm: bytes) -> None:
        """Record whole samples."""
        if self.failure is not None or self._finished:
            return
        if self._waiting + len(pcm) > self._limit:
            self._fail("the disk is too slow")
            return
        self._pieces.append(pcm)
        self._waiting += len(pcm)
        self._moved.set()

    def begin(self) -> None:
        """There is a session: write what has come, and what comes."""
        self._begun = True
        self._moved.set()

    def finish(self) -> None:
        """No more comes: ``run`` returns once all is written."""
        self._finished = True
        self._moved.set()

    async def run(self) -> None:
        """Write, in order, one piece at a time."""
        worker = Worker(f"writer of {self._path.name}")
        try:
            while not self._finished:
                await self._moved.wait()
                self._moved.clear()
                await self._write_all(worker)
        finally:
            self._finished = True
            await self._write_all(worker)
            await worker.run(self._close)
            worker.close(lambda: None)

    async def _write_all(self, worker: Worker) -> None:
        while self._begun and self._pieces and self.failure is None:
            pcm = b"".join(self._pieces)
            self._pieces.clear()
            self._waiting = 0
            try:
                await worker.run(lambda pcm=pcm: self._write(pcm))  # type: ignore[misc]
            except OSError as error:
                self._fail(error.strerror or str(error))

    def _write(self, pcm: bytes) -> None:
        if self._wave is None:
            self._file = self._path.open("xb")
            self._wave = wave.Wave_write(self._file)  # wave.open, for a file that is open
            self._wave.setparams((self._audio.channels, 2, self._audio.rate, 0, "NONE", ""))
        if self._written + len(pcm) > MAX_BYTES:
            raise OSError("a WAV file holds no more than 4 GiB")
        assert self._file is not None  # noqa: S101 - opened above
        self._wave.writeframes(pcm)  # and the header with its new length
        self._file.flush()
        self._written += len(pcm)

    def _close(self) -> None:
        if self._file is None or self._wave is None:
            return
        with contextlib.suppress(OSError):  # it was told when it happened
            self._wave.close()
            self._file.close()

    def _fail(self, why: str) -> None:
        self._pieces.clear()
        kept_s = self._written // self._audio.sample_bytes / self._audio.rate
        self._tell(f"{self._path} cannot be recorded any more: {why}. The transcript goes on.")
        self.failure = OutputError(f"{self._path} holds only the first {kept_s:.1f} s of the sound: {why}.")
