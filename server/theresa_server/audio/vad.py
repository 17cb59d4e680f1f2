"""Voice activity detection: which frames of audio are speech."""

from collections.abc import Callable

import webrtcvad

from theresa_server.audio.pcm import SAMPLE_RATE_HZ


def webrtc_vad(aggressiveness: int) -> Callable[[bytes], bool]:
    """Return a new detector: WebRTC's Gaussian mixture model, about 10 µs per frame.

    It takes frames of 10, 20 or 30 ms (mono `int16`, 16 kHz). It adapts to background noise, so that every session
    needs a detector of its own and must pass it every frame, in order.

    Args:
        aggressiveness: how readily a frame is classified as noise, from 0 (rarely) to 3 (often).

    Raises:
        ValueError: the aggressiveness is not one of 0, 1, 2, 3.
    """
    if aggressiveness not in (0, 1, 2, 3):
        raise ValueError(f"aggressiveness must be 0, 1, 2 or 3, not {aggressiveness}")
    vad = webrtcvad.Vad(aggressiveness)

    def is_speech(frame: bytes) -> bool:
        return bool(vad.is_speech(frame, SAMPLE_RATE_HZ))

    return is_speech
