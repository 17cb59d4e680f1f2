"""Generated recordings, in any format that FFmpeg writes."""

from pathlib import Path

import av
import numpy as np
from av.audio.frame import AudioFrame

FRAME = 1024


def write(
    path: Path, *, codec: str, rate: int = 16_000, layout: str = "mono", seconds: float = 1.0, video: bool = False
) -> Path:
    """A sine of 440 Hz, a quarter of full scale."""
    channels = len(layout.split("+")) if "+" in layout else {"mono": 1, "stereo": 2, "5.1": 6}[layout]
    times = np.arange(int(rate * seconds)) / rate
    sine = (np.sin(2 * np.pi * 440 * times) * 8192).astype(np.int16)
    with av.open(path, "w") as container:
        if video:
            container.add_stream("mjpeg", rate=25)
        stream = container.add_stream(codec, rate=rate, layout=layout)
        size = stream.codec_context.frame_size or FRAME
        for begin in range(0, len(sine), size):
            piece = sine[begin : begin + size]
            frame = AudioFrame.from_ndarray(np.repeat(piece, channels)[None, :], format="s16", layout=layout)
            frame.sample_rate = rate
            frame.pts = begin
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def samples(pcm: bytes, channels: int = 1) -> np.ndarray:
    """Signed 16 bits as an array of samples × channels."""
    return np.frombuffer(pcm, dtype="<i2").reshape(-1, channels)


def pitch_hz(pcm: bytes, rate: int, channels: int = 1) -> float:
    """The strongest frequency of the first channel."""
    signal = samples(pcm, channels)[:, 0].astype(float)
    spectrum = np.abs(np.fft.rfft(signal * np.hanning(len(signal))))
    return float(np.argmax(spectrum) * rate / len(signal))
