"""A transcript in OpenAI's response formats, complete and streamed."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from tests.doubles import CLEAR
from theresa_server.audio.segments import SegmentClosed
from theresa_server.entities.ports import Annotation, EntitySpan
from theresa_server.openai.files.answers import render_answer
from theresa_server.openai.files.events import done_event, error_event, segment_events
from theresa_server.openai.files.form import FileRequest, parse_form
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


def transcript_of(*said: tuple[Hypothesis, Annotation | None]) -> RecordingTranscript:
    """A transcript of consecutive one-second segments."""
    transcript = RecordingTranscript()
    for number, (hypothesis, found) in enumerate(said):
        start = number * 16_000
        transcript.add(
            SegmentClosed(start, start + 16_000, np.zeros(0, np.int16), "endpoint", start), hypothesis, found
        )
    return transcript


def request_for(**fields: str) -> FileRequest:
    return parse_form(fields.items(), "transcribe")


def body(transcript: RecordingTranscript, **fields: str) -> dict[str, object]:
    text, media_type = render_answer(transcript, request_for(**fields), 2.5)
    assert media_type == "application/json"
    parsed = json.loads(text)
    assert isinstance(parsed, dict)
    return parsed


BOTH = transcript_of((ENGLISH, Annotation()), (ENGLISH, Annotation()), (MANDARIN, NAME))


def test_json_has_the_text_and_the_duration() -> None:
    assert body(BOTH) == {
        "text": "Good morning. Good morning. 我叫王小明。",
        "usage": {"type": "duration", "seconds": 3},
    }


def test_text_is_the_text() -> None:
    assert render_answer(BOTH, request_for(response_format="text"), 2) == (
        "Good morning. Good morning. 我叫王小明。\n",
        "text/plain",
    )


def test_srt_and_vtt_have_their_own_formats() -> None:
    srt, _ = render_answer(BOTH, request_for(response_format="srt"), 2)
    vtt, media_type = render_answer(BOTH, request_for(response_format="vtt"), 2)
    assert srt.startswith("1\n00:00:00,100 --> 00:00:00,800\nGood morning.\n")
    assert vtt.startswith("WEBVTT\n\n00:00:00.100 --> 00:00:00.800\nGood morning.\n")
    assert media_type == "text/vtt"


def test_a_segment_has_every_field_of_openai() -> None:
    answer = body(BOTH, response_format="verbose_json")
    assert isinstance(answer["segments"], list)
    assert answer["segments"][1] == {
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
    answer = body(BOTH, response_format="verbose_json")
    assert isinstance(answer["segments"], list)
    assert "".join(segment["text"] for segment in answer["segments"]) == answer["text"]


@pytest.mark.parametrize(
    ("granularities", "there"),
    [(["segment"], {"segments"}), (["word"], {"words"}), (["word", "segment"], {"words", "segments"})],
)
def test_only_requested_timestamps_are_included(granularities: list[str], there: set[str]) -> None:
    fields = [("response_format", "verbose_json"), *(("timestamp_granularities[]", name) for name in granularities)]
    answer = json.loads(render_answer(BOTH, parse_form(fields, "transcribe"), 2)[0])
    assert {"words", "segments"} & set(answer) == there


def test_word_times_are_relative_to_the_recording() -> None:
    answer = body(BOTH, response_format="verbose_json", timestamp_granularities="word")
    assert isinstance(answer["words"], list)
    assert answer["words"][2] == {"word": "Good", "start": 1.1, "end": 1.3}


def test_the_language_is_the_one_with_the_most_speech() -> None:
    assert body(BOTH, response_format="verbose_json")["language"] == "english"
    assert body(transcript_of((MANDARIN, None)), response_format="verbose_json")["language"] == "chinese"


def test_a_translation_is_english() -> None:
    request = parse_form([("response_format", "verbose_json")], "translate")
    spoken_in_mandarin = replace(ENGLISH, language="zh")
    answer = json.loads(render_answer(transcript_of((spoken_in_mandarin, None)), request, 1)[0])
    assert (answer["task"], answer["language"]) == ("translate", "english")


@pytest.mark.parametrize("format_", ["json", "verbose_json"])
def test_a_transcript_is_not_called_a_translation(format_: str) -> None:
    request = parse_form([("response_format", format_)], "translate")
    answer = json.loads(render_answer(transcript_of((MANDARIN, None)), request, 1)[0])
    assert answer["task"] == "transcribe"
    assert answer.get("language", "chinese") == "chinese"


def test_a_stream_says_that_nothing_was_translated() -> None:
    request = parse_form([], "translate")
    assert json.loads(done_event(transcript_of((MANDARIN, None)), request, 1)[6:])["task"] == "transcribe"


def test_logprobs_are_those_of_the_words() -> None:
    answer = body(transcript_of((ENGLISH, None), (ENGLISH, None), (MANDARIN, None)), include="logprobs")
    entries = answer["logprobs"]
    assert isinstance(entries, list)
    assert [entry["token"] for entry in entries] == ["Good", " morning.", " Good", " morning.", " 我叫王小明。"]
    assert "".join(entry["token"] for entry in entries) == answer["text"]
    assert all(bytes(entry["bytes"]).decode() == entry["token"] for entry in entries)
    assert all(entry["logprob"] == 0 for entry in entries)


def test_a_word_without_probability_has_a_finite_logprob() -> None:
    doubtful = replace(ENGLISH, words=(replace(ENGLISH.words[0], confidence=0),))
    entries = body(transcript_of((doubtful, None)), include="logprobs")["logprobs"]
    assert isinstance(entries, list)
    assert (entries[0]["token"], entries[0]["logprob"]) == ("Good morning.", -20.7233)


def test_logprobs_are_streamed_with_each_delta() -> None:
    request = request_for(include="logprobs")
    transcript = transcript_of((ENGLISH, None))
    delta, *_ = segment_events(transcript.segments[0], request)
    done = json.loads(done_event(transcript, request, 1)[6:])
    assert json.loads(delta[6:])["logprobs"] == done["logprobs"]
    assert len(done["logprobs"]) == 2


@pytest.mark.parametrize("fields", [{"languages[]": "en,zh"}, {"languages": "en,zh"}, {"model": "gpt-transcribe"}])
def test_languages_are_told_to_those_who_ask_for_several(fields: dict[str, str]) -> None:
    fields = {name: value if name != "languages[]" else '["en", "zh"]' for name, value in fields.items()}
    assert body(BOTH, **fields)["languages"] == [{"code": "en"}, {"code": "zh"}]
    assert json.loads(done_event(BOTH, request_for(**fields), 1)[6:])["languages"][0] == {"code": "en"}
    assert "languages" not in body(BOTH)


def test_silence_is_an_empty_transcript() -> None:
    answer = body(transcript_of(), response_format="verbose_json")
    assert (answer["text"], answer["segments"], answer["language"]) == ("", [], "unknown")


def test_entity_offsets_point_into_the_whole_text() -> None:
    answer = body(BOTH, entities="true")
    assert isinstance(answer["entities"], list)
    (entity,) = answer["entities"]
    assert str(answer["text"])[entity["from"] : entity["to"]] == entity["text"] == "王小明"
    assert (entity["label"], entity["source_label"]) == ("PERSON", "NR")
    assert 2_000 <= entity["start_ms"] <= entity["end_ms"] <= 3_000


def test_entities_are_null_if_recognition_failed() -> None:
    assert body(transcript_of((ENGLISH, Annotation()), (MANDARIN, None)), entities="true")["entities"] is None


def stream(transcript: RecordingTranscript, **fields: str) -> list[dict[str, object]]:
    request = request_for(stream="true", **fields)
    sent = [event for segment in transcript.segments for event in segment_events(segment, request)]
    sent.append(done_event(transcript, request, 2.5))
    assert all(event.startswith(b"data: ") and event.endswith(b"\n\n") and event.count(b"\n") == 2 for event in sent)
    return [json.loads(event.removeprefix(b"data: ")) for event in sent]


def test_all_deltas_together_are_the_text_of_the_last_event() -> None:
    *deltas, last = stream(BOTH)
    assert {event["type"] for event in deltas} == {"transcript.text.delta"}
    assert "".join(str(event["delta"]) for event in deltas) == last["text"]
    assert (last["type"], last["usage"]) == ("transcript.text.done", {"type": "duration", "seconds": 3})


def test_entities_follow_their_segment() -> None:
    kinds = [event["type"] for event in stream(BOTH, entities="true")]
    assert kinds == ["transcript.text.delta", "theresa.entities"] * 3 + ["transcript.text.done"]


def test_a_verbose_stream_contains_segments() -> None:
    _, segment, *_ = stream(BOTH, response_format="verbose_json", timestamp_granularities="word")
    assert (segment["type"], segment["id"], segment["start"], segment["end"]) == (
        "transcript.text.segment",
        "seg_0",
        0,
        1,
    )
    assert isinstance(segment["words"], list)


def test_a_failure_is_an_event() -> None:
    assert error_event(b'{"error":{}}') == b'data: {"error":{}}\n\n'
