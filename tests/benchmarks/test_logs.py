"""What sessions said is read into waits, ages and views."""

import json

import pytest

from benchmarks import logs
from benchmarks.logs import Log
from benchmarks.metrics import View
from benchmarks.peer_views import live_views, livekit_views
from benchmarks.recordings import Sentence

SENTENCE = Sentence("我住在北京。", "zh", 1.0, 2.4)


def log(*events: tuple[float, dict[str, object]]) -> Log:
    return Log("one", [(at, json.dumps(message)) for at, message in events])


def partial(text: str, end_ms: int, stable: int = 0) -> dict[str, object]:
    return {"type": "partial", "segment": 0, "rev": 1, "text": text, "stable": stable, "start_ms": 600,
            "end_ms": end_ms, "language": "zh"}  # fmt: skip


def final(text: str, reason: str = "endpoint") -> dict[str, object]:
    return {"type": "final", "segment": 0, "text": text, "start_ms": 600, "end_ms": 2800, "through": 44_800,
            "reason": reason, "language": "zh", "confidence": 0.9}  # fmt: skip


STARTED = json.loads(
    """{"type": "started", "session_id": "s", "token": "t", "resumed": false, "next_sample": 0, "next_segment": 0,
    "models": {"transcriber": "demo"},
    "limits": {}, "configuration": {"audio": {"encoding": "pcm_s16le", "rate": 16000, "channels": 1},
    "language": null, "task": "transcribe", "partials": true, "words": false,
    "endpointing": {"aggressiveness": 2, "onset_ms": 100, "preroll_ms": 400, "silence_ms": 500,
    "max_segment_ms": 30000}, "prompt": null, "hotwords": [], "offset_unit": "codepoint"}}"""
)
SESSION = log(
    (0.1, STARTED),
    (1.2, {"type": "speech", "state": "started", "at_ms": 600}),
    (1.4, partial("我", 1300)),
    (1.9, partial("我住在", 1800, 1)),
    (3.03, {"type": "speech", "state": "stopped", "at_ms": 2500}),
    (3.05, final("我住在北京。")),
)


def test_the_first_partial_counts_from_the_first_sound() -> None:
    assert logs.first_partials(SESSION, [SENTENCE]) == [pytest.approx(0.4)]


def test_a_final_counts_from_when_the_endpoint_silence_is_complete() -> None:
    assert logs.final_delays(SESSION) == [pytest.approx(0.05)]


def test_from_the_last_true_sound_the_detector_is_in_it() -> None:
    assert logs.true_final_delays(SESSION, [SENTENCE]) == [pytest.approx(0.15)]


def test_finals_that_no_silence_brought_do_not_count() -> None:
    flushed = Log("one", [*SESSION.events[:-1], (3.05, json.dumps(final("我", "flush")))])

    assert logs.final_delays(flushed) == []


def test_partials_age_while_somebody_speaks() -> None:
    found = logs.partial_ages(SESSION, [SENTENCE])

    assert len(found) == 15
    assert found[3] == pytest.approx(0.1)  # at 1.4 the text has what was said until 1.3
    assert max(found) == pytest.approx(0.7)


def test_a_reader_sees_what_is_final_and_what_may_still_change() -> None:
    assert logs.views(SESSION)[-2:] == [View(1.9, "", "我住在"), View(3.05, "我住在北京。")]


def test_the_transcript_is_that_of_the_finals() -> None:
    assert logs.text(SESSION) == "我住在北京。"


def test_whisperlive_marks_what_is_completed() -> None:
    segments = [{"text": " Good morning.", "completed": True}, {"text": " My name", "completed": False}]

    assert live_views(log((2.0, {"uid": "a", "segments": segments}))) == [View(2.0, "Good morning.", "My name")]


def test_whisperlivekit_has_lines_and_a_buffer() -> None:
    message = {"lines": [{"text": "你好。"}, {"text": None}], "buffer_transcription": " 我叫"}

    assert livekit_views(log((1.0, {"type": "config"}), (2.0, message))) == [View(2.0, "你好。", "我叫")]
