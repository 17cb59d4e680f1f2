"""From what a model says to spans that can be relied on. Pure.

HanLP's offsets count tokens, its surfaces have lost their spaces, and without a CRF its spans may overlap: so the text
itself is cut, and of overlapping spans the longest stays.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence

from theresa_server.entities.labels import canonical
from theresa_server.entities.ports import EntitySpan


def spans_of(
    text: str, tokens: Sequence[tuple[int, int]], found: Iterable[tuple[int, int, str]]
) -> tuple[EntitySpan, ...]:
    """Spans of a text, in order, not overlapping, none empty, none with white space at its ends.

    ``found`` are token offsets ``[first, last)`` with the model's labels; what lies outside of the tokens is left out.
    """
    spans = []
    for first, last, label in found:
        if 0 <= first < last <= len(tokens):
            span = trimmed(text, EntitySpan(tokens[first][0], tokens[last - 1][1], canonical(label), label))
            if span is not None:
                spans.append(span)
    return without_overlaps(spans)


def trimmed(text: str, span: EntitySpan) -> EntitySpan | None:
    """A span without white space at its ends, within the text; ``None`` when nothing is left."""
    begin, end = max(0, span.begin), min(len(text), span.end)
    while begin < end and text[begin].isspace():
        begin += 1
    while begin < end and text[end - 1].isspace():
        end -= 1
    return EntitySpan(begin, end, span.label, span.source_label) if begin < end else None


def without_overlaps(spans: Iterable[EntitySpan], taken: Iterable[EntitySpan] = ()) -> tuple[EntitySpan, ...]:
    """Spans in the order of the text; of overlapping ones the longest, then the first; ``taken`` wins over all."""
    kept = sorted(taken, key=_begin)
    for span in sorted(spans, key=lambda span: (span.begin - span.end, span.begin, span.label)):
        at = bisect_right(kept, span.begin, key=_begin)
        clear_before = at == 0 or kept[at - 1].end <= span.begin
        clear_behind = at == len(kept) or span.end <= kept[at].begin
        if clear_before and clear_behind:
            kept.insert(at, span)
    return tuple(kept)


def _begin(span: EntitySpan) -> int:
    return span.begin
