"""Predictions: annotations and transcripts as JSON values. Offsets count code points."""

from collections.abc import Sequence
from typing import Any

import msgspec

from theresa_server.audio.segments import SegmentClosed
from theresa_server.entities.graph import build_graph
from theresa_server.entities.identity import entity_id
from theresa_server.entities.ports import Annotation, EntitySpan
from theresa_server.entities.timing import Timeline
from theresa_server.mlflow.requests import OutputKind
from theresa_server.sessions.rendering import to_ms
from theresa_server.speech.recognition import Hypothesis
from theresa_server.speech.units import separator

AnnotatedSegment = tuple[SegmentClosed, Hypothesis, Annotation]
"""A segment of a recording, its transcript and the entities in it."""


def text_prediction(text: str, annotation: Annotation, output: OutputKind) -> Any:
    """Return the prediction for a row of text."""
    match output:
        case "entities":
            return [_entity(text, span) for span in annotation.spans]
        case "graph":
            return msgspec.to_builtins(build_graph(text, annotation))
        case "tokens":
            return [text[begin:end] for begin, end in annotation.tokens]


def audio_prediction(segments: Sequence[AnnotatedSegment], *, words: bool) -> dict[str, Any]:
    """Return the prediction for a row of audio: the text, its segments, and the entities with their times."""
    parts = [_segment(*segment, words=words) for segment in segments]
    return {
        "text": _join([part["text"] for part in parts]),
        "segments": parts,
        "entities": [entity for part in parts for entity in part["entities"]],
    }


def _entity(text: str, span: EntitySpan) -> dict[str, Any]:
    """Return an entity with the fields that it has in the stream, except the times."""
    mention = text[span.begin : span.end]
    entity: dict[str, Any] = {"id": entity_id(span.label, mention), "label": span.label, "text": mention}
    entity |= {"from": span.begin, "to": span.end}
    if span.source_label is not None:
        entity["source_label"] = span.source_label
    return entity


def _join(texts: Sequence[str]) -> str:
    """Join texts with spaces, except between scripts without spaces."""
    joined = ""
    for text in texts:
        joined += separator(joined, text) + text
    return joined


def _segment(closed: SegmentClosed, hypothesis: Hypothesis, annotation: Annotation, *, words: bool) -> dict[str, Any]:
    text, start_ms, end_ms = hypothesis.text, to_ms(closed.start), to_ms(closed.end)
    timeline = Timeline(length=len(text), start_ms=start_ms, end_ms=end_ms, words=hypothesis.words)
    segment: dict[str, Any] = {
        "text": text,
        "start_ms": start_ms,
        "end_ms": end_ms,
        "language": hypothesis.language,
        "confidence": round(hypothesis.confidence, 4),
        "entities": [_timed_entity(text, span, timeline) for span in annotation.spans],
    }
    if words:
        segment["words"] = [
            {"text": word.text, "start_ms": start_ms + word.start_ms, "end_ms": start_ms + word.end_ms}
            for word in hypothesis.words
        ]
    return segment


def _timed_entity(text: str, span: EntitySpan, timeline: Timeline) -> dict[str, Any]:
    start_ms, end_ms = timeline.interval(span.begin, span.end)
    return _entity(text, span) | {"start_ms": start_ms, "end_ms": end_ms}
