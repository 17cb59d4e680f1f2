"""Delays, ages and snapshots are read from the logs of sessions."""

import json
from pathlib import Path

import pytest

from benchmarks import session_logs
from benchmarks.metrics import LastWord, Snapshot
from benchmarks.peer_transcripts import whisperlive_snapshots, whisperlivekit_snapshots
from benchmarks.recordings import Recording, Sentence
from benchmarks.session_logs import SessionLog

SENTENCE = Sentence("我住在北京。", "zh", 1.0, 2.4)


def log(*events: tuple[float, dict[str, object]]) -> SessionLog:
    return SessionLog("one", [(at, json.dumps(message)) for at, message in events])


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


def test_the_first_partial_counts_from_the_onset() -> None:
    assert session_logs.first_partial_delays(SESSION, [SENTENCE]) == [pytest.approx(0.4)]


def test_a_segment_that_continues_a_sentence_has_no_onset() -> None:
    later = [
        partial("我", 3200) | {"segment": 1, "start_ms": 2800},
        final("我") | {"segment": 1, "start_ms": 2800, "end_ms": 4000},
    ]
    events = [*SESSION.events, *((at_s, json.dumps(message)) for at_s, message in zip((3.4, 4.6), later, strict=True))]
    long = Sentence("我住在北京。", "zh", 1.0, 3.6)

    assert session_logs.first_partial_delays(SessionLog("one", events), [long]) == [pytest.approx(0.4)]


def test_a_segment_that_ends_within_a_sentence_has_no_true_end() -> None:
    assert session_logs.true_final_delays(SESSION, [Sentence("我住在北京。", "zh", 1.0, 5.0)]) == []


def test_the_last_word_is_timed_by_its_sentence() -> None:
    recording = Recording("one", Path("one.wav"), [SENTENCE], 4.0)

    assert session_logs.last_word_delays(SESSION, recording) == [LastWord(pytest.approx(0.65), pytest.approx(0.65))]


def test_a_final_counts_from_the_end_of_the_endpoint_silence() -> None:
    assert session_logs.final_delays(SESSION) == [pytest.approx(0.05)]


def test_the_true_delay_includes_the_detector() -> None:
    assert session_logs.true_final_delays(SESSION, [SENTENCE]) == [pytest.approx(0.15)]


def test_finals_without_an_endpoint_do_not_count() -> None:
    flushed = SessionLog("one", [*SESSION.events[:-1], (3.05, json.dumps(final("我", "flush")))])

    assert session_logs.final_delays(flushed) == []


def test_text_ages_between_partials() -> None:
    ages = session_logs.partial_ages(SESSION, [SENTENCE])

    assert len(ages) == 15
    assert ages[3] == pytest.approx(0.1)  # at 1.4 s the text covers the audio until 1.3 s
    assert max(ages) == pytest.approx(0.7)


def test_snapshots_separate_settled_and_tentative_text() -> None:
    assert session_logs.theresa_snapshots(SESSION)[-2:] == [Snapshot(1.9, "", "我住在"), Snapshot(3.05, "我住在北京。")]


def test_the_transcript_consists_of_the_finals() -> None:
    assert session_logs.transcript(SESSION) == "我住在北京。"


def test_whisperlive_marks_completed_segments() -> None:
    segments = [{"text": " Good morning.", "completed": True}, {"text": " My name", "completed": False}]

    assert whisperlive_snapshots(log((2.0, {"uid": "a", "segments": segments}))) == [
        Snapshot(2.0, "Good morning.", "My name")
    ]


def test_whisperlivekit_has_lines_and_a_buffer() -> None:
    message = {"lines": [{"text": "你好。"}, {"text": None}], "buffer_transcription": " 我叫"}

    assert whisperlivekit_snapshots(log((1.0, {"type": "config"}), (2.0, message))) == [Snapshot(2.0, "你好。", "我叫")]
