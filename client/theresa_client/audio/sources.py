"""Sources of audio, and two of them: recordings, and raw PCM on standard input."""

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from theresa_client.audio.decoding import Decoder
from theresa_client.audio.worker import Worker
from theresa_client.errors import SourceError
from theresa_protocol.audio import AudioFormat

READ_AHEAD_MS = 1_000
"""Audio that is decoded at a time, and so the maximum in memory."""
STDIN = "-"


class Reader(Protocol):
    """A blocking reader of PCM, used on one thread only."""

    damaged: int
    """Packets that could not be decoded."""

    def read(self, size: int) -> bytes:
        """Return about ``size`` bytes, fewer if no more are available yet, none at the end."""


class AudioSource(Protocol):
    """Audio to send."""

    @property
    def audio(self) -> AudioFormat:
        """Format of the audio."""

    @property
    def duration_ms(self) -> int | None:
        """Duration of the audio; ``None`` if unknown."""

    def chunks(self, chunk_ms: int) -> AsyncIterator[bytes]:
        """Yield the audio in whole samples, at most ``chunk_ms`` at a time.

        Raises:
            SourceError: if the source fails.
        """

    def stop(self) -> bool:
        """Stop the source. Returns whether the remaining ``chunks``, which end soon, must still be sent."""

    def warnings(self) -> list[str]:
        """Return one sentence per problem, once all audio was read."""


@dataclass(frozen=True)
class RecordedSource:
    """A file or standard input: a source that can be read later."""

    name: str
    audio: AudioFormat
    duration_ms: int | None
    _reader: Reader = field(repr=False)
    _worker: Worker = field(repr=False)
    _warnings: list[str] = field(default_factory=list, repr=False)

    async def chunks(self, chunk_ms: int) -> AsyncIterator[bytes]:
        """Yield the audio in whole samples, ``chunk_ms`` at a time; the last chunk may be shorter.

        Reads off the event loop, and at most ``READ_AHEAD_MS`` ahead.

        Raises:
            SourceError: if there is no audio, or it cannot be read.
        """
        sample_bytes = self.audio.sample_bytes
        step = max(self.audio.samples(chunk_ms), 1) * sample_bytes
        buffer, sent = b"", 0
        while piece := await self._worker.run(self._read_ahead):
            buffer += piece
            whole = len(buffer) // step * step
            for begin in range(0, whole, step):
                yield buffer[begin : begin + step]
            sent += whole
            buffer = buffer[whole:]
        if rest := len(buffer) % sample_bytes:
            dropped = "1 byte" if rest == 1 else f"{rest} bytes"
            self._warnings.append(f"Dropped {dropped} at the end, which is not a whole sample: check the audio format.")
            buffer = buffer[:-rest]
        if buffer:
            sent += len(buffer)
            yield buffer
        if not sent:
            raise SourceError(f"There is no audio in {self.name}.")
        if self._reader.damaged:
            self._warnings.append(f"{self.name} is damaged: parts that could not be decoded were skipped.")

    def stop(self) -> bool:
        """Stop at once: nothing more must be sent."""
        return False

    def warnings(self) -> list[str]:
        """Return one sentence per problem, once all audio was read."""
        return self._warnings

    def _read_ahead(self) -> bytes:
        return self._reader.read(self.audio.samples(READ_AHEAD_MS) * self.audio.sample_bytes)


@asynccontextmanager
async def open_file(path: Path) -> AsyncIterator[RecordedSource]:
    """Open a recording in any format that ``Decoder`` reads.

    Raises:
        SourceError: if it cannot be read.
    """
    worker = Worker(f"decoder of {path.name}")
    decoder: Decoder | None = None

    def close() -> None:
        if decoder is not None:
            decoder.close()

    try:
        decoder = await worker.run(lambda: Decoder(path))
        yield RecordedSource(path.name, decoder.audio, decoder.duration_ms, decoder, worker)
    finally:
        worker.close(close)


@asynccontextmanager
async def open_stdin(audio: AudioFormat) -> AsyncIterator[RecordedSource]:
    """Open raw PCM on standard input, which is sent as it arrives.

    Raises:
        SourceError: if standard input is a terminal.
    """
    if sys.stdin is None or sys.stdin.isatty():
        raise SourceError(
            "Standard input is a terminal. Pipe raw PCM into it, for example: "
            "`arecord -t raw -f S16_LE -r 16000 | theresa replay - --rate 16000`."
        )
    reader = DescriptorReader(sys.stdin.fileno())
    worker = Worker("reader of standard input")
    try:
        yield RecordedSource("standard input", audio, reader.duration_ms(audio), reader, worker)
    finally:
        worker.close(lambda: None)


class DescriptorReader:
    """Reads bytes from a file descriptor as they arrive."""

    damaged = 0

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def read(self, size: int) -> bytes:
        """Return the available bytes, without waiting for more.

        Raises:
            SourceError: if reading fails.
        """
        try:
            return os.read(self._descriptor, size)
        except OSError as error:
            raise SourceError(f"Cannot read standard input: {error.strerror}.") from None

    def duration_ms(self, audio: AudioFormat) -> int | None:
        """Return the duration if the descriptor is a file; that of a pipe is unknown."""
        size = os.fstat(self._descriptor).st_size
        return audio.milliseconds(size // audio.sample_bytes) if size else None
