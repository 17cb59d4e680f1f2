"""Recordings of any format as the 16 kHz mono PCM that the segmenter hears, by FFmpeg's libraries (PyAV). Blocking."""

import io
from collections.abc import Iterator
from contextlib import ExitStack

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.error import FFmpegError

from theresa_server.pcm import SAMPLE_RATE_HZ, Pcm


class MediaError(ValueError):
    """A recording cannot be used; the message is one clear sentence."""


def decode(data: bytes, max_s: int) -> Iterator[Pcm]:
    """The audio of a file, piece by piece, whatever its format; what is damaged in it is left out.

    Raises ``MediaError`` when there is no audio in it, or more than ``max_s`` seconds.
    """
    with ExitStack() as closing:
        frames = _frames(closing, data)
        resampler = AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE_HZ)
        kind, samples = None, 0
        for frame in frames:
            if kind not in (None, _kind(frame)):  # the format changed in mid-stream
                yield from map(_pcm, resampler.resample(None))
                resampler = AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE_HZ)
            kind = _kind(frame)
            frame.pts = None  # gaps between time stamps are the container's affair
            for piece in map(_pcm, resampler.resample(frame)):
                samples += piece.size
                if samples > max_s * SAMPLE_RATE_HZ:
                    raise MediaError(f"The recording is longer than {max_s} s.")
                yield piece
        if kind is None:
            raise MediaError("The recording holds no audio that can be decoded.")
        yield from map(_pcm, resampler.resample(None))


def _frames(closing: ExitStack, data: bytes) -> Iterator[AudioFrame]:
    if not data:
        raise MediaError("The recording is empty.")
    try:
        container = closing.enter_context(av.open(io.BytesIO(data), "r", metadata_errors="replace"))
    except (FFmpegError, ValueError):
        raise MediaError("This is not a recording that can be decoded.") from None
    if not container.streams.audio:
        raise MediaError("The recording has no audio track.")
    try:
        for packet in container.demux(container.streams.audio[0]):
            try:
                yield from packet.decode()
            except FFmpegError:
                continue
    except FFmpegError:
        return  # the rest of the file is missing


def _kind(frame: AudioFrame) -> tuple[str, str, int]:
    return frame.format.name, frame.layout.name, frame.sample_rate


def _pcm(frame: AudioFrame) -> Pcm:
    return np.frombuffer(bytes(frame.planes[0])[: frame.samples * 2], dtype=np.int16)  # planes are padded
