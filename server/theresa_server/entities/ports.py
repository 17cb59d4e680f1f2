"""What the server asks of an entity recogniser, and what it gets back.

The types are msgspec structs because they also travel, as MessagePack, between the server and the worker process. All
offsets are code points in the text that was asked about.
"""

from collections.abc import Sequence
from typing import Protocol

import msgspec


class EntityError(Exception):
    """The entities of a text cannot be had; the message is one clear sentence."""


class EntitySpan(msgspec.Struct, frozen=True, array_like=True):
    """A mention of an entity: ``text[begin:end]``, never empty.

    ``label`` is of the common set (``labels``), ``source_label`` the model's own name for it; ``None`` where a lexicon
    found it.
    """

    begin: int
    end: int
    label: str
    source_label: str | None = None


class Argument(msgspec.Struct, frozen=True, array_like=True):
    """A part of a frame, ``text[begin:end]``; ``role`` is PropBank's: ``PRED``, ``ARG0`` (who), ``ARG1`` (what), …."""

    begin: int
    end: int
    role: str


Frame = tuple[Argument, ...]
"""One predicate with its arguments, as semantic role labelling finds them."""


class Annotation(msgspec.Struct, frozen=True, array_like=True):
    """What was found in one text.

    ``spans`` are in the order of the text and do not overlap. ``frames`` are there where they were asked for.
    ``tokens`` are the pieces ``[begin, end)`` in which the recogniser read the text.
    """

    spans: tuple[EntitySpan, ...] = ()
    frames: tuple[Frame, ...] = ()
    tokens: tuple[tuple[int, int], ...] = ()


class RecogniserInfo(msgspec.Struct, frozen=True):
    """A recogniser: its name, the labels it may give (of the common set, sorted), and whether it can find frames."""

    name: str
    labels: tuple[str, ...]
    relations: bool


class Recogniser(Protocol):
    """Finds entities. Stateless between calls; called from one thread at a time, and blocks it."""

    @property
    def info(self) -> RecogniserInfo:
        """What it is and what it can do."""
        ...

    def annotate(self, texts: Sequence[str], *, relations: bool = False) -> list[Annotation]:
        """One annotation for each text, in their order.

        Raises ``EntityError`` when frames are asked for and it cannot find any, or when the model fails.
        """
        ...
