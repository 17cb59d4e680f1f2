"""Scores rows in the calling thread, with the same results as ``POST /invocations`` of the server."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from theresa_server.entities.hanlp.model import HanlpRecogniser
from theresa_server.entities.lexicon import Lexicon
from theresa_server.entities.search import EntitySearch
from theresa_server.mlflow.answers import audio_prediction, text_prediction
from theresa_server.mlflow.pyfunc.entity_searcher import EntitySearcher
from theresa_server.mlflow.requests import ScoringError, ScoringParams, ScoringRow, TextRow

if TYPE_CHECKING:
    from theresa_server.mlflow.pyfunc.recording_transcriber import RecordingTranscriber

ENTITIES, WHISPER, LEXICON = "entities", "whisper", "lexicon.txt"
"""Names of the parts of a saved model, which are also their paths in its ``artifacts`` directory."""


class Scorer:
    """Computes predictions with the given models. Thread-safe."""

    def __init__(self, searcher: EntitySearcher, transcriber: "RecordingTranscriber | None" = None) -> None:
        self._searcher = searcher
        self._transcriber = transcriber

    @classmethod
    def load(cls, parts: Mapping[str, Path], options: Mapping[str, Any]) -> "Scorer":
        """Load the parts of a saved model.

        Args:
            parts: Paths of the parts by name.
            options: Options for the speech model, as in ``saving.LOADING``.

        Raises:
            ModelError: when a model cannot be loaded.
            LexiconError: when the lexicon is invalid.
        """
        lexicon = Lexicon.read(parts[LEXICON]) if LEXICON in parts else Lexicon()
        recogniser = HanlpRecogniser.load(parts[ENTITIES]) if ENTITIES in parts else None
        transcriber = _load_transcriber(parts[WHISPER], options) if WHISPER in parts else None
        return cls(EntitySearcher(recogniser, lexicon), transcriber)

    def score(self, rows: Sequence[ScoringRow], params: ScoringParams) -> list[Any]:
        """Return one prediction per row.

        Raises:
            ScoringError: when the request is invalid.
            EntityError: when the entity model fails.
            EngineError: when the speech model fails.
        """
        self._validate(params)
        search = EntitySearch(labels=params.labels, relations=params.output == "graph")
        texts = [row.text for row in rows if isinstance(row, TextRow)]
        annotations = iter(self._searcher.find(texts, search))
        return [
            text_prediction(row.text, next(annotations), params.output)
            if isinstance(row, TextRow)
            else self._transcribe(row.data, params)
            for row in rows
        ]

    def _validate(self, params: ScoringParams) -> None:
        if params.output == "graph" and not self._searcher.relations:
            raise ScoringError("A graph needs semantic role labelling: save a multi-task model with the task srl.")
        transcriber, language = self._transcriber, params.language
        if transcriber is not None and language is not None and language not in transcriber.languages:
            raise ScoringError(f"The model {transcriber.name} does not support the language {language!r}.")

    def _transcribe(self, recording: bytes, params: ScoringParams) -> dict[str, Any]:
        if self._transcriber is None:
            raise ScoringError("This model accepts only text: save a model with --kind whisper for audio.")
        transcribed = self._transcriber.transcribe(recording, params.language)
        texts = [hypothesis.text for _, hypothesis in transcribed]
        annotations = self._searcher.find(texts, EntitySearch(labels=params.labels))
        segments = [(*segment, annotation) for segment, annotation in zip(transcribed, annotations, strict=True)]
        return audio_prediction(segments, words=params.words)


def _load_transcriber(directory: Path, options: Mapping[str, Any]) -> "RecordingTranscriber":
    # Imported here because a model for entities does not need these packages.
    from theresa_server.audio.segments import SegmenterConfig
    from theresa_server.engine.whisper.decoding import DecodingOptions
    from theresa_server.engine.whisper.options import EngineOptions
    from theresa_server.engine.whisper.transcriber import WhisperTranscriber
    from theresa_server.mlflow.pyfunc.recording_transcriber import RecordingTranscriber

    engine_options = dict(options)
    decoding = DecodingOptions(beam_size=engine_options.pop("beam_size"))
    transcriber = WhisperTranscriber.load(EngineOptions(model=str(directory), **engine_options), decoding)
    transcriber.warm_up()
    return RecordingTranscriber(transcriber, SegmenterConfig())
