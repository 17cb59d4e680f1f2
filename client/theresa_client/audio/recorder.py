"""A WAV file that is valid at any time while it is written."""

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
"""Maximum audio that waits for the disk. A slower disk ends the recording, not the session."""
MAX_BYTES = 2**32 - 2**20
"""A WAV file counts its bytes in 32 bits."""


class Recorder:
    """Records signed 16-bit PCM to a new file, off the event loop. ``run`` must run alongside until ``finish``.

    The file is created by ``begin``, so that a refused session leaves none behind.

    Args:
        path: The file; it must not exist.
        audio: Format of the audio.
        notify: Called with a sentence as soon as writing fails. ``failure`` then describes what the file holds.
    """

    def __init__(self, path: Path, audio: AudioFormat, notify: Callable[[str], None]) -> None:
        self.failure: OutputError | None = None
        self._path = path
        self._audio = audio
        self._notify = notify
        self._limit = audio.samples(LIMIT_MS) * audio.sample_bytes
        self._pieces: list[bytes] = []
        self._waiting = 0
        self._written = 0
        self._changed = asyncio.Event()
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
        self._changed.set()

    def begin(self) -> None:
        """Start writing, including the audio appended before."""
        self._begun = True
        self._changed.set()

    def finish(self) -> None:
        """End the recording: ``run`` returns once everything is written."""
        self._finished = True
        self._changed.set()

    async def run(self) -> None:
        """Write the audio in order."""
        worker = Worker(f"writer of {self._path.name}")
        try:
            while not self._finished:
                await self._changed.wait()
                self._changed.clear()
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
            self._wave = wave.Wave_write(self._file)  # like wave.open, for a file that is already open
            self._wave.setparams((self._audio.channels, 2, self._audio.rate, 0, "NONE", ""))
        if self._written + len(pcm) > MAX_BYTES:
            raise OSError("a WAV file cannot exceed 4 GiB")
        assert self._file is not None  # noqa: S101 - opened above
        self._wave.writeframes(pcm)  # also updates the length in the header
        self._file.flush()
        self._written += len(pcm)

    def _close(self) -> None:
        if self._file is None or self._wave is None:
            return
        with contextlib.suppress(OSError):  # reported when writing failed
            self._wave.close()
            self._file.close()

    def _fail(self, reason: str) -> None:
        self._pieces.clear()
        kept_s = self._written // self._audio.sample_bytes / self._audio.rate
        self._notify(f"Recording to {self._path} has stopped: {reason}. The transcript continues.")
        self.failure = OutputError(f"{self._path} holds only the first {kept_s:.1f} s of audio: {reason}.")
