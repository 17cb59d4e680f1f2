"""Decoding of client audio in any declared format to the internal one: 1-D `int16`, mono, 16 kHz."""

from functools import cache

import numpy as np
import soxr
from numpy.typing import NDArray

from theresa_protocol.audio import Encoding
from theresa_server.audio.pcm import SAMPLE_RATE_HZ, Pcm

_DTYPES: dict[Encoding, str] = {"pcm_s16le": "<i2", "pcm_f32le": "<f4", "mulaw": "u1", "alaw": "u1"}
_FULL_SCALE = 32768.0


class PcmDecoder:
    """Decodes the audio of one session to mono `int16` at 16 kHz. The result does not depend on the chunk sizes.

    Channels are averaged. Float samples are clipped to [-1, 1], and those that are not finite become 0. Mono
    `pcm_s16le` at 16 kHz is returned as a read-only view of the bytes, without a copy.

    Other rates are resampled by soxr's HQ filter, which delays audio: by at most 40 ms (21 on average) at 44.1 and
    48 kHz, and 115 ms (64 on average) at 8 kHz. ``flush`` returns the delayed audio.

    Args:
        encoding: `pcm_s16le`, `pcm_f32le`, or G.711 `mulaw` or `alaw`.
        rate_hz: samples per second of the input.
        channels: values per sample, interleaved.
        begin: position of the first sample, at the declared rate.

    Raises:
        ValueError: the encoding is unknown, or the rate or the number of channels is below 1.
    """

    def __init__(self, encoding: Encoding, rate_hz: int, channels: int, begin: int = 0) -> None:
        if encoding not in _DTYPES:
            raise ValueError(f"encoding must be one of {', '.join(_DTYPES)}, not {encoding!r}")
        if rate_hz < 1 or channels < 1:
            raise ValueError(f"rate_hz and channels must be positive, not {rate_hz} and {channels}")
        self._encoding = encoding
        self._rate_hz = rate_hz
        self._channels = channels
        self._dtype = np.dtype(_DTYPES[encoding])
        self._resampler = None if rate_hz == SAMPLE_RATE_HZ else _resampler(rate_hz)
        self._received = begin
        self._produced = self.to_16k(begin)

    @property
    def received(self) -> int:
        """Position after the last sample fed, at the declared rate. A sample covers all channels."""
        return self._received

    @property
    def produced(self) -> int:
        """Position after the last sample returned, at 16 kHz."""
        return self._produced

    def feed(self, data: bytes) -> Pcm:
        """Decode the next bytes and return the audio that is ready, which may be empty.

        Raises:
            ValueError: the bytes end in the middle of a sample.
        """
        sample_bytes = self._dtype.itemsize * self._channels
        if len(data) % sample_bytes:
            raise ValueError(
                f"{len(data)} bytes are not a whole number of samples: "
                f"{self._encoding} with {self._channels} channel(s) has {sample_bytes} bytes per sample"
            )
        values = np.frombuffer(data, self._dtype)
        self._received += values.size // self._channels
        if self._encoding == "pcm_s16le" and self._channels == 1 and self._resampler is None:
            return self._count(values.astype(np.int16, copy=False))
        mono = _to_float(values, self._encoding).reshape(-1, self._channels).mean(axis=1, dtype=np.float32)
        if self._resampler is not None:
            mono = self._resampler.resample_chunk(mono)
        return self._count(_to_int16(mono))

    def flush(self) -> Pcm:
        """Return the audio that the resampler has delayed, so that everything received has been returned.

        More audio may be fed afterwards. The resampler is reset, as if silence had come before.
        """
        if self._resampler is None:
            return np.empty(0, np.int16)
        # Counted from the start of the session, so that the rounding errors of many flushes do not add up.
        missing = -(-self._received * SAMPLE_RATE_HZ // self._rate_hz) - self._produced
        silence = np.zeros(1 + 2 * self._rate_hz // SAMPLE_RATE_HZ, np.float32)
        tail = self._resampler.resample_chunk(silence, last=True)[:missing]
        self._resampler = _resampler(self._rate_hz)
        return self._count(_to_int16(tail))

    def to_declared(self, samples_16k: int) -> int:
        """Convert a position at 16 kHz to the declared rate, rounded down and at most ``received``."""
        return min(samples_16k * self._rate_hz // SAMPLE_RATE_HZ, self._received)

    def to_16k(self, samples_declared: int) -> int:
        """Convert a position at the declared rate to 16 kHz, rounded down."""
        return samples_declared * SAMPLE_RATE_HZ // self._rate_hz

    def _count(self, pcm: Pcm) -> Pcm:
        self._produced += pcm.size
        return pcm


def _resampler(rate_hz: int) -> soxr.ResampleStream:
    return soxr.ResampleStream(rate_hz, SAMPLE_RATE_HZ, 1, dtype="float32", quality="HQ")


def _to_float(values: NDArray[np.generic], encoding: Encoding) -> NDArray[np.float32]:
    """Convert samples of any encoding to finite floats in [-1, 1]."""
    match encoding:
        case "pcm_s16le":
            return values.astype(np.float32) / np.float32(_FULL_SCALE)
        case "pcm_f32le":
            finite = np.where(np.isfinite(values), values, 0)
            return np.clip(finite, -1, 1).astype(np.float32, copy=False)
        case "mulaw":
            return np.asarray(_mulaw_table()[values], np.float32)
        case "alaw":
            return np.asarray(_alaw_table()[values], np.float32)


def _to_int16(samples: NDArray[np.float32]) -> Pcm:
    return np.asarray(np.clip(np.rint(samples * _FULL_SCALE), -32768, 32767), np.int16)


@cache
def _mulaw_table() -> NDArray[np.float32]:
    """Return the value of each µ-law byte (ITU-T G.711, as in the Sun reference `g711.c`)."""
    code = ~np.arange(256, dtype=np.uint8)
    bias = 0x84
    magnitude = ((code & 0x0F).astype(np.int32) * 8 + bias << (code >> 4 & 7)) - bias
    return (np.where(code & 0x80, -magnitude, magnitude) / _FULL_SCALE).astype(np.float32)


@cache
def _alaw_table() -> NDArray[np.float32]:
    """Return the value of each A-law byte (ITU-T G.711, as in the Sun reference `g711.c`)."""
    code = np.arange(256, dtype=np.uint8) ^ 0x55
    exponent = (code >> 4 & 7).astype(np.int32)
    mantissa = (code & 0x0F).astype(np.int32) * 16
    # The first exponent is the linear part around zero; the others have an implicit leading one.
    magnitude = np.where(exponent == 0, mantissa + 8, mantissa + 0x108 << np.maximum(exponent - 1, 0))
    return (np.where(code & 0x80, magnitude, -magnitude) / _FULL_SCALE).astype(np.float32)
