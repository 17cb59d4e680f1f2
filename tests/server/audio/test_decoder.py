from collections.abc import Sequence
from itertools import pairwise

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from theresa_server.audio.decoder import PcmDecoder


def decode(decoder: PcmDecoder, data: bytes, cuts: Sequence[int] = ()) -> NDArray[np.int16]:
    edges = [0, *sorted(cuts), len(data)]
    parts = [decoder.feed(data[a:b]) for a, b in pairwise(edges)]
    return np.concatenate([*parts, decoder.flush()])


def tone(rate_hz: int, seconds: float, hz: float = 440) -> NDArray[np.float64]:
    return 0.5 * np.sin(2 * np.pi * hz * np.arange(int(rate_hz * seconds)) / rate_hz)


def s16(signal: NDArray[np.float64]) -> bytes:
    return np.rint(signal * 32767).astype("<i2").tobytes()


def test_mono_16_khz_passes_through_without_a_copy() -> None:
    data = s16(tone(16_000, 0.1))
    pcm = PcmDecoder("pcm_s16le", 16_000, 1).feed(data)
    assert np.shares_memory(pcm, np.frombuffer(data, np.uint8))


def test_channels_are_averaged() -> None:
    data = np.array([[100, 300], [-7, 7], [32767, 32767]], "<i2").tobytes()
    assert PcmDecoder("pcm_s16le", 16_000, 2).feed(data).tolist() == [200, 0, 32767]


def test_floats_are_scaled_and_clipped() -> None:
    data = np.array([0, 0.5, -0.5, 1, -1, 7, -7, 3e38], "<f4").tobytes()
    assert PcmDecoder("pcm_f32le", 16_000, 1).feed(data).tolist() == [
        0, 16384, -16384, 32767, -32768, 32767, -32768, 32767,
    ]  # fmt: skip


def test_floats_that_are_not_finite_are_silence() -> None:
    data = np.array([np.nan, np.inf, -np.inf, 0.5], "<f4").tobytes()
    assert PcmDecoder("pcm_f32le", 16_000, 1).feed(data).tolist() == [0, 0, 0, 16384]


@pytest.mark.parametrize("law", ["mulaw", "alaw"])
def test_g711_is_decoded_as_ffmpeg_does(law: str) -> None:
    codes = bytes(range(256))
    codec = av.CodecContext.create(f"pcm_{law}", "r")
    codec.sample_rate, codec.layout = 16_000, "mono"  # type: ignore[attr-defined]
    expected = codec.decode(av.Packet(codes))[0].to_ndarray()[0]  # type: ignore[attr-defined]
    assert PcmDecoder(law, 16_000, 1).feed(codes).tolist() == expected.tolist()  # type: ignore[arg-type]


@pytest.mark.parametrize("rate_hz", [8_000, 11_025, 22_050, 24_000, 32_000, 44_100, 48_000])
def test_resampling_keeps_a_tone(rate_hz: int) -> None:
    pcm = decode(PcmDecoder("pcm_s16le", rate_hz, 1), s16(tone(rate_hz, 1.0)))
    error = pcm[1_000:-1_000] / 32768 - tone(16_000, 1.0)[1_000 : pcm.size - 1_000]
    assert np.abs(error).max() < 1e-3


def test_resampling_removes_frequencies_above_8_khz() -> None:
    pcm = decode(PcmDecoder("pcm_s16le", 48_000, 1), s16(tone(48_000, 1.0, hz=11_000)))
    assert np.abs(pcm[1_000:-1_000]).max() <= 2


@pytest.mark.parametrize("rate_hz", [44_100, 48_000])
def test_resampling_delays_audio_by_at_most_40_ms(rate_hz: int) -> None:
    decoder = PcmDecoder("pcm_s16le", rate_hz, 1)
    data, step = s16(tone(rate_hz, 2.0)), rate_hz // 50 * 2
    for begin in range(0, len(data), step):
        decoder.feed(data[begin : begin + step])
        assert decoder.received / rate_hz - decoder.produced / 16_000 <= 0.0405


@settings(max_examples=60)
@given(
    encoding=st.sampled_from(["pcm_s16le", "pcm_f32le", "mulaw", "alaw"]),
    rate_hz=st.sampled_from([8_000, 16_000, 44_100, 48_000]),
    channels=st.integers(1, 2),
    seed=st.integers(0, 1_000),
    cuts=st.lists(st.integers(0, 3_000), max_size=8),
)
def test_result_does_not_depend_on_the_chunks(
    encoding: str, rate_hz: int, channels: int, seed: int, cuts: list[int]
) -> None:
    noise = np.random.default_rng(seed).uniform(-1, 1, 3_000 * channels)
    data = {
        "pcm_s16le": s16(noise),
        "pcm_f32le": noise.astype("<f4").tobytes(),
        "mulaw": (noise * 127 + 128).astype("u1").tobytes(),
        "alaw": (noise * 127 + 128).astype("u1").tobytes(),
    }[encoding]
    sample_bytes = len(data) // 3_000
    whole = decode(PcmDecoder(encoding, rate_hz, channels), data)  # type: ignore[arg-type]
    pieces = decode(PcmDecoder(encoding, rate_hz, channels), data, [c * sample_bytes for c in cuts])  # type: ignore[arg-type]
    assert np.array_equal(whole, pieces)


@settings(max_examples=60)
@given(
    rate_hz=st.integers(8_000, 48_000),
    sizes=st.lists(st.tuples(st.integers(0, 5_000), st.booleans()), max_size=12),
)
def test_positions_map_back_exactly_after_any_number_of_flushes(rate_hz: int, sizes: list[tuple[int, bool]]) -> None:
    decoder = PcmDecoder("pcm_s16le", rate_hz, 1)
    returned = 0
    for size, flush in sizes:
        returned += decoder.feed(bytes(2 * size)).size
        assert decoder.to_declared(decoder.produced) <= decoder.received
        if flush:
            returned += decoder.flush().size
            assert decoder.to_declared(decoder.produced) == decoder.received
    assert returned == decoder.produced


def test_a_position_maps_to_the_declared_rate() -> None:
    decoder = PcmDecoder("pcm_s16le", 48_000, 1)
    decoder.feed(bytes(2 * 48_000))
    assert decoder.to_declared(8_000) == 24_000


def test_feeding_continues_after_a_flush() -> None:
    decoder = PcmDecoder("pcm_s16le", 48_000, 1)
    signal = tone(48_000, 1.0)
    first, second = (decode(decoder, s16(half)) for half in np.split(signal, 2))
    pcm = np.concatenate([first, second])
    assert np.abs(pcm[8_500:-1_000] / 32768 - tone(16_000, 1.0)[8_500:-1_000]).max() < 1e-3


def test_half_a_sample_is_rejected() -> None:
    with pytest.raises(ValueError, match="7 bytes are not a whole number of samples: pcm_s16le with 2 channel"):
        PcmDecoder("pcm_s16le", 16_000, 2).feed(bytes(7))


@pytest.mark.parametrize(("encoding", "rate_hz", "channels"), [("mp3", 16_000, 1), ("alaw", 0, 1), ("alaw", 8_000, 0)])
def test_an_impossible_format_is_rejected(encoding: str, rate_hz: int, channels: int) -> None:
    with pytest.raises(ValueError, match="must be"):
        PcmDecoder(encoding, rate_hz, channels)  # type: ignore[arg-type]
