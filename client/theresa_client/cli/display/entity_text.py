"""Entities for people: highlighted in the text, listed below it, and summarised at the end."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from rich.table import Table
from rich.text import Text

from theresa_client.mentions import Mention, mentions
from theresa_client.transcript import Segment
from theresa_protocol.messages import Entity, Graph
from theresa_protocol.text import printable

INDENT = "    "
SEPARATOR = " · "
MAX_MENTIONS = 20
"""Maximum number of entities per label in the summary; the rest are counted."""

# From the fixed part of the 256 colours: terminals redefine the first 16, and some of those are not readable.
_TIME, _AMOUNT = "color(166)", "color(94)"
COLOURS = {
    "PERSON": "color(163)",
    "ORGANIZATION": "color(32)",
    "LOCATION": "color(28)",
    "DATE": _TIME,
    "TIME": _TIME,
    "DURATION": _TIME,
    "FREQUENCY": _TIME,
    "MONEY": _AMOUNT,
    "PERCENT": _AMOUNT,
    "QUANTITY": _AMOUNT,
    "CARDINAL": _AMOUNT,
    "ORDINAL": _AMOUNT,
}
OTHER_COLOUR = "color(98)"


def colour(label: str) -> str:
    """Return the colour of a label, which is readable on light and dark backgrounds. Related labels share one."""
    return COLOURS.get(label, OTHER_COLOUR)


def highlight_entities(segment: Segment) -> Text:
    """Return the printable text of a segment with its entities highlighted."""
    text, at = Text(), 0
    for entity in _valid_entities(segment):
        text.append(printable(segment.text[at : entity.from_]))
        text.append(printable(entity.text), style=f"bold {colour(entity.label)}")
        at = entity.to
    return text.append(printable(segment.text[at:]))


def entity_lines(segment: Segment, span: str = "") -> list[Text]:
    """Return the lines below a segment: each of its entities once, with labels; then its relations.

    ``span`` identifies the segment if the lines do not directly follow its text.
    """
    found = [_labelled(mention) for mention in mentions(segment.entities)]
    lines = [Text(SEPARATOR).join(found)] if found else []
    if segment.relations is not None:
        lines += map(Text, _relations(segment.relations))
    indent = f"{INDENT}[{span}] " if span else INDENT
    return [Text(indent) + line for line in lines]


def entity_summary(entities: Iterable[Entity]) -> Table:
    """Return all entities by label, the most frequent first: ``PERSON  陈静 ×2 · Maria Garcia``."""
    table = Table.grid(padding=(0, 2))
    by_label = sorted(mentions(entities), key=lambda mention: (mention.label, -mention.count))
    for label, group in groupby(by_label, key=lambda mention: mention.label):
        table.add_row(Text(label, style=colour(label)), Text(SEPARATOR.join(_counted(list(group)))))
    return table


def _valid_entities(segment: Segment) -> Iterator[Entity]:
    """Yield the entities whose offsets match the text: a faulty server or another offset unit must not garble it."""
    at = 0
    for entity in segment.entities:
        if at <= entity.from_ < entity.to and segment.text[entity.from_ : entity.to] == entity.text:
            yield entity
            at = entity.to


def _labelled(mention: Mention) -> Text:
    return Text.assemble((mention.label, colour(mention.label)), f" {_one_line(mention.text)}")


def _relations(relations: Graph) -> list[str]:
    names = {node.id: node.fields.name for node in relations.nodes}
    triples = ((names.get(link.source), link.fields.type, names.get(link.target)) for link in relations.links)
    return [
        " → ".join(_one_line(part) for part in triple if part is not None) for triple in triples if None not in triple
    ]


def _counted(group: list[Mention]) -> list[str]:
    named = [
        f"{_one_line(mention.text)} ×{mention.count}" if mention.count > 1 else _one_line(mention.text)
        for mention in group
    ]
    more = len(named) - MAX_MENTIONS
    return [*named[:MAX_MENTIONS], f"and {more} more"] if more > 0 else named


def _one_line(text: str) -> str:
    return " ".join(printable(text).split())
