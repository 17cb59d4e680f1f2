"""A growing transcript as server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html).

Entities are sent in an event type of this server. OpenAI's clients pass unknown events on to their callers.
"""

import json
from collections.abc import Iterator
from typing import Any

import msgspec

from theresa_server.openai.files.answers import (
    closing_fields,
    language_entries,
    logprobs,
    segment_fields,
    task_fields,
)
from theresa_server.openai.files.form import FileRequest
from theresa_server.openai.files.transcript import RecordingSegment, RecordingTranscript

MEDIA_TYPE = "text/event-stream"

KEEPALIVE = b": still at work\n\n"
"""A comment that keeps an idle connection open. Clients ignore it."""


def server_sent_event(data: Any) -> bytes:
    """Encode one event."""
    return b"data: " + json.dumps(data, ensure_ascii=False).encode() + b"\n\n"


def segment_events(segment: RecordingSegment, request: FileRequest) -> Iterator[bytes]:
    """Yield the events for a segment. The concatenated deltas of all segments are the transcript."""
    extra = {"logprobs": logprobs(segment)} if request.logprobs else {}
    yield server_sent_event({"type": "transcript.text.delta", "delta": segment.text, **extra})
    if request.format == "verbose_json":
        fields = segment_fields(segment, request.granularities)
        yield server_sent_event({"type": "transcript.text.segment", **fields, "id": f"seg_{segment.number}"})
    if request.start.entities is not None:
        entities = msgspec.to_builtins(segment.entities)
        yield server_sent_event({"type": "theresa.entities", "segment": segment.number, "entities": entities})


def done_event(transcript: RecordingTranscript, request: FileRequest, duration_s: float) -> bytes:
    """Return the last event, which repeats the whole transcript."""
    fields = task_fields(transcript, request) | closing_fields(transcript, request, duration_s)
    if request.names_languages:
        fields["languages"] = language_entries(transcript.languages)
    if request.logprobs:
        fields["logprobs"] = [entry for segment in transcript.segments for entry in logprobs(segment)]
    return server_sent_event({"type": "transcript.text.done", "text": transcript.text, **fields})


def error_event(body: bytes) -> bytes:
    """Return the last event of a failed stream. ``body`` is the JSON body of the equivalent HTTP error."""
    return b"data: " + body + b"\n\n"
