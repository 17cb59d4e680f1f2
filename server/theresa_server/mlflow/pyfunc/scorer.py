"""Rows in, predictions out, in the calling thread: what ``POST /invocations`` answers, without a server."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from theresa_server.entities.hanlp.model import HanlpRecogniser
from theresa_server.entities.lexicon import Lexicon
from theresa_server.entities.service import EntitySearch
from theresa_server.mlflow.answers import prediction, transcript
from theresa_server.mlflow.pyfunc.finder import EntityFinder
from theresa_server.mlflow.requests import Params, Row, ScoringError, Text

if TYPE_CHECKING:
    from theresa_server.mlflow.pyfunc.listener import Listener

ENTITIES, WHISPER, LEXICON = "entities", "whisper", "lexicon.txt"
"""Names of the parts of a saved model, and of their places in its folder ``artifacts``."""


class Scorer:
    """Answers for the models that it is given. Any number of threads may call it."""

    def __init__(self, finder: EntityFinder, listener: "Listener | None" = None) -> None:
        self._finder = finder
        self._listener = listener

    @classmethod
    def load(cls, parts: Mapping[str, Path], options: Mapping[str, Any]) -> "Scorer":
        """Load the parts of a saved model, by their names; ``options`` are for the speech model (``saving.LOADING``).

        Raises ``ModelError`` and ``LexiconError``.
        """
        lexicon = Lexicon.read(parts[LEXICON]) if LEXICON in parts else Lexicon()
        recogniser = HanlpRecogniser.load(parts[ENTITIES]) if ENTITIES in parts else None
        listener = _listener(parts[WHISPER], options) if WHISPER in parts else None
        return cls(EntityFinder(recogniser, lexicon), listener)

    def score(self, rows: Sequence[Row], params: Params) -> list[Any]:
        """A prediction for each row.

        Raises ``ScoringError`` for what cannot be answered, and ``EntityError`` and ``EngineError`` when a model fails.
        """
        self._check(params)
        search = EntitySearch(labels=params.labels, relations=params.output == "graph")
        texts = iter(self._finder.find([row.text for row in rows if isinstance(row, Text)], search))
        return [
            prediction(row.text, next(texts), params.output)
            if isinstance(row, Text)
            else self._transcript(row.data, params)
            for row in rows
        ]

    def _check(self, params: Params) -> None:
        if params.output == "graph" and not self._finder.relations:
            raise ScoringError("A graph needs semantic role labelling: save a multi-task model that has srl.")
        listener, language = self._listener, params.language
        if listener is not None and language is not None and language not in listener.languages:
            raise ScoringError(f"The model {listener.name} does not know the language {language!r}.")

    def _transcript(self, recording: bytes, params: Params) -> dict[str, Any]:
        if self._listener is None:
            raise ScoringError("This model reads text: for audio, save one of the kind whisper.")
        heard = self._listener.hear(recording, params.language)
        found = self._finder.find([said.text for _, said in heard], EntitySearch(labels=params.labels))
        return transcript([(*one, found) for one, found in zip(heard, found, strict=True)], words=params.words)


def _listener(directory: Path, options: Mapping[str, Any]) -> "Listener":
    # Here, so that a model for entities does without these packages.
    from theresa_server.audio.segmenter import SegmenterConfig
    from theresa_server.engine.whisper.decoding import DecodingOptions
    from theresa_server.engine.whisper.options import EngineOptions
    from theresa_server.engine.whisper.transcriber import WhisperTranscriber
    from theresa_server.mlflow.pyfunc.listener import Listener

    given = dict(options)
    decoding = DecodingOptions(beam_size=given.pop("beam_size"))
    transcriber = WhisperTranscriber.load(EngineOptions(model=str(directory), **given), decoding)
    transcriber.warm_up()
    return Listener(transcriber, SegmenterConfig())
