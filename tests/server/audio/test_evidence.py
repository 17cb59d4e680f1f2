"""What the segmenter reports about the voice in its segments."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from theresa_server.audio.activity import Activity
from theresa_server.audio.evidence import EvidenceLog, VoiceEvidence
from theresa_server.audio.pcm import Pcm
from theresa_server.audio.segmenter import Segmenter
from theresa_server.audio.segments import SegmentClosed, SegmenterConfig
from theresa_server.audio.splits import SampleSpan
from theresa_server.audio.vad import make_detector, voice_probabilities

FRAME = 320
WEBRTC = SegmenterConfig(voice_threshold=0)


def log_of(*frames: tuple[Activity, float | None]) -> EvidenceLog:
    log = EvidenceLog()
    for index, (activity, probability) in enumerate(frames):
        log.append(SampleSpan(index * FRAME, (index + 1) * FRAME), activity, probability)
    return log


def segments(pcm: Pcm, config: SegmenterConfig, chunk: int = 4_000) -> list[SegmentClosed]:
    segmenter = Segmenter(config, partial(make_detector, config.aggressiveness, config.voice_threshold))
    events = [event for at in range(0, pcm.size, chunk) for event in segmenter.feed(pcm[at : at + chunk])]
    return [event for event in (*events, *segmenter.flush("end")) if isinstance(event, SegmentClosed)]


@pytest.fixture(scope="module")
def speech(shared: Path) -> Pcm:
    """Eleven seconds of a man speaking."""
    pcm, _ = soundfile.read(shared / "data/real/en_read/libri_2412-153948-0000.flac", dtype="int16")
    return np.asarray(pcm, np.int16)


def test_the_certainty_is_the_mean_over_the_frames_with_a_voice() -> None:
    log = log_of((Activity.SILENCE, 0.0), (Activity.VOICE, 0.6), (Activity.VOICE, 0.8), (Activity.SOUND, 0.4))
    assert log.evidence(SampleSpan(0, 4 * FRAME)) == VoiceEvidence(voice_ms=40, share=0.5, certainty=0.7)


def test_only_frames_that_begin_in_the_span_count() -> None:
    log = log_of((Activity.VOICE, 0.9), (Activity.VOICE, 0.5), (Activity.SILENCE, 0.0))
    assert log.evidence(SampleSpan(FRAME, 2 * FRAME)) == VoiceEvidence(voice_ms=20, share=1.0, certainty=0.5)


def test_a_detector_without_probabilities_leaves_the_certainty_open() -> None:
    log = log_of((Activity.VOICE, None), (Activity.SILENCE, None))
    assert log.evidence(SampleSpan(0, 2 * FRAME)) == VoiceEvidence(voice_ms=20, share=0.5, certainty=None)


def test_there_is_no_evidence_without_frames() -> None:
    assert log_of((Activity.VOICE, 0.9)).evidence(SampleSpan(FRAME, 2 * FRAME)) is None


def test_trimmed_frames_no_longer_count() -> None:
    log = log_of((Activity.VOICE, 0.9), (Activity.VOICE, 0.5))
    log.trim(FRAME)
    assert log.evidence(SampleSpan(0, 2 * FRAME)) == VoiceEvidence(voice_ms=20, share=1.0, certainty=0.5)


def test_webrtc_alone_reports_no_probability() -> None:
    assert voice_probabilities(make_detector(2, 0), 2) == [None, None]


@given(levels=st.lists(st.sampled_from([0, 3_000]), max_size=40), chunk=st.integers(100, 9_000))
def test_evidence_does_not_depend_on_chunks(levels: list[int], chunk: int) -> None:
    noise = np.random.default_rng(1).integers(-1, 2, len(levels) * 3_200)
    pcm = (noise * np.repeat(np.array(levels, np.int64), 3_200)).astype(np.int16)
    assert segments(pcm, WEBRTC, chunk) == segments(pcm, WEBRTC, 10**6)


@pytest.mark.parametrize("chunk", [333, 16_000])
def test_real_speech_gives_the_same_evidence_for_any_chunks(speech: Pcm, chunk: int) -> None:
    assert segments(speech, SegmenterConfig(), chunk) == segments(speech, SegmenterConfig(), 10**6)


def test_the_detectors_are_certain_of_real_speech(speech: Pcm) -> None:
    voices = [segment.voice for segment in segments(speech, SegmenterConfig())]
    assert all(voice and voice.certainty and voice.certainty > 0.85 for voice in voices)


def test_the_expected_span_has_the_evidence_of_the_segment(speech: Pcm) -> None:
    config = SegmenterConfig()
    segmenter = Segmenter(config, partial(make_detector, config.aggressiveness, config.voice_threshold))
    expected: dict[SampleSpan, VoiceEvidence | None] = {}
    closed = []
    for at in range(0, speech.size, FRAME):
        closed += [event for event in segmenter.feed(speech[at : at + FRAME]) if isinstance(event, SegmentClosed)]
        if (span := segmenter.expected_span) is not None:
            expected[span] = segmenter.open_voice(span)
    endings = [segment for segment in closed if segment.reason == "endpoint"]
    assert endings
    for segment in endings:
        assert expected[SampleSpan(segment.start, segment.end)] == segment.voice


def test_segments_that_differ_in_evidence_are_different() -> None:
    one = SegmentClosed(0, FRAME, np.zeros(FRAME, np.int16), "end", 0, VoiceEvidence(voice_ms=20, share=1.0))
    assert one != replace(one, voice=VoiceEvidence(voice_ms=0, share=0.0))
