from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theresa_server.audio.activity import Activity
from theresa_server.audio.pcm import Pcm
from theresa_server.audio.segmenter import LEAD_IN_MS, Segmenter
from theresa_server.audio.segments import SegmentClosed, SegmenterConfig, SegmenterEvent, SpeechStarted, SpeechStopped
from theresa_server.audio.vad import Detector

MS = 16  # samples
CONFIG = SegmenterConfig(
    frame_ms=20, onset_ms=100, preroll_ms=300, silence_ms=500, tail_ms=200, max_segment_ms=10_000, split_search_ms=4_000
)


def per_frame(classify: Callable[[Pcm], Activity]) -> Detector:
    """Return a detector that classifies each frame on its own."""
    return lambda frames: [classify(frame) for frame in frames]


def by_level(frame: Pcm) -> Activity:
    """Classify levels from 1,000 on as a voice, and from 500 on as another sound."""
    level = int(np.abs(frame).max())
    return Activity.VOICE if level >= 1_000 else Activity.SOUND if level >= 500 else Activity.SILENCE


def loudness() -> Detector:
    """Return a stateless detector."""
    return per_frame(by_level)


def contrast() -> Detector:
    """Return a stateful detector: a frame is a voice if it is louder than the ones before it."""
    usual = 500.0

    def classify(frame: Pcm) -> Activity:
        nonlocal usual
        level = float(np.abs(frame.astype(np.float64)).mean())
        louder = level > 1.5 * usual
        usual += (level - usual) / 50
        return Activity.VOICE if louder else Activity.SILENCE

    return per_frame(classify)


def audio(*levels_ms: tuple[int, int]) -> Pcm:
    """Return stretches of constant level; `by_level` classifies it."""
    return np.concatenate([np.empty(0, np.int16), *(np.full(ms * MS, level, np.int16) for level, ms in levels_ms)])


def run(pcm: Pcm, config: SegmenterConfig = CONFIG) -> list[SegmenterEvent]:
    segmenter = Segmenter(config, loudness)
    return [*segmenter.feed(pcm), *segmenter.flush("end")]


def test_a_frame_longer_than_the_onset_window_opens_a_segment() -> None:
    short = SegmenterConfig(frame_ms=30, onset_ms=10, preroll_ms=0)
    events = run(audio((0, 300), (2_000, 600), (0, 900)), short)
    assert [type(event) for event in events] == [SpeechStarted, SpeechStopped, SegmentClosed]


def in_ms(events: Iterable[SegmenterEvent]) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    for event in events:
        match event:
            case SpeechStarted(at):
                rows.append(("started", at / MS))
            case SpeechStopped(at):
                rows.append(("stopped", at / MS))
            case SegmentClosed(start, end, _, reason):
                rows.append((reason, start / MS, end / MS))
    return rows


def closed(events: Iterable[SegmenterEvent]) -> list[SegmentClosed]:
    return [event for event in events if isinstance(event, SegmentClosed)]


def test_a_segment_includes_preroll_and_tail() -> None:
    events = run(audio((0, 1_000), (9_000, 600), (0, 1_000)))
    assert in_ms(events) == [("started", 700), ("stopped", 1_600), ("endpoint", 700, 1_800)]


def test_an_endpoint_is_found_as_soon_as_the_silence_is_long_enough() -> None:
    segmenter = Segmenter(CONFIG, loudness)
    assert len(segmenter.feed(audio((9_000, 600), (0, 499)))) == 1
    assert in_ms(segmenter.feed(audio((0, 1)))) == [("stopped", 600), ("endpoint", 0, 800)]


def test_speech_from_the_first_sample_on_is_complete() -> None:
    assert in_ms(run(audio((9_000, 600), (0, 1_000))))[-1] == ("endpoint", 0, 800)


def test_too_little_speech_opens_nothing() -> None:
    assert run(audio((0, 1_000), (9_000, 80), (0, 1_000))) == []


def test_an_onset_may_have_gaps() -> None:
    stutter = [(9_000, 40), (0, 20), (9_000, 40), (0, 20), (9_000, 20)]
    assert in_ms(run(audio((0, 1_000), *stutter, (0, 1_000))))[0] == ("started", 700)


