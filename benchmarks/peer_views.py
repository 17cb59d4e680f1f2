"""What a reader of other servers sees, read out of their messages. Pure."""

import json
from collections.abc import Iterator
from typing import Any

from benchmarks.logs import Log
from benchmarks.metrics import View


def live_views(log: Log) -> list[View]:
    """WhisperLive: a list of segments, of which those that are `completed` do not change any more."""
    found = []
    for at, message in _messages(log):
        if "segments" in message:
            parts = [(part["text"].strip(), bool(part.get("completed"))) for part in message["segments"]]
            settled = " ".join(text for text, completed in parts if completed)
            found.append(View(at, settled, " ".join(text for text, completed in parts if not completed)))
    return found


def livekit_views(log: Log) -> list[View]:
    """WhisperLiveKit: lines of text that is settled, and a buffer of what is not."""
    found = []
    for at, message in _messages(log):
        if "lines" in message:
            settled = " ".join((line.get("text") or "").strip() for line in message["lines"]).strip()
            found.append(View(at, settled, (message.get("buffer_transcription") or "").strip()))
    return found


def _messages(log: Log) -> Iterator[tuple[float, dict[str, Any]]]:
    for at, text in log.events:
        message = json.loads(text)
        if isinstance(message, dict):
            yield at, message
