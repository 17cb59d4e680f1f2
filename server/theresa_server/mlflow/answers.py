"""Annotations as the values that a prediction holds. Offsets count code points."""

from collections.abc import Sequence
from typing import Any

import msgspec

from theresa_server.audio.segmenter import SegmentClosed
from theresa_server.entities.graph import graph_of
from theresa_server.entities.identity import entity_id
from theresa_server.entities.ports import Annotation, EntitySpan
from theresa_server.entities.timing import Timeline
from theresa_server.mlflow.requests import Output
from theresa_server.sessions.rendering import to_ms
from theresa_server.speech.recognition import Hypothesis
from theresa_server.speech.units import separator


def prediction(text: str, annotation: Annotation, output: Output) -> Any:
    """What is answered for one row of text."""
    match output:
        case "entities":
            return [entity(text, span) for span in annotation.spans]
        case "graph":
            return msgspec.to_builtins(graph_of(text, annotation))
        case "tokens":
            return [text[begin:end] for begin, end in annotation.tokens]


def entity(text: str, span: EntitySpan) -> dict[str, Any]:
    """One entity, with the same fields as in the stream but for the times."""
    mention = text[span.begin : span.end]
    found: dict[str, Any] = {"id": entity_id(span.label, mention), "label": span.label, "text": mention}
    found |= {"from": span.begin, "to": span.end}
    if span.source_label is not None:
        found["source_label"] = span.source_label
    return found


SegmentResult = tuple[SegmentClosed, Hypothesis, Annotation]
"""A segment of a recording, what was said in it, and what that mentions."""


def transcript(heard: Sequence[SegmentResult], *, words: bool) -> dict[str, Any]:
    """What is answered for one row of audio: the text, its segments, and the entities with when they were said."""
    parts = [_segment(*one, words=words) for one in heard]
    return {
        "text": joined([part["text"] for part in parts]),
        "segments": parts,
        "entities": [found for part in parts for found in part["entities"]],
    }


def joined(texts: Sequence[str]) -> str:
    """Texts in a row: with a space between, but not where a script without spaces meets."""
    whole = ""
    for text in texts:
        whole += separator(whole, text) + text
    return whole


def _segment(segment: SegmentClosed, said: Hypothesis, annotation: Annotation, *, words: bool) -> dict[str, Any]:
    text, start_ms = said.text, to_ms(segment.start)
    timeline = Timeline(length=len(text), start_ms=start_ms, end_ms=to_ms(segment.end), words=said.words)
    part: dict[str, Any] = {
        "text": text,
        "start_ms": start_ms,
        "end_ms": timeline.end_ms,
        "language": said.language,
        "confidence": round(said.confidence, 4),
        "entities": [
            entity(text, span) | dict(zip(("start_ms", "end_ms"), timeline.interval(span.begin, span.end), strict=True))
            for span in annotation.spans
        ],
    }
    if words:
        part["words"] = [
            {"text": word.text, "start_ms": start_ms + word.start_ms, "end_ms": start_ms + word.end_ms}
            for word in said.words
        ]
    return part
