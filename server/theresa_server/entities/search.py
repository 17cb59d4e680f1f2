"""Requests to the entity service: what can be requested, and how the lexicons are applied to a model's result."""

from dataclasses import dataclass, field

from theresa_server.entities.lexicon import Lexicon
from theresa_server.entities.ports import Annotation
from theresa_server.entities.spans import without_overlaps


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityOffer:
    """What a session can request."""

    model: str | None
    """``None`` if the server has only a lexicon."""
    labels: tuple[str, ...]
    """The labels that entities may have."""
    relations: bool
    """Whether relations are supported."""
    terms: tuple[str, ...] = ()
    """The terms of the server's lexicon."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntitySearch:
    """Options for searching a text."""

    labels: frozenset[str] | None = None
    """The labels to return; ``None`` returns all."""
    lexicon: Lexicon = field(default_factory=Lexicon)
    """Terms of the session."""
    relations: bool = False
    """Whether to search for relations, too."""

    def complete(self, text: str, found: Annotation, lexicon: Lexicon) -> Annotation:
        """Add the terms in a text to what a model found, and keep only the requested labels.

        The session's terms win over those of ``lexicon``, the server's, and these over the model's entities.
        """
        terms = without_overlaps(lexicon.find(text), self.lexicon.find(text))
        spans = without_overlaps(found.spans, terms)
        if self.labels is not None:
            spans = tuple(span for span in spans if span.label in self.labels)
        return Annotation(spans, found.frames if self.relations else (), found.tokens)
