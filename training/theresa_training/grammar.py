"""Sentences as aligned units: written form, spoken form, and entity label."""

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")

ENTITY_LABELS = ("PERSON", "ORGANIZATION", "LOCATION", "DATE", "TIME", "MONEY", "PERCENT", "CARDINAL")
"""Slots with these names are entities; other slots are plain words."""


@dataclass(frozen=True, slots=True)
class TextUnit:
    """One word, Chinese character, number or punctuation mark."""

    text: str
    """Written form, with its leading space in English."""

    spoken: str
    """Spoken form, read by the synthesiser."""

    label: str = ""
    """Label of the entity that the unit belongs to, if any."""

    slot: int = -1
    """Number of that entity in the sentence, -1 for none."""


@dataclass(frozen=True, slots=True)
class LabelledSpan:
    """An entity: code point offsets [begin, end) in ``Sentence.text``."""

    begin: int
    end: int
    label: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of the grammar; the joined and stripped texts of its units are its text."""

    language: Language
    units: tuple[TextUnit, ...]

    @property
    def text(self) -> str:
        """The written form."""
        return "".join(unit.text for unit in self.units).strip()

    @property
    def spoken(self) -> str:
        """The spoken form."""
        return "".join(unit.spoken for unit in self.units)

    @property
    def spans(self) -> tuple[LabelledSpan, ...]:
        """The labelled entities in order of appearance."""
        raw = "".join(unit.text for unit in self.units)
        shift = len(raw) - len(raw.lstrip())
        spans: dict[int, LabelledSpan] = {}
        position = 0
        for unit in self.units:
            begin = position + len(unit.text) - len(unit.text.lstrip())
            position += len(unit.text)
            if unit.label:
                first = spans[unit.slot].begin if unit.slot in spans else begin - shift
                spans[unit.slot] = LabelledSpan(first, position - shift, unit.label)
        return tuple(spans.values())


Piece = tuple[str, str]
"""Written and spoken form."""

Slot = Callable[[random.Random], Sequence[Piece]]
"""Returns the pieces of a random value."""


def words(text: str) -> tuple[str, ...]:
    """Split a text into words: for word lists that stay readable."""
    return tuple(text.split())


def lines(text: str, separator: str = "\n") -> tuple[str, ...]:
    """Return the non-empty lines of a text (or its parts between another separator), stripped."""
    return tuple(part.strip() for part in text.split(separator) if part.strip())


_SLOT = re.compile(r"\{(\w+)\}")


def fill(
    template: str,
    slots: Mapping[str, Slot],
    split: Callable[[str], Sequence[Piece]],
    rng: random.Random,
) -> tuple[TextUnit, ...]:
    """Replace every ``{NAME}`` of a template with a value of that slot; ``split`` cuts the literal text into pieces.

    Raises:
        KeyError: when the grammar has no such slot.
    """
    units: list[TextUnit] = []
    for number, part in enumerate(_SLOT.split(template)):
        if number % 2 == 0:
            units += [TextUnit(text, spoken) for text, spoken in split(part)]
        else:
            label = part if part in ENTITY_LABELS else ""
            units += [TextUnit(text, spoken, label, number if label else -1) for text, spoken in slots[part](rng)]
    return tuple(units)
