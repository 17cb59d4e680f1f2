"""Audio formats that a client may declare, and conversions between samples and milliseconds."""

from typing import Annotated, Literal

import msgspec

Encoding = Literal["pcm_s16le", "pcm_f32le", "mulaw", "alaw"]

SAMPLE_BYTES: dict[Encoding, int] = {"pcm_s16le": 2, "pcm_f32le": 4, "mulaw": 1, "alaw": 1}
MIN_RATE_HZ = 8_000
MAX_RATE_HZ = 48_000
MAX_CHANNELS = 2


class AudioParameters(msgspec.Struct, frozen=True):
    """Encoding of the binary frames.

    Here and in every sample count of the protocol, a *sample* is one instant in time: one value per channel. With two
    channels the values are interleaved.
    """

    encoding: Encoding = "pcm_s16le"
    """Signed 16-bit or 32-bit float, little-endian; or G.711 µ-law or A-law."""
    rate: Annotated[int, msgspec.Meta(ge=MIN_RATE_HZ, le=MAX_RATE_HZ)] = 16_000
    """Samples per second."""
    channels: Annotated[int, msgspec.Meta(ge=1, le=MAX_CHANNELS)] = 1
    """Number of channels; two are mixed down to one."""

    @property
    def sample_bytes(self) -> int:
        """Bytes per sample, over all channels."""
        return SAMPLE_BYTES[self.encoding] * self.channels

    def samples(self, milliseconds: float) -> int:
        """Return the number of whole samples in a duration."""
        return int(milliseconds * self.rate / 1000)

    def milliseconds(self, samples: int) -> int:
        """Return the duration of a number of samples, rounded down to whole milliseconds.

        Rounded durations of parts do not add up to that of the whole: count in samples, and convert at the end.
        """
        return samples * 1000 // self.rate


class AudioFormat(AudioParameters, frozen=True, forbid_unknown_fields=True):
    """Encoding of the binary frames, as declared by a client: an unknown field is an error."""
