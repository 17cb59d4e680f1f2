"""Renders a transcript in OpenAI's response formats: json, text, srt, vtt and verbose_json."""

import json
import math
from collections.abc import Collection, Iterable
from typing import Any

import msgspec

from theresa_protocol.languages import english_name
from theresa_protocol.messages import Task
from theresa_protocol.subtitles import srt, vtt
from theresa_server.openai.files.cues import make_cues
from theresa_server.openai.files.form import FileRequest, Granularity
from theresa_server.openai.files.transcript import RecordingSegment, RecordingTranscript

JSON_MEDIA_TYPE = "application/json"


def render_answer(transcript: RecordingTranscript, request: FileRequest, duration_s: float) -> tuple[str, str]:
    """Return the body of the response and its media type. ``duration_s`` is the length of the recording."""
    match request.format:
        case "text":
            return transcript.text + "\n", "text/plain"
        case "srt":
            return srt(make_cues(transcript.segments)), "application/x-subrip"
        case "vtt":
            return vtt(make_cues(transcript.segments)), "text/vtt"
        case "json":
            body: dict[str, Any] = (
                {"text": transcript.text} | _languages(transcript, request) | task_fields(transcript, request)
            )
        case "verbose_json":
            body = _verbose_body(transcript, request, duration_s)
    if request.logprobs:
        body["logprobs"] = [entry for segment in transcript.segments for entry in logprobs(segment)]
    return json.dumps(body | closing_fields(transcript, request, duration_s), ensure_ascii=False), JSON_MEDIA_TYPE


def task_done(transcript: RecordingTranscript, requested: Task) -> Task:
    """Return what was done: a model that was not trained to translate transcribes instead."""
    letters = [char for char in transcript.text if char.isalpha()]
    foreign = sum(not _is_latin(char) for char in letters)
    return "transcribe" if 2 * foreign > len(letters) else requested


def task_fields(transcript: RecordingTranscript, request: FileRequest) -> dict[str, Any]:
    """Return the task that was done if it is not the one that was requested."""
    done = task_done(transcript, request.start.task)
    return {"task": done} if done != request.start.task else {}


def logprobs(segment: RecordingSegment) -> list[dict[str, Any]]:
    """Return the log probabilities of a segment's words in OpenAI's shape; the tokens concatenate to its text."""
    text, hypothesis = segment.text, segment.hypothesis
    if not segment.words:
        return [_logprob(text, hypothesis.confidence)] if text else []
    shift = len(text) - len(hypothesis.text)
    ends = [*(shift + word.end for word in segment.words[:-1]), len(text)]
    begins = [0, *ends[:-1]]
    return [
        _logprob(text[begin:end], word.confidence) for word, begin, end in zip(segment.words, begins, ends, strict=True)
    ]


def language_entries(codes: Iterable[str]) -> list[dict[str, str]]:
    """Return languages as OpenAI's models report those that they detect."""
    return [{"code": code} for code in codes]


def _languages(transcript: RecordingTranscript, request: FileRequest) -> dict[str, Any]:
    return {"languages": language_entries(transcript.languages)} if request.names_languages else {}


def _logprob(token: str, probability: float) -> dict[str, Any]:
    return {"token": token, "bytes": list(token.encode()), "logprob": round(math.log(max(probability, 1e-9)), 4)}


def _is_latin(char: str) -> bool:
    return char < "\u0250" or "\u1e00" <= char <= "\u1eff"


def closing_fields(transcript: RecordingTranscript, request: FileRequest, duration_s: float) -> dict[str, Any]:
    """Return the fields that follow the text: the usage, and the entities if they were requested."""
    fields: dict[str, Any] = {"usage": {"type": "duration", "seconds": math.ceil(duration_s)}}
    if request.start.entities is not None:
        fields["entities"] = msgspec.to_builtins(transcript.entities)
    return fields


def segment_fields(segment: RecordingSegment, granularities: Collection[Granularity]) -> dict[str, Any]:
    """Return a segment as in OpenAI's ``verbose_json``, with its words if word timestamps were requested."""
    fields = _segment_fields(segment)
    return fields | ({"words": _word_fields(segment)} if "word" in granularities else {})


def _verbose_body(transcript: RecordingTranscript, request: FileRequest, duration_s: float) -> dict[str, Any]:
    done = task_done(transcript, request.start.task)
    body: dict[str, Any] = {
        "task": done,
        "language": _language(transcript, done),
        "duration": round(duration_s, 3),
        "text": transcript.text,
    }
    if "word" in request.granularities:
        body["words"] = [word for segment in transcript.segments for word in _word_fields(segment)]
    if "segment" in request.granularities:
        body["segments"] = [_segment_fields(segment) for segment in transcript.segments]
    return body


def _segment_fields(segment: RecordingSegment) -> dict[str, Any]:
    hypothesis = segment.hypothesis
    return {
        "id": segment.number,
        "seek": segment.start_ms // 10,
        "start": segment.start_ms / 1000,
        "end": segment.end_ms / 1000,
        "text": segment.text,
        "tokens": [token for tokens in hypothesis.tokens for token in tokens],
        "temperature": hypothesis.temperature,
        "avg_logprob": round(math.log(hypothesis.confidence), 4) if hypothesis.confidence else 0.0,
        "compression_ratio": round(hypothesis.compression_ratio, 4),
        "no_speech_prob": round(hypothesis.no_speech, 4),
        "language": english_name(hypothesis.language),
    }


def _word_fields(segment: RecordingSegment) -> list[dict[str, Any]]:
    base_ms = segment.start_ms
    return [
        {"word": word.text, "start": (base_ms + word.start_ms) / 1000, "end": (base_ms + word.end_ms) / 1000}
        for word in segment.words
    ]


def _language(transcript: RecordingTranscript, task: Task) -> str:
    """Return the language of the text; a translation is always English."""
    return english_name("en" if task == "translate" else transcript.language or "unknown")
