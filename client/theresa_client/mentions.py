"""Mentions: the entities of many segments, each counted once."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from theresa_protocol.messages import Entity


@dataclass(frozen=True)
class Mention:
    """An entity and how often it was mentioned."""

    id: str
    """The server's id, which depends only on label and text."""
    label: str
    text: str
    """The text of the first mention."""
    count: int
    start_ms: int
    """Time of the first mention."""


def mentions(entities: Iterable[Entity]) -> list[Mention]:
    """Return each entity once, in order of first mention."""
    found: dict[str, Mention] = {}
    for entity in entities:
        known = found.get(entity.id) or Mention(entity.id, entity.label, entity.text, 0, entity.start_ms)
        found[entity.id] = replace(known, count=known.count + 1)
    return list(found.values())
