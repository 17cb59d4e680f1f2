"""Recordings of any format as the 16 kHz mono PCM that the segmenter hears, by FFmpeg's libraries (PyAV). Blocking.

What is read comes from strangers. Only containers that hold sound themselves are opened: no playlist or manifest, which
would have FFmpeg open other files and addresses. Pictures are not looked at. Memory is bounded by a few packets,
however long the recording is and whatever it says of itself.
"""

import io
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from functools import cache
from typing import BinaryIO, Self

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.codec import Codec, codecs_available
from av.codec.codec import UnknownCodecError
from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Discard

from theresa_server.audio.pcm import SAMPLE_RATE_HZ, Pcm

FORMATS = (
    "aac,ac3,aiff,amr,amrnb,amrwb,ape,asf,au,avi,caf,dsf,dts,eac3,flac,flv,loas,matroska,mov,mp3,mpc,mpc8,mpeg,mpegts,mxf,"
    "nut,ogg,oma,qcp,rm,tak,truehd,tta,voc,w64,wav,wtv,wv,xwma"
)
"""The containers that are opened, by FFmpeg's names."""

MEASURED_FORMATS = ("asf", "avi", "caf", "flac", "matroska", "mov", "ogg", "w64", "wav")
"""Containers that know how long they are; of others FFmpeg guesses from the first packets."""

MAX_PACKET_BYTES = 4 * 1024 * 1024
"""The largest packet that is decoded: two seconds of the densest sound there is have less."""

RATES_HZ = range(4_000, 768_001)
"""Sampling rates that are believed: of a lower one, a small file would become a huge one."""

NOTHING: Pcm = np.empty(0, np.int16)


class MediaError(ValueError):
    """A recording cannot be used; the message is one clear sentence."""


class RecordingTooLong(MediaError):
    """A recording is longer than is allowed."""


class Recording:
    """A recording that has been opened. To be used from one thread at a time, and closed.

    Raises ``MediaError`` when there is no audio in it, and ``RecordingTooLong`` when it declares itself longer than
    ``max_s`` seconds.
    """

    def __init__(self, source: BinaryIO, max_s: int) -> None:
        self.samples = 0
        """How much has been decoded."""
        self._max_s = max_s
        with ExitStack() as opened:
            self._container = opened.enter_context(_container(source))
            self._stream = _only_audio(self._container)
            if self._says_too_long():
                raise RecordingTooLong(_too_long(max_s))
            self._opened = opened.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of it; the source stays open."""
        self._opened.close()

    def pcm(self) -> Iterator[Pcm]:
        """The audio, piece by piece; what is damaged in it is left out, and comes as an empty piece.

        Raises ``RecordingTooLong``, and ``MediaError`` where nothing can be decoded.
        """
        resampler, kind = _resampler(), None
        for frame in self._frames():
            if frame is None:
                yield NOTHING
                continue
            if kind not in (None, _kind(frame)):  # the format changed in mid-stream
                yield from self._counted(resampler, None)
                resampler = _resampler()
            kind = _kind(frame)
            frame.pts = None  # gaps between time stamps are the container's affair
            yield from self._counted(resampler, frame)
        if kind is None:
            raise MediaError("The recording holds no audio that can be decoded.")
        yield from self._counted(resampler, None)

    def _counted(self, resampler: AudioResampler, frame: AudioFrame | None) -> Iterator[Pcm]:
        if frame is not None and frame.sample_rate not in RATES_HZ:
            raise MediaError(f"A recording cannot have a sampling rate of {frame.sample_rate} Hz.")
        try:
            converted = resampler.resample(frame)
        except (FFmpegError, ValueError):
            raise MediaError("The audio of the recording cannot be converted.") from None
        for piece in map(_pcm, converted):
            self.samples += piece.size
            if self.samples > self._max_s * SAMPLE_RATE_HZ:
                raise RecordingTooLong(_too_long(self._max_s))
            yield piece

    def _frames(self) -> Iterator[AudioFrame | None]:
        """The frames; ``None`` where there is none to be had."""
        try:
            for packet in self._container.demux(self._stream):
                yield from self._decoded(packet)
        except FFmpegError:
            return  # the rest of the file is missing

    def _decoded(self, packet: "Packet[AudioStream]") -> Iterator[AudioFrame | None]:
        frames: list[AudioFrame] = []
        if packet.size <= MAX_PACKET_BYTES:
            with suppress(FFmpegError):
                frames = packet.decode()
        yield from frames
        if not frames:
            yield None

    def _says_too_long(self) -> bool:
        if self._container.format.name.split(",")[0] not in MEASURED_FORMATS:
            return False
        seconds = [(self._container.duration or 0) / av.time_base]
        if self._stream.duration is not None and self._stream.time_base is not None:
            seconds.append(float(self._stream.duration * self._stream.time_base))
        return max(seconds) > self._max_s + 1  # padding counts in some containers


def decode(data: bytes, max_s: int) -> Iterator[Pcm]:
    """The audio of a file in memory, piece by piece. Raises ``MediaError`` as ``Recording`` does."""
    with Recording(io.BytesIO(data), max_s) as recording:
        yield from recording.pcm()


def _container(source: BinaryIO) -> InputContainer:
    if not source.read(1):
        raise MediaError("The recording is empty.")
    source.seek(0)
    options = {"format_whitelist": FORMATS, "protocol_whitelist": "none", "codec_whitelist": _audio_codecs()}
    try:
        return av.open(source, "r", container_options=options, metadata_errors="replace")
    except (FFmpegError, ValueError):
        raise MediaError("This is not a recording that can be decoded.") from None


def _only_audio(container: InputContainer) -> AudioStream:
    """The first audio track; nothing is read of what is beside it."""
    if not container.streams.audio:
        raise MediaError("The recording has no audio track.")
    chosen = container.streams.audio[0]
    for stream in container.streams:
        if stream is not chosen:
            stream.discard = Discard.all
    return chosen


@cache
def _audio_codecs() -> str:
    """All decoders of sound: FFmpeg must not look into pictures to find out about a file."""
    found = []
    for name in sorted(codecs_available):
        try:
            codec = Codec(name, "r")
        except UnknownCodecError:  # it can only be written
            continue
        if codec.type == "audio":
            found.append(name)
    return ",".join(found)


def _resampler() -> AudioResampler:
    return AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE_HZ)


def _kind(frame: AudioFrame) -> tuple[str, str, int]:
    return frame.format.name, frame.layout.name, frame.sample_rate


def _pcm(frame: AudioFrame) -> Pcm:
    return np.frombuffer(bytes(frame.planes[0])[: frame.samples * 2], dtype=np.int16)  # planes are padded


def _too_long(max_s: int) -> str:
    return f"The recording is longer than {max_s} s."
