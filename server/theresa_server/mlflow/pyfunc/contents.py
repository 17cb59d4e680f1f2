"""What a saved model is made of: which models, found and tried."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from theresa_server.engine.whisper.options import EngineOptions
from theresa_server.engine.whisper.resolving import resolve_model
from theresa_server.engine.whisper.transcriber import WhisperTranscriber
from theresa_server.entities.hanlp.model import HanlpRecogniser
from theresa_server.entities.lexicon import Lexicon
from theresa_server.entities.models import resolve as resolve_entities
from theresa_server.mlflow.pyfunc.scorer import ENTITIES, LEXICON, WHISPER

Kind = Literal["entities", "whisper"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """The parts of a saved model by their names, and what is told of them in its metadata."""

    kind: Kind
    parts: dict[str, Path]
    metadata: dict[str, Any]


def gather(kind: Kind, *, whisper: str, entities: str, lexicon: Path | None, told: Callable[[str], None]) -> Contents:
    """Find the models by their names and load each once, so that nothing is saved that cannot be served.

    ``entities`` may be ``off``. Raises ``ModelError`` and ``LexiconError``.
    """
    parts: dict[str, Path] = {}
    metadata: dict[str, Any] = {"kind": kind}
    if kind == "whisper":
        parts[WHISPER] = resolve_model(whisper)
        told(f"loading the speech model {whisper}")
        transcriber = WhisperTranscriber.load(EngineOptions(model=str(parts[WHISPER]), workers=1, cpu_threads=1))
        metadata["model"] = {"name": transcriber.name, "languages": list(transcriber.languages)}
        transcriber.close()
    if entities != "off":
        parts[ENTITIES] = resolve_entities(entities)
        told(f"loading the entity model {entities}")
        info = HanlpRecogniser.load(parts[ENTITIES]).info
        metadata["entities"] = {"name": info.name, "labels": list(info.labels), "relations": info.relations}
    if lexicon is not None:
        metadata["lexicon"] = {"terms": len(Lexicon.read(lexicon).terms)}
        parts[LEXICON] = lexicon
    return Contents(kind=kind, parts=parts, metadata=metadata)
