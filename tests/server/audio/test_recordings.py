"""Decoding of valid and damaged recordings in many formats."""

import contextlib
import io
import socket
import wave
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.formats import FORMATS, encode
from theresa_server.audio.pcm import SAMPLE_RATE_HZ, Pcm
from theresa_server.audio.recordings import FREE_PACKETS, MediaError, Recording, RecordingTooLong, decode


def tone(seconds: float) -> Pcm:
    times_s = np.arange(int(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    return np.asarray(8_000 * np.sin(2 * np.pi * 440 * times_s), np.int16)


def wav(seconds: float, rate_hz: int = SAMPLE_RATE_HZ, channels: int = 1) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(channels)
        writer.setsampwidth(2)
        writer.setframerate(rate_hz)
        writer.writeframes(tone(seconds).repeat(channels).tobytes())
    return file.getvalue()


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_format_becomes_16_khz(suffix: str) -> None:
    pcm = np.concatenate(list(decode(encode(tone(2), suffix), 60)))
    assert pcm.dtype == np.int16
    assert pcm.size == pytest.approx(2 * SAMPLE_RATE_HZ, rel=0.06)


def test_decoded_samples_are_counted() -> None:
    with Recording(io.BytesIO(wav(2)), 60) as recording:
        pcm = np.concatenate(list(recording.pcm()))
    assert recording.samples == pcm.size == 2 * SAMPLE_RATE_HZ


@pytest.mark.parametrize("suffix", ["wav", "mp3", "ogg", "webm"])
def test_a_truncated_file_yields_the_audio_it_contains(suffix: str) -> None:
    data = encode(tone(4), suffix)
    assert sum(piece.size for piece in decode(data[: len(data) // 2], 60)) == pytest.approx(2 * SAMPLE_RATE_HZ, rel=0.3)


def test_damaged_parts_are_skipped() -> None:
    data = bytearray(encode(tone(4), "mp3"))
    data[len(data) // 2 : len(data) // 2 + 2_000] = bytes(2_000)
    assert sum(piece.size for piece in decode(bytes(data), 60)) > 3 * SAMPLE_RATE_HZ


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "is empty"),
        (b"no audio at all", "not a recording that can be decoded"),
        (bytes(100_000), "not a recording that can be decoded"),
        (encode(tone(2), "mp4")[:2_000], "not a recording that can be decoded"),
        (wav(3), "longer than 2 s"),
        (wav(1, rate_hz=1), "sampling rate of 1 Hz is not supported|longer than 2 s"),
        (wav(0), "no audio that can be decoded"),
    ],
)
def test_an_unusable_file_raises_one_sentence(data: bytes, sentence: str) -> None:
    with pytest.raises(MediaError, match=sentence):
        list(decode(data, 2))


def test_too_many_channels_are_rejected() -> None:
    with pytest.raises(MediaError):
        list(decode(wav(0.1, channels=1_000), 60))


@pytest.mark.parametrize("suffix", ["flac", "wav"])
def test_a_declared_duration_over_the_limit_is_rejected_at_once(suffix: str) -> None:
    with pytest.raises(RecordingTooLong, match="longer than 2 s"):
        Recording(io.BytesIO(encode(tone(60), suffix)), 2)


@pytest.mark.parametrize("suffix", ["mp3", "ogg", "webm", "m4a"])
def test_decoding_stops_at_the_maximum_duration(suffix: str) -> None:
    pieces: list[int] = []
    with pytest.raises(RecordingTooLong):
        pieces += [piece.size for piece in decode(encode(tone(60), suffix), 2)]
    assert sum(pieces) <= 2 * SAMPLE_RATE_HZ


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        yield listening


@pytest.mark.parametrize(
    "playlist",
    [
        "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nhttp://{address}/a.ts\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile 'http://{address}/a.wav'\n",
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 {host}\nt=0 0\nm=audio {port} RTP/AVP 0\n",
        '<?xml version="1.0"?>'
        '<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT9S">'
        "<Period><AdaptationSet><Representation><BaseURL>http://{address}/a.mp4</BaseURL></Representation>"
        "</AdaptationSet></Period></MPD>",
    ],
)
def test_a_playlist_opens_no_connection(listener: socket.socket, playlist: str) -> None:
    host, port = listener.getsockname()
    data = playlist.format(address=f"{host}:{port}", host=host, port=port).encode()
    with pytest.raises(MediaError, match="not a recording that can be decoded"):
        list(decode(data, 60))
    with pytest.raises(BlockingIOError):
        listener.accept()


def test_a_playlist_opens_no_other_file(tmp_path: object) -> None:
    with pytest.raises(MediaError, match="not a recording that can be decoded"):
        list(decode(f"ffconcat version 1.0\nfile '{tmp_path}/a.wav'\n".encode(), 60))


ENCODED = {suffix: encode(tone(0.5), suffix) for suffix in FORMATS}


@given(st.sampled_from(sorted(FORMATS)), st.lists(st.tuples(st.integers(0, 20_000), st.binary(min_size=1, max_size=8))))
def test_a_damaged_file_yields_audio_or_raises_one_sentence(suffix: str, patches: list[tuple[int, bytes]]) -> None:
    data = bytearray(ENCODED[suffix])
    for at, patch in patches:
        at %= len(data)
        data[at : at + len(patch)] = patch
    with contextlib.suppress(MediaError):
        assert sum(piece.size for piece in decode(bytes(data), 60)) <= 60 * SAMPLE_RATE_HZ


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xf1\x50\x80\x01\x1f\xfc\0" * 100_000,
        b"\xff\xf1\x50\x80\x00\xff\xfc" * 100_000,
        b"#!AMR\n" + b"\x7c" * 100_000,
    ],
    ids=["empty AAC frames", "AAC headers alone", "AMR frames without data"],
)
def test_packets_without_audio_are_bounded(data: bytes) -> None:
    with Recording(io.BytesIO(data), 60) as recording:
        chunks = sum(1 for _ in unless_refused(recording.pcm()))
    assert chunks <= FREE_PACKETS


def unless_refused(chunks: Iterator[Pcm]) -> Iterator[Pcm]:
    """Yield the chunks until the recording is refused."""
    with pytest.raises(MediaError, match="too many packets without audio"):
        yield from chunks
