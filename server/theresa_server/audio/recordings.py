"""Decoding of recordings in any format to 16 kHz mono PCM with FFmpeg's libraries (PyAV). Blocking.

Recordings are untrusted input. Only containers that hold audio themselves are opened, no playlists or manifests, which
would make FFmpeg open other files and addresses. Video is never decoded. Memory is bounded by a few packets, however
long the recording is or claims to be.
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
"""The containers that may be opened, by FFmpeg's names."""

FORMATS_WITH_DURATION = ("asf", "avi", "caf", "flac", "matroska", "mov", "ogg", "w64", "wav")
"""Containers that state their duration. For others FFmpeg guesses it from the first packets."""

MAX_PACKET_BYTES = 4 * 1024 * 1024
"""The largest packet that is decoded. Two seconds of the highest-rate audio take less."""

PROBE_BYTES = 1024 * 1024
"""How much of a file FFmpeg reads to find the properties of its streams. It keeps all packets that this takes."""

FREE_PACKETS = 20_000
MIN_SAMPLES_PER_PACKET = 16
"""Beyond ``FREE_PACKETS``, packets must hold this many samples (1 ms) on average: decoding each of them takes time."""

RATES_HZ = range(4_000, 768_001)
"""The accepted sampling rates. At a lower rate, a small file would expand to a huge amount of audio."""

EMPTY: Pcm = np.empty(0, np.int16)


class MediaError(ValueError):
    """A recording cannot be used. The message is one clear sentence."""


class RecordingTooLong(MediaError):
    """A recording exceeds the maximum duration."""


class Recording:
    """An open recording. Use it from one thread at a time, and close it.

    Args:
        source: the file.
        max_s: the maximum duration in seconds.

    Raises:
        MediaError: the file is not a recording, or has no audio.
        RecordingTooLong: the recording declares a longer duration than ``max_s``.
    """

    def __init__(self, source: BinaryIO, max_s: int) -> None:
        self.samples = 0
        """How many samples have been decoded."""
        self._packets = 0
        self._max_s = max_s
        with ExitStack() as stack:
            self._container = stack.enter_context(_container(source))
            self._stream = _only_audio(self._container)
            if self._declares_too_long():
                raise RecordingTooLong(_too_long(max_s))
            self._stack = stack.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the recording. The source stays open."""
        self._stack.close()

    def pcm(self) -> Iterator[Pcm]:
        """Yield the audio in chunks. Damaged parts are skipped; each yields an empty chunk.

        Raises:
            MediaError: none of the audio can be decoded, or too many packets hold none.
            RecordingTooLong: the audio exceeds the maximum duration.
        """
        resampler, kind = _resampler(), None
        for frame in self._frames():
            if frame is None:
                yield EMPTY
                continue
            if kind not in (None, _kind(frame)):  # the format changed within the stream
                yield from self._counted(resampler, None)
                resampler = _resampler()
            kind = _kind(frame)
            frame.pts = None  # ignore gaps between time stamps
            yield from self._counted(resampler, frame)
        if kind is None:
            raise MediaError("The recording contains no audio that can be decoded.")
        yield from self._counted(resampler, None)

    def _counted(self, resampler: AudioResampler, frame: AudioFrame | None) -> Iterator[Pcm]:
        if frame is not None and frame.sample_rate not in RATES_HZ:
            raise MediaError(f"A sampling rate of {frame.sample_rate} Hz is not supported.")
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
        """Yield the frames, and ``None`` for each packet without any."""
        try:
            for packet in self._container.demux(self._stream):
                self._count_packet()
                yield from self._decoded(packet)
        except FFmpegError:
            return  # the rest of the file is missing

    def _count_packet(self) -> None:
        self._packets += 1
        if (self._packets - FREE_PACKETS) * MIN_SAMPLES_PER_PACKET > self.samples:
            raise MediaError("The recording consists of too many packets without audio.")

    def _decoded(self, packet: "Packet[AudioStream]") -> Iterator[AudioFrame | None]:
        frames: list[AudioFrame] = []
        if packet.size <= MAX_PACKET_BYTES:
            with suppress(FFmpegError):
                frames = packet.decode()
        yield from frames
        if not frames:
            yield None

    def _declares_too_long(self) -> bool:
        if self._container.format.name.split(",")[0] not in FORMATS_WITH_DURATION:
            return False
        seconds = [(self._container.duration or 0) / av.time_base]
        if self._stream.duration is not None and self._stream.time_base is not None:
            seconds.append(float(self._stream.duration * self._stream.time_base))
        return max(seconds) > self._max_s + 1  # padding counts in some containers


def decode(data: bytes, max_s: int) -> Iterator[Pcm]:
    """Yield the audio of a file in memory in chunks.

    Raises:
        MediaError: as for ``Recording``.
    """
    with Recording(io.BytesIO(data), max_s) as recording:
        yield from recording.pcm()


def _container(source: BinaryIO) -> InputContainer:
    if not source.read(1):
        raise MediaError("The recording is empty.")
    source.seek(0)
    options = {
        "format_whitelist": FORMATS,
        "protocol_whitelist": "none",
        "codec_whitelist": _audio_codecs(),
        "probesize": str(PROBE_BYTES),
    }
    try:
        return av.open(source, "r", container_options=options, metadata_errors="replace")
    except (FFmpegError, ValueError):
        raise MediaError("The file is not a recording that can be decoded.") from None


def _only_audio(container: InputContainer) -> AudioStream:
    """Return the first audio track, and discard all other tracks."""
    if not container.streams.audio:
        raise MediaError("The recording has no audio track.")
    chosen = container.streams.audio[0]
    for stream in container.streams:
        if stream is not chosen:
            stream.discard = Discard.all
    return chosen


@cache
def _audio_codecs() -> str:
    """Return the names of all audio decoders, so that FFmpeg does not decode video while it probes a file."""
    found = []
    for name in sorted(codecs_available):
        try:
            codec = Codec(name, "r")
        except UnknownCodecError:  # only an encoder exists
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
