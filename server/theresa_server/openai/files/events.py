"""A transcript as server-sent events, as it grows (https://html.spec.whatwg.org/multipage/server-sent-events.html).

What OpenAI's clients do not know they hand on to their callers: the entities come in an event of our own.
"""

import json
from collections.abc import Iterator
from typing import Any

import msgspec

from theresa_server.openai.files.answers import ending, timed
from theresa_server.openai.files.form import FileRequest
from theresa_server.openai.files.transcript import Passage, RecordingTranscript

MEDIA_TYPE = "text/event-stream"

COMMENT = b": still at work\n\n"
"""What keeps a connection open on which there is nothing to be said; every client leaves it out."""


def event(data: Any) -> bytes:
    """One event."""
    return b"data: " + json.dumps(data, ensure_ascii=False).encode() + b"\n\n"


def grown(passage: Passage, request: FileRequest) -> Iterator[bytes]:
    """What is told of a passage. All deltas together are the text."""
    yield event({"type": "transcript.text.delta", "delta": passage.text})
    if request.format == "verbose_json":
        told = timed(passage, request.granularities)
        yield event({"type": "transcript.text.segment", **told, "id": f"seg_{passage.number}"})
    if request.start.entities is not None:
        found = msgspec.to_builtins(passage.entities)
        yield event({"type": "theresa.entities", "segment": passage.number, "entities": found})


def done(transcript: RecordingTranscript, request: FileRequest, seconds: float) -> bytes:
    """The end of a transcript: the text once more, as a whole."""
    told = ending(transcript, request, seconds)
    return event({"type": "transcript.text.done", "text": transcript.text, **told})


def failed(error: bytes) -> bytes:
    """The end of a transcript that cannot be had: an error, as JSON, as it would be answered over HTTP."""
    return b"data: " + error + b"\n\n"