def test_preroll_never_overlaps_the_previous_segment() -> None:
    events = run(audio((9_000, 600), (0, 520), (9_000, 600)), SegmenterConfig(preroll_ms=1_000, tail_ms=200))
    first, second = closed(events)
    assert (first.end, second.start) == (800 * MS, 800 * MS)


def test_a_pause_shorter_than_the_endpoint_keeps_the_segment_open() -> None:
    assert len(closed(run(audio((9_000, 600), (0, 480), (9_000, 600))))) == 1


def test_stray_frames_do_not_keep_a_segment_open() -> None:
    noise = [(9_000, 20), (0, 280)] * 10
    events = run(audio((9_000, 600), (0, 280), *noise))
    assert in_ms(events)[:3] == [("started", 0), ("stopped", 600), ("endpoint", 0, 800)]


def test_the_last_sound_of_a_word_counts_after_a_short_closure() -> None:
    events = run(audio((9_000, 600), (0, 80), (9_000, 20), (0, 1_000)))
    assert in_ms(events)[-2:] == [("stopped", 700), ("endpoint", 0, 900)]


def test_a_split_is_in_the_middle_of_the_longest_recent_pause() -> None:
    events = run(audio((9_000, 6_400), (0, 60), (9_000, 500), (0, 80), (9_000, 500), (0, 60), (9_000, 3_000)))
    assert in_ms(events) == [("started", 0), ("limit", 0, 7_000), ("stopped", 10_600), ("end", 7_000, 10_600)]


def test_a_long_segment_is_split_at_once_in_the_first_short_pause() -> None:
    segmenter = Segmenter(CONFIG, loudness)
    events = segmenter.feed(audio((9_000, 5_400), (0, 100), (9_000, 20)))
    assert in_ms(events) == [("started", 0), ("limit", 0, 5_450)]


@pytest.mark.parametrize(("at", "splits"), [(3_000, False), (4_000, False), (4_500, True)])
def test_the_longer_a_segment_is_the_shorter_a_pause_splits_it(at: int, splits: bool) -> None:
    segmenter = Segmenter(CONFIG, loudness)
    events = in_ms(segmenter.feed(audio((9_000, at), (0, 280), (9_000, 100))))
    assert events[1:] == ([("limit", 0, at + 140)] if splits else [])


def test_a_pause_beyond_a_lowered_limit_is_not_split() -> None:
    segmenter = Segmenter(CONFIG, loudness)
    segmenter.feed(audio((9_000, 4_000), (0, 90)))
    segmenter.reconfigure(replace(CONFIG, max_segment_ms=2_000, split_pause_ms=20))
    events = segmenter.feed(audio((9_000, 20)))
    assert all(event.end - event.start <= 2_000 * MS for event in events if isinstance(event, SegmentClosed))


def test_of_equally_long_pauses_the_quietest_is_split() -> None:
    events = run(audio((9_000, 6_400), (500, 80), (9_000, 500), (20, 80), (9_000, 500), (300, 80), (9_000, 3_000)))
    assert in_ms(events)[1] == ("limit", 0, 7_020)


def test_without_a_pause_a_split_is_at_the_quietest_place() -> None:
    quiet = (2_000, 60)
    split = closed(run(audio((9_000, 8_000), quiet, (9_000, 3_000))))[0].end / MS
    assert 8_000 < split < 8_060


def test_a_split_in_the_current_pause_waits_for_speech() -> None:
    events = run(audio((9_000, 9_700), (0, 5_000)))
    assert in_ms(events) == [("started", 0), ("stopped", 9_700), ("limit", 0, 9_840)]


def test_a_flush_closes_the_open_segment() -> None:
    segmenter = Segmenter(CONFIG, loudness)
    segmenter.feed(audio((9_000, 607)))
    assert in_ms(segmenter.flush("flush")) == [("stopped", 600), ("flush", 0, 607)]


def test_a_flush_excludes_silence_after_the_tail() -> None:
    segmenter = Segmenter(CONFIG, loudness)
    segmenter.feed(audio((9_000, 600), (0, 405)))
    assert in_ms(segmenter.flush("flush")) == [("stopped", 600), ("flush", 0, 800)]


