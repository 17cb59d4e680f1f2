"""Who and what was mentioned: the entities of many segments, each counted once."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from theresa_protocol.messages import Entity


@dataclass(frozen=True)
class Mention:
    """An entity that was mentioned ``count`` times, for the first time at ``start_ms`` and written like ``text``.

    ``id`` is the server's: the same wherever the label and the text are.
    """

    id: str
    label: str
    text: str
    count: int
    start_ms: int


def mentions(entities: Iterable[Entity]) -> list[Mention]:
    """Each entity once, in the order in which they are first met."""
    found: dict[str, Mention] = {}
    for entity in entities:
        known = found.get(entity.id) or Mention(entity.id, entity.label, entity.text, 0, entity.start_ms)
        found[entity.id] = replace(known, count=known.count + 1)
    return list(found.values())
