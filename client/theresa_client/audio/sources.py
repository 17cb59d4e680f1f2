"""Where audio comes from: recordings, and raw PCM on standard input. Read off the event loop, never far ahead."""

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
"""Audio that is decoded in one go: the bound of what is held."""
STDIN = "-"


class Reader(Protocol):
    """What blocks: used on one thread only."""

    damaged: int

    def read(self, size: int) -> bytes:
        """About ``size`` bytes, fewer where there are not more yet, none at the end."""


class Source(Protocol):
    """Audio to send."""

    @property
    def audio(self) -> AudioFormat:
        """The format that it is in."""

    @property
    def duration_ms(self) -> int | None:
        """How much there is; ``None`` where that is not known."""

    def chunks(self, chunk_ms: int) -> AsyncIterator[bytes]:
        """The audio in whole samples, at most ``chunk_ms`` at once. Raises ``SourceError``."""

    def stop(self) -> bool:
        """No more is wanted. Returns whether the rest of ``chunks``, which ends soon, is to be sent nevertheless."""

    def remarks(self) -> list[str]:
        """One sentence for each thing that was odd, once all was read."""


@dataclass(frozen=True)
class Recording:
    """Audio that can wait: a file, or what comes on standard input."""

    name: str
    audio: AudioFormat
    duration_ms: int | None
    _reader: Reader = field(repr=False)
    _worker: Worker = field(repr=False)
    _remarks: list[str] = field(default_factory=list, repr=False)

    async def chunks(self, chunk_ms: int) -> AsyncIterator[bytes]:
        """The audio in pieces of ``chunk_ms``; the last one may be shorter, and all hold whole samples."""
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
            left_out = "1 byte is" if rest == 1 else f"{rest} bytes are"
            self._remarks.append(f"The last {left_out} no whole sample and left out: is the format right?")
            buffer = buffer[:-rest]
        if buffer:
            sent += len(buffer)
            yield buffer
        if not sent:
            raise SourceError(f"There is no audio on {self.name}.")
        if self._reader.damaged:
            self._remarks.append(f"{self.name} is damaged: what could not be decoded was left out.")

    def stop(self) -> bool:
        """It can be left anywhere."""
        return False

    def remarks(self) -> list[str]:
        """One sentence for each thing that was odd, once all was read."""
        return self._remarks

    def _read_ahead(self) -> bytes:
        return self._reader.read(self.audio.samples(READ_AHEAD_MS) * self.audio.sample_bytes)


@asynccontextmanager
async def open_file(path: Path) -> AsyncIterator[Recording]:
    """A recording in any format that ``Decoder`` reads. Raises ``SourceError``."""
    worker = Worker(f"decoder of {path.name}")
    decoder: Decoder | None = None

    def close() -> None:
        if decoder is not None:
            decoder.close()

    try:
        decoder = await worker.run(lambda: Decoder(path))
        yield Recording(path.name, decoder.audio, decoder.duration_ms, decoder, worker)
    finally:
        worker.close(close)


@asynccontextmanager
async def open_stdin(audio: AudioFormat) -> AsyncIterator[Recording]:
    """Raw PCM in ``audio`` on standard input, as it comes. Raises ``SourceError`` where that is a terminal."""
    if sys.stdin is None or sys.stdin.isatty():
        raise SourceError(
            "Standard input is a terminal: pipe raw PCM into it, as in "
            "`arecord -t raw -f S16_LE -r 16000 | theresa replay - --rate 16000`."
        )
    reader = DescriptorReader(sys.stdin.fileno())
    worker = Worker("reader of standard input")
    try:
        yield Recording("standard input", audio, reader.duration_ms(audio), reader, worker)
    finally:
        worker.close(lambda: None)


class DescriptorReader:
    """Bytes from a file descriptor, as they come."""

    damaged = 0

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def read(self, size: int) -> bytes:
        """What there is, without waiting for more. Raises ``SourceError``."""
        try:
            return os.read(self._descriptor, size)
        except OSError as error:
            raise SourceError(f"Standard input cannot be read: {error.strerror}.") from None

    def duration_ms(self, audio: AudioFormat) -> int | None:
        """Known where the descriptor is a file; a pipe does not know it."""
        size = os.fstat(self._descriptor).st_size
        return audio.milliseconds(size // audio.sample_bytes) if size else None