def test_a_flush_keeps_speech_too_short_for_an_onset() -> None:
    segmenter = Segmenter(CONFIG, loudness)
    segmenter.feed(audio((0, 1_000), (9_000, 40)))
    assert in_ms(segmenter.flush("end")) == [("started", 700), ("stopped", 1_040), ("end", 700, 1_040)]


def test_a_flush_keeps_an_incomplete_onset_in_an_open_segment() -> None:
    segmenter = Segmenter(CONFIG, loudness)
    segmenter.feed(audio((9_000, 600), (0, 400), (9_000, 40)))
    assert in_ms(segmenter.flush("end")) == [("stopped", 1_040), ("end", 0, 1_040)]


def test_a_flush_in_silence_closes_nothing() -> None:
    segmenter = Segmenter(CONFIG, loudness)
    segmenter.feed(audio((0, 1_005)))
    assert segmenter.flush("flush") == []
    assert segmenter.settled == segmenter.received


def test_speech_continues_after_a_flush_without_a_gap() -> None:
    segmenter = Segmenter(CONFIG, loudness)
    segmenter.feed(audio((9_000, 607)))
    segmenter.flush("flush")
    assert in_ms(segmenter.feed(audio((9_000, 200)))) == [("started", 607)]


def test_open_pcm_is_the_open_segment_as_received_so_far() -> None:
    segmenter = Segmenter(CONFIG, loudness)
    pcm = audio((0, 1_000), (9_000, 205))
    segmenter.feed(pcm)
    assert segmenter.open_start == 700 * MS
    assert np.array_equal(segmenter.open_pcm(), pcm[700 * MS :])


def test_open_pcm_is_empty_without_an_open_segment() -> None:
    segmenter = Segmenter(CONFIG, loudness)
    segmenter.feed(audio((0, 1_000)))
    assert (segmenter.open_start, segmenter.open_pcm().size) == (None, 0)


def test_another_configuration_applies_from_the_next_frame_on() -> None:
    segmenter = Segmenter(CONFIG, loudness)
    segmenter.feed(audio((9_000, 600), (0, 205)))
    segmenter.reconfigure(SegmenterConfig(frame_ms=10, silence_ms=210, tail_ms=0))
    assert in_ms(segmenter.feed(audio((0, 5)))) == [("stopped", 600), ("endpoint", 0, 600)]


def test_another_detector_applies_from_the_next_frame_on() -> None:
    segmenter = Segmenter(CONFIG, loudness)
    segmenter.reconfigure(CONFIG, lambda: per_frame(lambda _: Activity.VOICE))
    assert in_ms(segmenter.feed(audio((0, 100)))) == [("started", 0)]


def test_the_detector_gets_every_whole_frame_once_in_order() -> None:
    seen: list[bytes] = []
    pcm = np.arange(5_000, dtype=np.int16)

    def classify(frame: Pcm) -> Activity:
        seen.append(frame.tobytes())
        return Activity.SILENCE

    segmenter = Segmenter(CONFIG, lambda: per_frame(classify))
    for begin in range(0, 5_000, 77):
        segmenter.feed(pcm[begin : begin + 77])
    assert b"".join(seen) == pcm[: 15 * 320].tobytes()


def test_after_a_segment_a_new_detector_starts_with_the_lead_in() -> None:
    processed: list[list[bytes]] = []

    def detector() -> Detector:
        processed.append([])
        return per_frame(lambda frame: processed[-1].append(frame.tobytes()) or by_level(frame))

    pcm = audio((0, 2_000), (9_000, 600), (0, 520))
    Segmenter(CONFIG, detector).feed(pcm)

    assert len(processed) == 2
    assert b"".join(processed[1]) == pcm[(2_800 - LEAD_IN_MS) * MS : 3_120 * MS].tobytes()


def test_a_long_silence_is_settled_every_five_seconds() -> None:
    segmenter = Segmenter(CONFIG, loudness)
    segmenter.feed(audio((0, 5_200)))
    assert segmenter.settled == 0
    segmenter.feed(audio((0, 100)))
    assert segmenter.settled == 5_000 * MS


