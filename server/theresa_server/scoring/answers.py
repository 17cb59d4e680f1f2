"""Annotations as the values that a prediction holds. Offsets count code points."""

from typing import Any

import msgspec

from theresa_server.entities.graph import graph_of
from theresa_server.entities.identity import entity_id
from theresa_server.entities.ports import Annotation, Span
from theresa_server.scoring.requests import Output


def prediction(text: str, annotation: Annotation, output: Output) -> Any:
    """What is answered for one row of text."""
    match output:
        case "entities":
            return [entity(text, span) for span in annotation.spans]
        case "graph":
            return msgspec.to_builtins(graph_of(text, annotation))
        case "tokens":
            return [text[begin:end] for begin, end in annotation.tokens]


def entity(text: str, span: Span) -> dict[str, Any]:
    """One entity, with the same fields as in the stream but for the times."""
    mention = text[span.begin : span.end]
    found: dict[str, Any] = {"id": entity_id(span.label, mention), "label": span.label, "text": mention}
    found |= {"from": span.begin, "to": span.end}
    if span.source_label is not None:
        found["source_label"] = span.source_label
    return found
