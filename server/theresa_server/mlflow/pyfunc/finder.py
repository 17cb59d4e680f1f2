"""Entities in the calling process and thread, for where there is no event loop and no worker process."""

import threading
from collections.abc import Sequence

from theresa_server.entities.lexicon import Lexicon
from theresa_server.entities.ports import Annotation, Recogniser
from theresa_server.entities.sentences import joined, split_sentences
from theresa_server.entities.service import BATCH_TEXTS, EntitySearch


class EntityFinder:
    """Finds what ``EntityService`` finds. May be called from any number of threads: they take turns at the model.

    Args:
        recogniser: the model, or ``None``: then the lexicon works alone.
        lexicon: terms that win over it.
    """

    def __init__(self, recogniser: Recogniser | None, lexicon: Lexicon) -> None:
        self.relations = recogniser is not None and recogniser.info.relations
        self._recogniser = recogniser
        self._lexicon = lexicon
        self._turn = threading.Lock()

    def find(self, texts: Sequence[str], search: EntitySearch) -> list[Annotation]:
        """One annotation for each text, in their order. Raises ``EntityError`` when the model fails."""
        found = self._from_model(texts, search.relations)
        return [search.complete(text, joined(parts), self._lexicon) for text, parts in zip(texts, found, strict=True)]

    def _from_model(self, texts: Sequence[str], relations: bool) -> list[list[tuple[int, Annotation]]]:
        """What the model finds in the pieces of each text, by where they begin."""
        found: list[list[tuple[int, Annotation]]] = [[] for _ in texts]
        if self._recogniser is None:
            return found
        pieces = [
            (index, begin, text[begin:end])
            for index, text in enumerate(texts)
            if text.strip()
            for begin, end in split_sentences(text)
        ]
        for at in range(0, len(pieces), BATCH_TEXTS):
            batch = pieces[at : at + BATCH_TEXTS]
            with self._turn:
                annotations = self._recogniser.annotate([text for *_, text in batch], relations=relations)
            for (index, begin, _), annotation in zip(batch, annotations, strict=True):
                found[index].append((begin, annotation))
        return found
