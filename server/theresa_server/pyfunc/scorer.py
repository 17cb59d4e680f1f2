"""Rows in, predictions out, in the calling thread: what ``POST /invocations`` answers, without a server."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from theresa_server.entities.hanlp_model import HanlpRecogniser
from theresa_server.entities.lexicon import Lexicon
from theresa_server.entities.service import Search
from theresa_server.pyfunc.finder import EntityFinder
from theresa_server.scoring.answers import prediction
from theresa_server.scoring.requests import Params, Row, ScoringError, Text

ENTITIES, WHISPER, LEXICON = "entities", "whisper", "lexicon.txt"
"""Names of the parts of a saved model, and of their places in its folder ``artifacts``."""


class Scorer:
    """Answers for the models that it is given. Any number of threads may call it."""

    def __init__(self, finder: EntityFinder) -> None:
        self._finder = finder

    @classmethod
    def load(cls, parts: Mapping[str, Path], options: Mapping[str, Any]) -> "Scorer":
        """Load the parts of a saved model, by their names. Raises ``ModelError`` and ``LexiconError``."""
        lexicon = Lexicon.read(parts[LEXICON]) if LEXICON in parts else Lexicon()
        return cls(EntityFinder(HanlpRecogniser.load(parts[ENTITIES]), lexicon))

    def score(self, rows: Sequence[Row], params: Params) -> list[Any]:
        """A prediction for each row. Raises ``ScoringError`` for what cannot be answered, ``EntityError`` else."""
        texts = [row.text for row in rows if isinstance(row, Text)]
        return self._score_texts(texts, params)

    def _score_texts(self, texts: Sequence[str], params: Params) -> list[Any]:
        graph = params.output == "graph"
        if graph and not self._finder.info.relations:
            raise ScoringError(
                f"The model {self._finder.info.name} has no semantic role labelling, which a graph needs: "
                "save a multi-task model that has srl."
            )
        found = self._finder.find(texts, Search(labels=params.labels, relations=graph))
        return [prediction(text, annotation, params.output) for text, annotation in zip(texts, found, strict=True)]
