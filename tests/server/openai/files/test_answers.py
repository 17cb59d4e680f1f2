"""A transcript in the forms that OpenAI's clients know, whole and as it grows."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from tests.doubles import CLEAR
from theresa_server.audio.segmenter import SegmentClosed
from theresa_server.entities.ports import Annotation, EntitySpan
from theresa_server.openai.files.answers import answer
from theresa_server.openai.files.events import done, failed, grown
from theresa_server.openai.files.form import FileRequest, parse
from theresa_server.openai.files.transcript import RecordingTranscript
from theresa_server.speech.recognition import Hypothesis, TimedWord

ENGLISH = replace(
    CLEAR,
    text="Good morning.",
    language="en",
    confidence=math.exp(-0.25),
    temperature=0.2,
    compression_ratio=0.9,
    no_speech=0.01,
    tokens=((1, 2), (3,)),
    words=(
        TimedWord(text="Good", start_ms=100, end_ms=300, confidence=1, begin=0, end=4),
        TimedWord(text="morning.", start_ms=300, end_ms=800, confidence=1, begin=5, end=13),
    ),
)
MANDARIN = replace(CLEAR, text="我叫王小明。", language="zh")
NAME = Annotation((EntitySpan(2, 5, "PERSON", "NR"),))


def heard(*said: tuple[Hypothesis, Annotation | None]) -> RecordingTranscript:
    """Passages of one second, one after the other."""
    transcript = RecordingTranscript()
    for number, (hypothesis, found) in enumerate(said):
        start = number * 16_000
        transcript.add(
            SegmentClosed(start, start + 16_000, np.zeros(0, np.int16), "endpoint", start), hypothesis, found
        )
    return transcript


def wanted(**fields: str) -> FileRequest:
    return parse(fields.items(), "transcribe")


def body(transcript: RecordingTranscript, **fields: str) -> dict[str, object]:
    text, media_type = answer(transcript, wanted(**fields), 2.5)
    assert media_type == "application/json"
    parsed = json.loads(text)
    assert isinstance(parsed, dict)
    return parsed


BOTH = heard((ENGLISH, Annotation()), (ENGLISH, Annotation()), (MANDARIN, NAME))


def test_json_has_the_text_and_how_much_was_heard() -> None:
    assert body(BOTH) == {
        "text": "Good morning. Good morning. 我叫王小明。",
        "usage": {"type": "duration", "seconds": 3},
    }


def test_text_is_the_text() -> None:
    assert answer(BOTH, wanted(response_format="text"), 2) == (
        "Good morning. Good morning. 我叫王小明。\n",
        "text/plain",
    )


def test_srt_and_vtt_are_told_apart() -> None:
    srt, _ = answer(BOTH, wanted(response_format="srt"), 2)
    vtt, media_type = answer(BOTH, wanted(response_format="vtt"), 2)
    assert srt.startswith("1\n00:00:00,100 --> 00:00:00,800\nGood morning.\n")
    assert vtt.startswith("WEBVTT\n\n00:00:00.100 --> 00:00:00.800\nGood morning.\n")
    assert media_type == "text/vtt"


def test_a_segment_has_every_field_of_whispers() -> None:
    told = body(BOTH, response_format="verbose_json")
    assert isinstance(told["segments"], list)
    assert told["segments"][1] == {
        "id": 1,
        "seek": 100,
        "start": 1.0,
        "end": 2.0,
        "text": " Good morning.",
        "tokens": [1, 2, 3],
        "temperature": 0.2,
        "avg_logprob": -0.25,
        "compression_ratio": 0.9,
        "no_speech_prob": 0.01,
        "language": "english",
    }


def test_all_segments_together_are_the_text() -> None:
    told = body(BOTH, response_format="verbose_json")
    assert isinstance(told["segments"], list)
    assert "".join(segment["text"] for segment in told["segments"]) == told["text"]


@pytest.mark.parametrize(
    ("granularities", "there"),
    [(["segment"], {"segments"}), (["word"], {"words"}), (["word", "segment"], {"words", "segments"})],
)
def test_only_the_times_asked_for_come(granularities: list[str], there: set[str]) -> None:
    fields = [("response_format", "verbose_json"), *(("timestamp_granularities[]", name) for name in granularities)]
    told = json.loads(answer(BOTH, parse(fields, "transcribe"), 2)[0])
    assert {"words", "segments"} & set(told) == there


def test_words_have_their_times_in_the_recording() -> None:
    told = body(BOTH, response_format="verbose_json", timestamp_granularities="word")
    assert isinstance(told["words"], list)
    assert told["words"][2] == {"word": "Good", "start": 1.1, "end": 1.3}


def test_the_language_is_the_one_spoken_longest() -> None:
    assert body(BOTH, response_format="verbose_json")["language"] == "english"
    assert body(heard((MANDARIN, None)), response_format="verbose_json")["language"] == "chinese"


def test_a_translation_is_english() -> None:
    request = parse([("response_format", "verbose_json")], "translate")
    told = json.loads(answer(heard((MANDARIN, None)), request, 1)[0])
    assert (told["task"], told["language"]) == ("translate", "english")


def test_silence_is_an_empty_transcript() -> None:
    told = body(heard(), response_format="verbose_json")
    assert (told["text"], told["segments"], told["language"]) == ("", [], "unknown")


def test_an_entity_points_into_the_text_of_the_whole() -> None:
    told = body(BOTH, entities="true")
    assert isinstance(told["entities"], list)
    (entity,) = told["entities"]
    assert str(told["text"])[entity["from"] : entity["to"]] == entity["text"] == "王小明"
    assert (entity["label"], entity["source_label"]) == ("PERSON", "NR")
    assert 2_000 <= entity["start_ms"] <= entity["end_ms"] <= 3_000


def test_entities_that_cannot_be_had_are_null() -> None:
    assert body(heard((ENGLISH, Annotation()), (MANDARIN, None)), entities="true")["entities"] is None


def stream(transcript: RecordingTranscript, **fields: str) -> list[dict[str, object]]:
    request = wanted(stream="true", **fields)
    sent = [event for passage in transcript.passages for event in grown(passage, request)]
    sent.append(done(transcript, request, 2.5))
    assert all(event.startswith(b"data: ") and event.endswith(b"\n\n") and event.count(b"\n") == 2 for event in sent)
    return [json.loads(event.removeprefix(b"data: ")) for event in sent]


def test_all_deltas_together_are_the_text_of_the_last_event() -> None:
    *deltas, last = stream(BOTH)
    assert {event["type"] for event in deltas} == {"transcript.text.delta"}
    assert "".join(str(event["delta"]) for event in deltas) == last["text"]
    assert (last["type"], last["usage"]) == ("transcript.text.done", {"type": "duration", "seconds": 3})


def test_entities_follow_their_passage() -> None:
    kinds = [event["type"] for event in stream(BOTH, entities="true")]
    assert kinds == ["transcript.text.delta", "theresa.entities"] * 3 + ["transcript.text.done"]


def test_a_verbose_stream_tells_of_segments() -> None:
    _, segment, *_ = stream(BOTH, response_format="verbose_json", timestamp_granularities="word")
    assert (segment["type"], segment["id"], segment["start"], segment["end"]) == (
        "transcript.text.segment",
        "seg_0",
        0,
        1,
    )
    assert isinstance(segment["words"], list)


def test_a_failure_is_an_event() -> None:
    assert failed(b'{"error":{}}') == b'data: {"error":{}}\n\n'
