"""Sentences as aligned units: what is written, what is spoken, and which entity it belongs to."""

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")

# Slots whose name is one of these are entities; other slots are plain words.
ENTITY_LABELS = ("PERSON", "ORGANIZATION", "LOCATION", "DATE", "TIME", "MONEY", "PERCENT", "CARDINAL")


@dataclass(frozen=True, slots=True)
class TextUnit:
    """One word, Chinese character, number or punctuation mark.

    ``text`` is written (with its leading space in English), ``spoken`` is what the synthesiser reads at that place.
    ``slot`` numbers the entity the unit belongs to (-1: none), ``label`` is that entity's label.
    """

    text: str
    spoken: str
    label: str = ""
    slot: int = -1


@dataclass(frozen=True, slots=True)
class LabelledSpan:
    """An entity: code point offsets [begin, end) into ``Sentence.text``."""

    begin: int
    end: int
    label: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of the grammar. The units' texts joined and stripped are the text."""

    language: Language
    units: tuple[TextUnit, ...]

    @property
    def text(self) -> str:
        """The sentence as written."""
        return "".join(unit.text for unit in self.units).strip()

    @property
    def spoken(self) -> str:
        """The sentence as the synthesiser reads it; the units' ``spoken`` joined."""
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


# A piece is (written, spoken); a slot gives the pieces of its value.
Piece = tuple[str, str]
Slot = Callable[[random.Random], Sequence[Piece]]


def words(text: str) -> tuple[str, ...]:
    """The words of a text: a word list that stays readable."""
    return tuple(text.split())


def lines(text: str, separator: str = "\n") -> tuple[str, ...]:
    """The non-empty lines of a text (or what stands between another separator), stripped."""
    return tuple(part.strip() for part in text.split(separator) if part.strip())


_SLOT = re.compile(r"\{(\w+)\}")


def fill(
    template: str,
    slots: Mapping[str, Slot],
    split: Callable[[str], Sequence[Piece]],
    rng: random.Random,
) -> tuple[TextUnit, ...]:
    """Replace every ``{NAME}`` of a template by a value of that slot; ``split`` cuts the literal text into pieces.

    Raises KeyError for a slot that the grammar does not have.
    """
    units: list[TextUnit] = []
    for number, part in enumerate(_SLOT.split(template)):
        if number % 2 == 0:
            units += [TextUnit(text, spoken) for text, spoken in split(part)]
        else:
            label = part if part in ENTITY_LABELS else ""
            units += [TextUnit(text, spoken, label, number if label else -1) for text, spoken in slots[part](rng)]
    return tuple(units)
