"""Encodes speech in various file formats with FFmpeg's libraries."""

import io
from collections.abc import Iterable

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.video.frame import VideoFrame

from theresa_server.audio.pcm import SAMPLE_RATE_HZ, Pcm

FORMATS = {
    "wav": ("wav", "pcm_s16le", 16_000),
    "flac": ("flac", "flac", 16_000),
    "mp3": ("mp3", "mp3", 44_100),
    "m4a": ("ipod", "aac", 44_100),
    "ogg": ("ogg", "libopus", 48_000),
    "webm": ("webm", "libopus", 48_000),
    "mp4": ("mp4", "aac", 48_000),
}
"""Container, codec and sample rate in Hz by file extension. The mp4 also has a video track."""


def encode(pcm: Pcm, suffix: str) -> bytes:
    """Encode 16 kHz speech."""
    return encode_pieces([pcm], suffix)


def encode_pieces(pieces: Iterable[Pcm], suffix: str) -> bytes:
    """Encode 16 kHz speech given in pieces, which may be long."""
    container, codec, rate_hz = FORMATS[suffix]
    file = io.BytesIO()
    with av.open(file, "w", format=container) as output:
        audio = output.add_stream(codec, rate=rate_hz, layout="mono")
        if suffix == "mp4":
            _add_video(output)
        size = audio.codec_context.frame_size or 4096
        resampler = av.AudioResampler(audio.format, "mono", rate_hz, size)
        for piece in pieces:
            frame = AudioFrame.from_ndarray(np.ascontiguousarray(piece)[None], format="s16", layout="mono")
            frame.sample_rate = SAMPLE_RATE_HZ
            for converted in resampler.resample(frame):
                output.mux(audio.encode(converted))
        for converted in resampler.resample(None):
            output.mux(audio.encode(converted))
        output.mux(audio.encode(None))
    return file.getvalue()


def _add_video(output: av.container.OutputContainer) -> None:
    """Add one second of grey video."""
    video = output.add_stream("mpeg4", rate=10)
    video.width = video.height = 64
    for _ in range(10):
        output.mux(video.encode(VideoFrame.from_ndarray(np.full((64, 64, 3), 127, np.uint8), format="rgb24")))
    output.mux(video.encode(None))
