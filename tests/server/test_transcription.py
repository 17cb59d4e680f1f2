"""The segmentation of whole recordings."""

from functools import partial

import numpy as np

from theresa_server.audio.pcm import SAMPLE_RATE_HZ, Pcm
from theresa_server.audio.segmenter import Segmenter
from theresa_server.audio.segments import SegmentClosed, SegmenterConfig
from theresa_server.audio.vad import make_detector
from theresa_server.transcription import iter_segments


def talk(seconds: float) -> Pcm:
    """Return noise that WebRTC's detector takes for speech."""
    noise = np.random.default_rng(0).standard_normal(round(seconds * SAMPLE_RATE_HZ)) * 5_000
    return noise.clip(-32_768, 32_767).astype(np.int16)


def silence(seconds: float) -> Pcm:
    return np.zeros(round(seconds * SAMPLE_RATE_HZ), np.int16)


LONG = np.concatenate([talk(18), silence(0.4), talk(4)])
CONFIG = SegmenterConfig(voice_threshold=0)


def test_long_live_speech_is_split_in_a_short_pause() -> None:
    segmenter = Segmenter(CONFIG, partial(make_detector, CONFIG.aggressiveness, CONFIG.voice_threshold))
    closed = [event for event in segmenter.feed(LONG) if isinstance(event, SegmentClosed)]
    assert [event.reason for event in closed] == ["limit"]
    assert 18.0 < closed[0].end / SAMPLE_RATE_HZ < 18.4


def test_a_recording_is_not_split_long_before_the_limit() -> None:
    assert [segment.reason for segment in iter_segments([LONG], CONFIG)] == ["end"]
