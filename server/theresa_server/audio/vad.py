"""Voice activity detection: telling frames of speech from frames of noise."""

from collections.abc import Callable

import webrtcvad

from theresa_server.audio.pcm import SAMPLE_RATE_HZ


def webrtc_vad(aggressiveness: int) -> Callable[[bytes], bool]:
    """Make a detector: WebRTC's Gaussian mixture model, about 10 µs a frame.

    It takes frames of 10, 20 or 30 ms (mono `int16`, 16 kHz) and adapts to the noise it hears, so that every session
    needs its own and shows it every frame, in order.

    Args:
        aggressiveness: how readily a frame is taken for noise, from 0 (rarely) to 3 (often).

    Raises:
        ValueError: the aggressiveness is not one of 0, 1, 2, 3.
    """
    if aggressiveness not in (0, 1, 2, 3):
        raise ValueError(f"aggressiveness must be 0, 1, 2 or 3, not {aggressiveness}")
    vad = webrtcvad.Vad(aggressiveness)

    def is_speech(frame: bytes) -> bool:
        return bool(vad.is_speech(frame, SAMPLE_RATE_HZ))

    return is_speech
