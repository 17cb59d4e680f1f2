"""The parts of a model to save."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from theresa_server.engine.whisper.options import EngineOptions
from theresa_server.engine.whisper.resolving import resolve_model
from theresa_server.engine.whisper.transcriber import WhisperTranscriber
from theresa_server.entities.hanlp.model import HanlpRecogniser
from theresa_server.entities.lexicon import Lexicon
from theresa_server.entities.models import resolve_entity_model
from theresa_server.mlflow.pyfunc.scorer import ENTITIES, LEXICON, WHISPER

SavedModelKind = Literal["entities", "whisper"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelContents:
    """The contents of a saved model."""

    kind: SavedModelKind
    parts: dict[str, Path]
    """Source paths of the parts by name."""
    metadata: dict[str, Any]
    """Description of the parts, for MLflow."""


def gather_contents(
    kind: SavedModelKind, *, whisper: str, entities: str, lexicon: Path | None, notify: Callable[[str], None]
) -> ModelContents:
    """Resolve the models and load each of them once, so that a saved model can be served.

    Args:
        kind: The kind of model to save.
        whisper: Name of the speech model, if ``kind`` is ``whisper``.
        entities: Name of the entity model, or ``off``.
        lexicon: Path of the lexicon.
        notify: Receives progress messages.

    Raises:
        ModelError: when a model cannot be found or loaded.
        LexiconError: when the lexicon is invalid.
    """
    parts: dict[str, Path] = {}
    metadata: dict[str, Any] = {"kind": kind}
    if kind == "whisper":
        parts[WHISPER] = resolve_model(whisper)
        notify(f"loading the speech model {whisper}")
        transcriber = WhisperTranscriber.load(EngineOptions(model=str(parts[WHISPER]), workers=1, cpu_threads=1))
        metadata["model"] = {"name": transcriber.name, "languages": list(transcriber.languages)}
        transcriber.close()
    if entities != "off":
        parts[ENTITIES] = resolve_entity_model(entities)
        notify(f"loading the entity model {entities}")
        info = HanlpRecogniser.load(parts[ENTITIES]).info
        metadata["entities"] = {"name": info.name, "labels": list(info.labels), "relations": info.relations}
    if lexicon is not None:
        metadata["lexicon"] = {"terms": len(Lexicon.read(lexicon).terms)}
        parts[LEXICON] = lexicon
    return ModelContents(kind=kind, parts=parts, metadata=metadata)
