"""Entities as a person sees them: marked in the text, listed below it, counted at the end."""

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
"""Mentions of one label that the summary names; of more it tells how many."""

# From the fixed part of the 256 colours: the first 16 are painted as each terminal likes, and not readable on all.
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
    """The colour of a label, readable on light and on dark: one for each family, one for all others."""
    return COLOURS.get(label, OTHER_COLOUR)


def highlighted(segment: Segment) -> Text:
    """The printable text of a segment with its entities marked."""
    text, at = Text(), 0
    for entity in _fitting(segment):
        text.append(printable(segment.text[at : entity.from_]))
        text.append(printable(entity.text), style=f"bold {colour(entity.label)}")
        at = entity.to
    return text.append(printable(segment.text[at:]))


def listed(segment: Segment, span: str = "") -> list[Text]:
    """The lines below a segment: its entities, each once, with their labels; then who did what to whom.

    Away from the text, ``span`` says of which segment they are.
    """
    found = [_labelled(mention) for mention in mentions(segment.entities)]
    lines = [Text(SEPARATOR).join(found)] if found else []
    if segment.relations is not None:
        lines += map(Text, _sentences(segment.relations))
    indent = f"{INDENT}[{span}] " if span else INDENT
    return [Text(indent) + line for line in lines]


def summary(entities: Iterable[Entity]) -> Table:
    """Who and what was mentioned, by label, the most frequent first: ``PERSON  陈静 ×2 · Maria Garcia``."""
    table = Table.grid(padding=(0, 2))
    by_label = sorted(mentions(entities), key=lambda mention: (mention.label, -mention.count))
    for label, group in groupby(by_label, key=lambda mention: mention.label):
        table.add_row(Text(label, style=colour(label)), Text(SEPARATOR.join(_counted(list(group)))))
    return table


def _fitting(segment: Segment) -> Iterator[Entity]:
    """The entities that can be marked: a server's mistake, or offsets in another unit, must not garble the text."""
    at = 0
    for entity in segment.entities:
        if at <= entity.from_ < entity.to and segment.text[entity.from_ : entity.to] == entity.text:
            yield entity
            at = entity.to


def _labelled(mention: Mention) -> Text:
    return Text.assemble((mention.label, colour(mention.label)), f" {_shown(mention.text)}")


def _sentences(relations: Graph) -> list[str]:
    names = {node.id: node.fields.name for node in relations.nodes}
    triples = ((names.get(link.source), link.fields.type, names.get(link.target)) for link in relations.links)
    return [" → ".join(_shown(part) for part in triple if part is not None) for triple in triples if None not in triple]


def _counted(group: list[Mention]) -> list[str]:
    named = [
        f"{_shown(mention.text)} ×{mention.count}" if mention.count > 1 else _shown(mention.text) for mention in group
    ]
    more = len(named) - MAX_MENTIONS
    return [*named[:MAX_MENTIONS], f"and {more} more"] if more > 0 else named


def _shown(text: str) -> str:
    return " ".join(printable(text).split())
