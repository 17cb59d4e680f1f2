"""A transcript in each of the forms that OpenAI's clients know: json, text, srt, vtt and verbose_json."""

import json
import math
from collections.abc import Collection
from typing import Any

import msgspec

from theresa_protocol.messages import Task
from theresa_protocol.subtitles import srt, vtt
from theresa_server.openai.files.cues import cues
from theresa_server.openai.files.form import FileRequest, Granularity
from theresa_server.openai.files.languages import name_of
from theresa_server.openai.files.transcript import Passage, RecordingTranscript

JSON = "application/json"


def answer(transcript: RecordingTranscript, request: FileRequest, seconds: float) -> tuple[str, str]:
    """The body and its media type. ``seconds`` is the length of the recording."""
    match request.format:
        case "text":
            return transcript.text + "\n", "text/plain"
        case "srt":
            return srt(cues(transcript.passages)), "application/x-subrip"
        case "vtt":
            return vtt(cues(transcript.passages)), "text/vtt"
        case "json":
            body = {"text": transcript.text}
        case "verbose_json":
            body = verbose(transcript, request, seconds)
    return json.dumps(body | ending(transcript, request, seconds), ensure_ascii=False), JSON


def ending(transcript: RecordingTranscript, request: FileRequest, seconds: float) -> dict[str, Any]:
    """What stands behind a text: how much was heard, and what it mentions where that was asked for."""
    told: dict[str, Any] = {"usage": {"type": "duration", "seconds": math.ceil(seconds)}}
    if request.start.entities is not None:
        told["entities"] = msgspec.to_builtins(transcript.entities)
    return told


def verbose(transcript: RecordingTranscript, request: FileRequest, seconds: float) -> dict[str, Any]:
    """A transcript with its times."""
    body: dict[str, Any] = {
        "task": request.start.task,
        "language": _language(transcript, request.start.task),
        "duration": round(seconds, 3),
        "text": transcript.text,
    }
    if "word" in request.granularities:
        body["words"] = [word for passage in transcript.passages for word in words(passage)]
    if "segment" in request.granularities:
        body["segments"] = [segment(passage) for passage in transcript.passages]
    return body


def segment(passage: Passage) -> dict[str, Any]:
    """A passage as a segment of Whisper's."""
    said = passage.said
    return {
        "id": passage.number,
        "seek": passage.start_ms // 10,
        "start": passage.start_ms / 1000,
        "end": passage.end_ms / 1000,
        "text": passage.text,
        "tokens": [token for tokens in said.tokens for token in tokens],
        "temperature": said.temperature,
        "avg_logprob": round(math.log(said.confidence), 4) if said.confidence else 0.0,
        "compression_ratio": round(said.compression_ratio, 4),
        "no_speech_prob": round(said.no_speech, 4),
        "language": name_of(said.language),
    }


def words(passage: Passage) -> list[dict[str, Any]]:
    """The words of a passage."""
    base_ms = passage.start_ms
    return [
        {"word": word.text, "start": (base_ms + word.start_ms) / 1000, "end": (base_ms + word.end_ms) / 1000}
        for word in passage.words
    ]


def timed(passage: Passage, granularities: Collection[Granularity]) -> dict[str, Any]:
    """A passage with the times asked for."""
    return segment(passage) | ({"words": words(passage)} if "word" in granularities else {})


def _language(transcript: RecordingTranscript, task: Task) -> str:
    """The language of the text, as OpenAI names it."""
    return name_of("en" if task == "translate" else transcript.language or "unknown")
