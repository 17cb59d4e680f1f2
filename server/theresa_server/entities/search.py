"""What may be asked of an entity service, and how what a model found becomes an answer. Pure."""

from dataclasses import dataclass, field

from theresa_server.entities.lexicon import Lexicon
from theresa_server.entities.ports import Annotation
from theresa_server.entities.spans import without_overlaps


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityOffer:
    """What a session may ask for: labels that may come, and whether relations can be found.

    ``model`` is ``None`` where only the lexicon is at work. ``terms`` are those of that lexicon.
    """

    model: str | None
    labels: tuple[str, ...]
    relations: bool
    terms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EntitySearch:
    """How a text is searched: for which labels (``None``: all), with which terms first, and for relations too."""

    labels: frozenset[str] | None = None
    lexicon: Lexicon = field(default_factory=Lexicon)
    relations: bool = False

    def complete(self, text: str, found: Annotation, lexicon: Lexicon) -> Annotation:
        """What a model found in a text, and the terms: those of the search win over a lexicon's, these over the model.

        Of all spans those with the labels asked for stay.
        """
        terms = without_overlaps(lexicon.find(text), self.lexicon.find(text))
        spans = without_overlaps(found.spans, terms)
        if self.labels is not None:
            spans = tuple(span for span in spans if span.label in self.labels)
        return Annotation(spans, found.frames if self.relations else (), found.tokens)