def test_sound_without_a_voice_opens_nothing() -> None:
    assert run(audio((0, 300), (700, 3_000), (0, 900))) == []


def test_sound_before_a_voice_counts_towards_its_onset() -> None:
    started, *_ = run(audio((0, 1_000), (700, 100), (9_000, 400), (0, 900)))
    assert started == SpeechStarted(1_000 * MS - 300 * MS)


def test_sound_after_a_voice_does_not_keep_a_segment_open() -> None:
    events = run(audio((0, 500), (9_000, 400), (700, 5_000)))
    assert in_ms(events)[1:] == [("stopped", 900), ("endpoint", 200, 1_100)]


def test_long_sound_without_a_voice_is_settled_like_silence() -> None:
    segmenter = Segmenter(CONFIG, loudness)
    segmenter.feed(audio((700, 30_000)))
    assert segmenter.received - segmenter.settled < 10_000 * MS


def test_sound_and_voice_are_counted() -> None:
    segmenter = Segmenter(CONFIG, loudness)
    segmenter.feed(audio((0, 300), (700, 200), (9_000, 400), (0, 600), (700, 100)))
    assert (segmenter.sound, segmenter.voice) == (700 * MS, 400 * MS)


def test_a_flush_drops_sound_without_a_voice() -> None:
    assert run(audio((0, 300), (700, 60))) == []


@pytest.mark.parametrize("bad", [np.zeros(10, np.float32), np.zeros((2, 10), np.int16)])
def test_audio_of_another_type_is_rejected(bad: Pcm) -> None:
    with pytest.raises(ValueError, match="1-D int16"):
        Segmenter(CONFIG, loudness).feed(bad)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("aggressiveness", 4),
        ("frame_ms", 25),
        ("onset_ms", 0),
        ("preroll_ms", -1),
        ("silence_ms", 50),
        ("tail_ms", -1),
        ("max_segment_ms", 30_001),
        ("split_from_ms", -1),
        ("split_soon_ms", 30_001),
        ("split_search_ms", -1),
        ("split_pause_ms", 0),
    ],
)
def test_a_value_out_of_range_is_rejected(name: str, value: int) -> None:
    with pytest.raises(ValueError, match=f"{name} must be .*not {value}"):
        SegmenterConfig(**{name: value})


def test_split_from_ms_must_not_exceed_split_soon_ms() -> None:
    with pytest.raises(ValueError, match="at most split_soon_ms"):
        SegmenterConfig(split_from_ms=9_000, split_soon_ms=8_000)


configs = st.builds(
    SegmenterConfig,
    frame_ms=st.sampled_from([10, 20, 30]),
    onset_ms=st.integers(10, 1_000),
    preroll_ms=st.integers(0, 1_000),
    silence_ms=st.integers(100, 1_500),
    tail_ms=st.integers(0, 1_500),
    max_segment_ms=st.integers(1_000, 6_000),
    split_from_ms=st.integers(0, 15_000),
    split_search_ms=st.integers(0, 6_000),
    split_pause_ms=st.integers(20, 1_000),
)
signals = st.lists(st.tuples(st.sampled_from([0, 20, 700, 1_500, 9_000]), st.integers(1, 1_500)), max_size=15).map(
    lambda levels_ms: audio(*levels_ms)
)
actions = st.lists(st.tuples(st.integers(0, 20_000), st.one_of(st.just("flush"), configs)), max_size=4)
cuts = st.lists(st.integers(0, 250_000), max_size=40)


def play(
    pcm: Pcm, config: SegmenterConfig, actions: list[tuple[int, str | SegmenterConfig]], cuts: list[int]
) -> list[SegmenterEvent]:
    """Feed the audio in chunks, and perform the actions at the given positions in ms."""
    segmenter = Segmenter(config, loudness)
    events: list[SegmenterEvent] = []
    todo = sorted(actions, key=lambda action: action[0])
    position = settled = 0
    for edge in sorted({0, pcm.size, *(c for c in cuts if c < pcm.size), *(min(a * MS, pcm.size) for a, _ in todo)}):
        events += segmenter.feed(pcm[position:edge])
        position = edge
        while todo and todo[0][0] * MS <= position:
            match todo.pop(0)[1]:
                case SegmenterConfig() as other:
                    segmenter.reconfigure(other)
                case _:
                    events += segmenter.flush("flush")
        assert settled <= segmenter.settled <= segmenter.received == position
        assert segmenter.open_start is None or segmenter.open_start >= segmenter.settled
        assert segmenter.open_pcm().size <= 6_000 * MS
        settled = segmenter.settled
    return [*events, *segmenter.flush("end")]


