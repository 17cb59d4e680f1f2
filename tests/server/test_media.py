import io
import wave
from collections.abc import Callable

import av
import numpy as np
import pytest

from theresa_server.media import MediaError, decode
from theresa_server.pcm import SAMPLE_RATE_HZ


def tone(seconds: float, rate_hz: int) -> np.ndarray:
    return (8_000 * np.sin(2 * np.pi * 440 * np.arange(int(seconds * rate_hz)) / rate_hz)).astype(np.int16)


def wav(seconds: float, rate_hz: int = 44_100) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(rate_hz)
        writer.writeframes(tone(seconds, rate_hz).tobytes())
    return file.getvalue()


def encoded(container: str, codec: str) -> Callable[[float], bytes]:
    def make(seconds: float) -> bytes:
        file = io.BytesIO()
        with av.open(file, "w", format=container) as output:
            stream = output.add_stream(codec, rate=48_000, layout="mono")
            frame = av.AudioFrame.from_ndarray(tone(seconds, 48_000)[None], format="s16", layout="mono")
            frame.rate = 48_000
            for resampled in av.AudioResampler(stream.format, "mono", 48_000, stream.frame_size or 1024).resample(
                frame
            ):
                output.mux(stream.encode(resampled))
            output.mux(stream.encode(None))
        return file.getvalue()

    return make


@pytest.mark.parametrize("make", [wav, encoded("mp3", "mp3"), encoded("ipod", "aac"), encoded("webm", "libopus")])
def test_every_format_becomes_16_khz(make: Callable[[float], bytes]) -> None:
    pcm = np.concatenate(list(decode(make(2.0), 60)))

    assert pcm.dtype == np.int16
    assert pcm.size == pytest.approx(2 * SAMPLE_RATE_HZ, rel=0.06)


def test_a_truncated_file_gives_what_is_there() -> None:
    data = wav(2.0)

    assert sum(piece.size for piece in decode(data[: len(data) // 2], 60)) == pytest.approx(SAMPLE_RATE_HZ, rel=0.1)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [(b"", "is empty"), (b"no audio at all", "not a recording that can be decoded"), (wav(3.0), "longer than 2 s")],
)
def test_what_cannot_be_used_is_one_sentence(data: bytes, sentence: str) -> None:
    with pytest.raises(MediaError, match=sentence):
        list(decode(data, 2))
