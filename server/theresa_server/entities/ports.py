"""The interface of an entity recogniser.

The types are msgspec structs because they also travel, as MessagePack, between the server and the worker process. All
offsets are code points in the annotated text.
"""

from collections.abc import Sequence
from typing import Protocol

import msgspec


class EntityError(Exception):
    """Entity recognition failed for a text. The message is one sentence."""


class EntitySpan(msgspec.Struct, frozen=True, array_like=True):
    """A mention of an entity: ``text[begin:end]``, never empty."""

    begin: int
    end: int
    label: str
    """A label of the common set (``labels``)."""
    source_label: str | None = None
    """The model's own label; ``None`` if the span comes from a lexicon."""


class Argument(msgspec.Struct, frozen=True, array_like=True):
    """A part of a predicate frame: ``text[begin:end]``."""

    begin: int
    end: int
    role: str
    """PropBank's role: ``PRED``, ``ARG0`` (agent), ``ARG1`` (patient), …."""


PredicateFrame = tuple[Argument, ...]
"""A predicate with its arguments, as found by semantic role labelling."""


class Annotation(msgspec.Struct, frozen=True, array_like=True):
    """What a recogniser found in one text."""

    spans: tuple[EntitySpan, ...] = ()
    """Entities in the order of the text, without overlaps."""
    frames: tuple[PredicateFrame, ...] = ()
    """Predicate frames, if relations were requested."""
    tokens: tuple[tuple[int, int], ...] = ()
    """The tokens ``[begin, end)`` that the recogniser read."""


class EntityRecogniserInfo(msgspec.Struct, frozen=True):
    """Name and capabilities of an entity recogniser."""

    name: str
    labels: tuple[str, ...]
    """The labels that it may return, of the common set, sorted."""
    relations: bool
    """Whether it finds predicate frames."""


class EntityRecogniser(Protocol):
    """Finds entities in texts. Stateless between calls; called from one thread at a time, and blocking."""

    @property
    def info(self) -> EntityRecogniserInfo:
        """Name and capabilities."""
        ...

    def annotate(self, texts: Sequence[str], *, relations: bool = False) -> list[Annotation]:
        """Return one annotation per text, in order.

        Raises:
            EntityError: when the model fails, or ``relations`` is requested and not supported.
        """
        ...