@settings(max_examples=150, deadline=None)
@given(signals, configs, actions, cuts)
def test_events_do_not_depend_on_the_chunks(
    pcm: Pcm, config: SegmenterConfig, actions: list[tuple[int, str | SegmenterConfig]], cuts: list[int]
) -> None:
    assert play(pcm, config, actions, cuts) == play(pcm, config, actions, [])


@settings(max_examples=150, deadline=None)
@given(signals, configs, actions)
def test_segments_are_disjoint_ordered_bounded_and_copies_of_the_input(
    pcm: Pcm, config: SegmenterConfig, actions: list[tuple[int, str | SegmenterConfig]]
) -> None:
    segments = closed(play(pcm, config, actions, []))
    for segment in segments:
        assert 0 <= segment.start < segment.end <= pcm.size
        assert np.array_equal(segment.pcm, pcm[segment.start : segment.end])
        assert segment.end - segment.start <= 6_000 * MS
    for one, next_one in pairwise(segments):
        assert one.end <= next_one.start


@settings(max_examples=150, deadline=None)
@given(signals, configs, actions)
def test_started_and_stopped_alternate_and_enclose_joined_segments(
    pcm: Pcm, config: SegmenterConfig, actions: list[tuple[int, str | SegmenterConfig]]
) -> None:
    at: int | None = None
    stopped = False
    for event in play(pcm, config, actions, []):
        match event:
            case SpeechStarted():
                assert at is None
                at = event.at
            case SpeechStopped():
                assert at is not None
                assert at <= event.at
                stopped = True
            case SegmentClosed():
                assert event.start == at
                assert event.end <= pcm.size
                at = None if stopped else event.end
                stopped = False
    assert at is None


@settings(max_examples=150, deadline=None)
@given(signals, configs)
def test_every_onset_is_within_a_segment(pcm: Pcm, config: SegmenterConfig) -> None:
    inside = np.zeros(pcm.size, bool)
    for segment in closed(play(pcm, config, [], [])):
        inside[segment.start : segment.end] = True
    frame = config.frame_ms * MS
    run: list[int] = []
    for begin in [*range(0, pcm.size - frame + 1, frame), -1]:
        if begin >= 0 and by_level(pcm[begin : begin + frame]) is Activity.VOICE:
            run.append(begin)
        elif run:
            # The segmenter restarts after each segment, so that its frames start at other positions than these.
            assert len(run) * config.frame_ms < config.onset_ms or inside[run[0] + frame : run[-1]].all()
            run = []


@settings(max_examples=150, deadline=None)
@given(signals, st.integers(0, 250_000))
def test_a_segmenter_started_at_a_settled_position_finds_the_same_segments(pcm: Pcm, position: int) -> None:
    config = SegmenterConfig(max_segment_ms=30_000)
    whole = Segmenter(config, contrast)
    position = min(position, pcm.size)
    before = closed(whole.feed(pcm[:position]))
    settled = whole.settled
    rest = [*whole.feed(pcm[position:]), *whole.flush("end")]

    begin = max(settled - LEAD_IN_MS * MS, 0)
    other = Segmenter(config, contrast, begin, settled)
    again = [*other.feed(pcm[begin:]), *other.flush("end")]

    assert settled >= max((segment.end for segment in before), default=0)
    assert closed(again) == closed(rest)


def test_memory_is_bounded() -> None:
    segmenter = Segmenter(CONFIG, loudness)
    halting = [(9_000, 100), (0, 100)] * 150
    segmenter.feed(audio(*halting, (0, 30_000), (9_000, 30_000), *halting))
    assert segmenter._buffer.capacity <= 2 * (10_000 + 300 + 100 + LEAD_IN_MS) * MS
    assert len(segmenter._pauses) <= 10_000 // 100
