"""The text that other servers display, read from their messages. Pure."""

import json
from collections.abc import Iterator
from typing import Any

from benchmarks.metrics import Snapshot
from benchmarks.session_logs import SessionLog


def whisperlive_snapshots(log: SessionLog) -> list[Snapshot]:
    """Return the displayed text over time of WhisperLive: a list of segments; ``completed`` ones never change."""
    snapshots = []
    for at_s, message in _messages(log):
        if "segments" in message:
            parts = [(part["text"].strip(), bool(part.get("completed"))) for part in message["segments"]]
            settled = " ".join(text for text, completed in parts if completed)
            snapshots.append(Snapshot(at_s, settled, " ".join(text for text, completed in parts if not completed)))
    return snapshots


def whisperlivekit_snapshots(log: SessionLog) -> list[Snapshot]:
    """Return the displayed text over time of WhisperLiveKit: settled lines and a buffer of tentative text."""
    snapshots = []
    for at_s, message in _messages(log):
        if "lines" in message:
            settled = " ".join((line.get("text") or "").strip() for line in message["lines"]).strip()
            snapshots.append(Snapshot(at_s, settled, (message.get("buffer_transcription") or "").strip()))
    return snapshots


def _messages(log: SessionLog) -> Iterator[tuple[float, dict[str, Any]]]:
    for at_s, text in log.events:
        message = json.loads(text)
        if isinstance(message, dict):
            yield at_s, message
