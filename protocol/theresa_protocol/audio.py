"""The audio formats a client may declare, and the arithmetic on them."""

from typing import Annotated, Literal

import msgspec

Encoding = Literal["pcm_s16le", "pcm_f32le", "mulaw", "alaw"]

SAMPLE_BYTES: dict[Encoding, int] = {"pcm_s16le": 2, "pcm_f32le": 4, "mulaw": 1, "alaw": 1}
MIN_RATE_HZ = 8_000
MAX_RATE_HZ = 48_000
MAX_CHANNELS = 2


class AudioParameters(msgspec.Struct, frozen=True):
    """How the samples of the binary frames are encoded.

    A *sample* here and in every sample count of the protocol is one instant: one value for each channel. With two
    channels the values are interleaved.
    """

    encoding: Encoding = "pcm_s16le"
    """Signed 16-bit or 32-bit float, both little-endian; or G.711 µ-law or A-law."""
    rate: Annotated[int, msgspec.Meta(ge=MIN_RATE_HZ, le=MAX_RATE_HZ)] = 16_000
    """Samples per second."""
    channels: Annotated[int, msgspec.Meta(ge=1, le=MAX_CHANNELS)] = 1
    """Two channels are mixed down to one."""

    @property
    def sample_bytes(self) -> int:
        """Bytes of one sample: of all its channels."""
        return SAMPLE_BYTES[self.encoding] * self.channels

    def samples(self, milliseconds: float) -> int:
        """Whole samples in a time."""
        return int(milliseconds * self.rate / 1000)

    def milliseconds(self, samples: int) -> int:
        """Time that a number of samples takes, rounded down to whole milliseconds.

        Durations of parts rounded like this do not add up to that of the whole: count in samples, convert at the end.
        """
        return samples * 1000 // self.rate


class AudioFormat(AudioParameters, frozen=True, forbid_unknown_fields=True):
    """How the samples of the binary frames are encoded, as a client declares it: an unknown field is an error."""
