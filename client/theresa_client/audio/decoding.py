"""Decodes recordings to PCM with FFmpeg (PyAV): wav, flac, ogg, opus, mp3, m4a, mp4, webm and more."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import av
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.error import FFmpegError

from theresa_client.errors import SourceError
from theresa_protocol.audio import MAX_CHANNELS, MAX_RATE_HZ, MIN_RATE_HZ, AudioFormat

_OPEN_ERRORS = (FFmpegError, ValueError)


class Decoder:
    """An open recording. Its calls block, and belong on one thread.

    Raises:
        SourceError: if the file cannot be read or decoded.
    """

    def __init__(self, path: Path) -> None:
        _check(path)
        self.damaged = 0
        """Packets that could not be decoded and were skipped."""
        self._closing = ExitStack()
        try:
            container = self._closing.enter_context(_open(path))
            stream = _audio_stream(path, container)
            self._frames = self._decode(container, stream)
            first = next(self._frames, None)
            if first is None:
                raise SourceError(f"{path} has no audio that can be decoded.")
        except BaseException:
            self._closing.close()
            raise
        # From the first frame, not from the header: some AAC doubles its rate while decoding.
        self.audio = AudioFormat(rate=_rate(first.sample_rate), channels=min(first.layout.nb_channels, MAX_CHANNELS))
        """Format of the PCM: signed 16 bits, at the rate and channels of the recording, or the nearest allowed ones."""
        self.duration_ms = _duration_ms(container, stream)
        """``None`` if the file does not state it."""
        self._pcm = self._resample(first)

    def read(self, size: int) -> bytes:
        """Return the next ``size`` bytes or slightly more; fewer only at the end, then none."""
        pieces: list[bytes] = []
        found = 0
        while found < size and (piece := next(self._pcm, None)) is not None:
            pieces.append(piece)
            found += len(piece)
        return b"".join(pieces)

    def close(self) -> None:
        """Close the file."""
        self._closing.close()

    def _decode(self, container: InputContainer, stream: AudioStream) -> Iterator[AudioFrame]:
        try:
            for packet in container.demux(stream):
                try:
                    yield from packet.decode()
                except FFmpegError:
                    self.damaged += 1
        except FFmpegError:
            self.damaged += 1  # the rest of the file cannot be read

    def _resample(self, first: AudioFrame) -> Iterator[bytes]:
        frame: AudioFrame | None = first
        kind, resampler = None, self._resampler()
        while frame is not None:
            if kind not in (None, _kind(frame)):  # the format changed in mid-stream
                yield from self._bytes(resampler.resample(None))
                resampler = self._resampler()
            kind = _kind(frame)
            frame.pts = None  # ignore gaps between the timestamps of the container
            yield from self._bytes(resampler.resample(frame))
            frame = next(self._frames, None)
        yield from self._bytes(resampler.resample(None))

    def _resampler(self) -> AudioResampler:
        layout = "mono" if self.audio.channels == 1 else "stereo"
        return AudioResampler(format="s16", layout=layout, rate=self.audio.rate)

    def _bytes(self, frames: list[AudioFrame]) -> Iterator[bytes]:
        for frame in frames:
            yield bytes(frame.planes[0])[: frame.samples * self.audio.sample_bytes]  # planes are padded


def _check(path: Path) -> None:
    try:
        if path.is_dir():
            raise SourceError(f"{path} is a directory: name a file in it.")
        if path.is_file() and path.stat().st_size == 0:
            raise SourceError(f"{path} is empty.")
        path.open("rb").close() if path.is_file() else path.stat()
    except FileNotFoundError:
        raise SourceError(f"{path} does not exist.") from None
    except (OSError, ValueError) as error:
        raise SourceError(f"Cannot read {path}: {getattr(error, 'strerror', None) or error}.") from None


def _open(path: Path) -> InputContainer:
    try:
        return av.open(f"file:{path}", metadata_errors="replace")
    except _OPEN_ERRORS:
        raise SourceError(
            f"{path} is not a recording in a known format. For raw PCM, use: theresa replay - --rate HZ < FILE"
        ) from None


def _audio_stream(path: Path, container: InputContainer) -> AudioStream:
    if not container.streams.audio:
        raise SourceError(f"{path} has no audio track.")
    return container.streams.audio[0]


def _rate(rate_hz: int) -> int:
    return min(max(rate_hz, MIN_RATE_HZ), MAX_RATE_HZ)


def _kind(frame: AudioFrame) -> tuple[str, str, int]:
    return frame.format.name, frame.layout.name, frame.sample_rate


def _duration_ms(container: InputContainer, stream: AudioStream) -> int | None:
    if stream.duration is not None and stream.time_base is not None:
        return int(stream.duration * stream.time_base * 1000)
    return container.duration * 1000 // av.time_base if container.duration is not None else None
