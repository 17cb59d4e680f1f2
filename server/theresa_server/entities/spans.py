"""Converts a model's output to valid spans.

HanLP's offsets count tokens, its surface forms lack spaces, and its spans may overlap if the model has no CRF.
Therefore spans are cut from the text itself, and the longest of overlapping spans wins.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence

from theresa_server.entities.labels import common_label
from theresa_server.entities.ports import EntitySpan


def spans_of(
    text: str, tokens: Sequence[tuple[int, int]], found: Iterable[tuple[int, int, str]]
) -> tuple[EntitySpan, ...]:
    """Return the spans of a text: in order, without overlaps, non-empty, and without white space at their ends.

    Args:
        text: The text.
        tokens: Its tokens ``[begin, end)``.
        found: Token offsets ``[first, last)`` with the model's labels. Invalid offsets are ignored.
    """
    spans = []
    for first, last, label in found:
        if 0 <= first < last <= len(tokens):
            span = trimmed(text, EntitySpan(tokens[first][0], tokens[last - 1][1], common_label(label), label))
            if span is not None:
                spans.append(span)
    return without_overlaps(spans)


def trimmed(text: str, span: EntitySpan) -> EntitySpan | None:
    """Clip a span to the text and strip white space from its ends. Returns ``None`` if nothing is left."""
    begin, end = max(0, span.begin), min(len(text), span.end)
    while begin < end and text[begin].isspace():
        begin += 1
    while begin < end and text[end - 1].isspace():
        end -= 1
    return EntitySpan(begin, end, span.label, span.source_label) if begin < end else None


def without_overlaps(spans: Iterable[EntitySpan], taken: Iterable[EntitySpan] = ()) -> tuple[EntitySpan, ...]:
    """Return spans in order. The longest of overlapping spans wins, then the first; ``taken`` wins over ``spans``."""
    kept = sorted(taken, key=_begin)
    for span in sorted(spans, key=lambda span: (span.begin - span.end, span.begin, span.label)):
        at = bisect_right(kept, span.begin, key=_begin)
        clear_before = at == 0 or kept[at - 1].end <= span.begin
        clear_after = at == len(kept) or span.end <= kept[at].begin
        if clear_before and clear_after:
            kept.insert(at, span)
    return tuple(kept)


def _begin(span: EntitySpan) -> int:
    return span.begin
