"""Entity recognition in the calling thread, without an event loop or a worker process."""

import threading
from collections.abc import Sequence

from theresa_server.entities.lexicon import Lexicon
from theresa_server.entities.ports import Annotation, EntityRecogniser
from theresa_server.entities.search import EntitySearch
from theresa_server.entities.sentences import join_annotations, split_sentences
from theresa_server.entities.service import BATCH_TEXTS


class EntitySearcher:
    """Finds the same entities as ``EntityService``. Thread-safe: threads take turns at the model.

    Args:
        recogniser: The model; ``None`` uses only the lexicon.
        lexicon: Terms that win over the model's entities.
    """

    def __init__(self, recogniser: EntityRecogniser | None, lexicon: Lexicon) -> None:
        self.relations = recogniser is not None and recogniser.info.relations
        self._recogniser = recogniser
        self._lexicon = lexicon
        self._model_lock = threading.Lock()

    def find(self, texts: Sequence[str], search: EntitySearch) -> list[Annotation]:
        """Return one annotation per text.

        Raises:
            EntityError: when the model fails.
        """
        found = self._annotate(texts, search.relations)
        return [
            search.complete(text, join_annotations(pieces), self._lexicon)
            for text, pieces in zip(texts, found, strict=True)
        ]

    def _annotate(self, texts: Sequence[str], relations: bool) -> list[list[tuple[int, Annotation]]]:
        """Return the annotations of the pieces of each text, with the offsets of the pieces."""
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
            with self._model_lock:
                annotations = self._recogniser.annotate([text for *_, text in batch], relations=relations)
            for (index, begin, _), annotation in zip(batch, annotations, strict=True):
                found[index].append((begin, annotation))
        return found
