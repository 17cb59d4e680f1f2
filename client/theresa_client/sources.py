"""Where audio comes from: recordings, and raw PCM on standard input. Read off the event loop, never far ahead."""

import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from theresa_client.decoding import Decoder
from theresa_client.errors import SourceError
from theresa_client.worker import Worker
from theresa_protocol.audio import AudioFormat

READ_AHEAD_MS = 1_000
"""Audio that is decoded in one go: the bound of what is held."""
STDIN = "-"


@dataclass(frozen=True)
class Source:
    """Audio to send. ``duration_ms`` is ``None`` where it is not known."""

    name: str
    audio: AudioFormat
    duration_ms: int | None
    _read: Callable[[int], bytes] = field(repr=False)
    _worker: Worker = field(repr=False)
    _warn: Callable[[str], None] = field(repr=False)

    async def chunks(self, chunk_ms: int) -> AsyncIterator[bytes]:
        """The audio in pieces of ``chunk_ms``; the last one may be shorter, and all hold whole samples."""
        sample_bytes = self.audio.sample_bytes
        step = max(self.audio.samples(chunk_ms), 1) * sample_bytes
        buffer = b""
        while piece := await self._worker.run(self._read_ahead):
            buffer += piece
            whole = len(buffer) // step * step
            for begin in range(0, whole, step):
                yield buffer[begin : begin + step]
            buffer = buffer[whole:]
        if rest := len(buffer) % sample_bytes:
            self._warn(f"{self.name}: the last {rest} byte{'s are' if rest > 1 else ' is'} no whole sample: left out.")
            buffer = buffer[:-rest]
        if buffer:
            yield buffer

    def _read_ahead(self) -> bytes:
        return self._read(self.audio.samples(READ_AHEAD_MS) * self.audio.sample_bytes)


@asynccontextmanager
async def open_file(path: Path, warn: Callable[[str], None]) -> AsyncIterator[Source]:
    """A recording in any format that ``Decoder`` reads. Raises ``SourceError``. ``warn`` takes one sentence."""
    worker = Worker(f"decoder of {path.name}")
    decoder: Decoder | None = None

    def close() -> None:
        if decoder is not None:
            decoder.close()

    try:
        decoder = await worker.run(lambda: Decoder(path))
        yield Source(path.name, decoder.audio, decoder.duration_ms, decoder.read, worker, warn)
        if decoder.damaged:
            warn(f"{path}: damaged; what could not be decoded was left out.")
    finally:
        worker.close(close)


@asynccontextmanager
async def open_stdin(audio: AudioFormat, warn: Callable[[str], None]) -> AsyncIterator[Source]:
    """Raw PCM in ``audio`` on standard input, as it comes. Raises ``SourceError`` where that is a terminal."""
    if sys.stdin is None or sys.stdin.isatty():
        raise SourceError(
            "Standard input is a terminal: pipe raw PCM into it, as in "
            "`arecord -t raw -f S16_LE -r 16000 | theresa replay - --rate 16000`."
        )
    descriptor = sys.stdin.fileno()
    worker = Worker("reader of standard input")
    try:
        yield Source("stdin", audio, _regular_ms(descriptor, audio), lambda size: _read(descriptor, size), worker, warn)
    finally:
        worker.close(lambda: None)


def _read(descriptor: int, size: int) -> bytes:
    try:
        return os.read(descriptor, size)  # what there is, without waiting for more
    except OSError as error:
        raise SourceError(f"Standard input cannot be read: {error.strerror}.") from None


def _regular_ms(descriptor: int, audio: AudioFormat) -> int | None:
    """Duration where standard input is a file; a pipe does not know it."""
    size = os.fstat(descriptor).st_size
    return audio.milliseconds(size // audio.sample_bytes) if size else None
