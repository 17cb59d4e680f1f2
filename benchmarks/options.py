"""The options of all benchmarks: models, audio, and limits."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.corpus import scripted_recordings
from benchmarks.processes import ProcessError
from benchmarks.real_corpus import joined_recordings
from benchmarks.recordings import CorpusError, Recording, cut, read_folder
from benchmarks.sessions import Run
from benchmarks.speech_sets import SPEECH
from theresa_server.engine.whisper.resolving import resolve_model
from theresa_server.speech.recognition import ModelError
from theresa_training.twins import make_twin
from theresa_training.widening import SIZES
from theresa_training.workspace import MODELS

TWINS = Path("build/twins")
PEOPLE, SYNTHETIC = "people", "synthetic"
SYNTHETIC_S = 30.0
"""The synthetic recordings are cut to this length, because they are of little interest where there are real ones."""
QUICK_S, QUICK_STREAMS, QUICK_CLIPS, QUICK_CLIP_S = 8.0, 2, 2, 30.0


@dataclass(frozen=True)
class Options:
    """The choices on the command line."""

    models: Sequence[str]
    """``demo``, a cost twin (``like-tiny``), a directory, or the name of a stock Whisper."""
    corpus: str | None = None
    """``people``, ``synthetic`` or a folder of recordings with references; ``None`` selects by model."""
    speech: Path = SPEECH
    """The folder of the speech sets."""
    sets: Sequence[str] = ()
    """The speech sets to use; empty selects all."""
    set_minutes: float | None = None
    """Limit on the audio of each speech set: files evenly spread over the set are used."""
    max_seconds: float | None = None
    """Limit on the audio of each recording."""
    only: Sequence[str] = ()
    """The names of the recordings to use; empty selects all."""
    max_streams: int | None = None
    """Upper limit of a search for the capacity; ``None`` selects the benchmark's own limit."""
    quick: bool = False
    """Use a few seconds of each recording and a few clips of each set: to try the benchmarks, not to measure."""
    live: dict[tuple[str, Path], Run] = field(default_factory=dict)
    """Sessions of this invocation, by model directory and recording: benchmarks share them."""

    def recordings(self, model: str, *prefixes: str, seconds: float | None = None) -> list[Recording]:
        """Return the recordings for a model, cut to the limit.

        Args:
            model: a model; an English one gets English recordings only.
            prefixes: name prefixes that restrict the recordings of the project.
            seconds: the limit if the command line sets none.

        Raises:
            CorpusError: no recording is selected.
        """
        synthetic = self.corpus == SYNTHETIC or (self.corpus is None and is_demo(model))
        if self.corpus not in (None, PEOPLE, SYNTHETIC):
            recordings = read_folder(Path(self.corpus))
        else:
            found = scripted_recordings() if synthetic else joined_recordings(self.speech)
            recordings = [r for r in found if not prefixes or r.name.startswith(prefixes)]
            seconds = SYNTHETIC_S if synthetic and seconds is None else seconds
        if is_english(model):
            recordings = [recording for recording in recordings if recording.language in ("en", None)]
        selected = [r for r in recordings if r.name in self.only] if self.only else recordings
        if not selected:
            raise CorpusError(f"No such recordings: {', '.join(self.only or prefixes)}.")
        limit_s = self.max_seconds or (QUICK_S if self.quick else seconds)
        return [cut(recording, limit_s) if limit_s else recording for recording in selected]

    def model_path(self, name: str) -> str:
        """Return the directory of a model; a missing or outdated twin is created, a missing stock model downloaded.

        Raises:
            ProcessError: the model does not exist or cannot be downloaded.
        """
        size = name.removeprefix("like-")
        if name == size or size not in SIZES:
            try:
                cache = os.environ.get("THERESA_CACHE")
                return str(resolve_model(name, Path(cache) if cache else None))
            except ModelError as error:
                raise ProcessError(f"The model {name!r} cannot be used: {error}") from error
        folder, demo = TWINS / size, MODELS / "demo"
        marker = folder / "theresa.json"  # written last
        if not marker.exists() or marker.stat().st_mtime < (demo / "model.bin").stat().st_mtime:
            make_twin(demo, folder, size)
        return str(folder.resolve())


def is_demo(model: str) -> bool:
    """Return whether a model has the output of the demo model, which knows only the synthetic recordings."""
    return model == "demo" or is_twin(model)


def is_twin(model: str) -> bool:
    """Return whether a model is a cost twin."""
    return model.removeprefix("like-") in SIZES and model.startswith("like-")


def is_english(model: str) -> bool:
    """Return whether a model knows English only."""
    return Path(model).name.endswith(".en")


def titled(model: str) -> str:
    """Return how tables and sentences name a model: short, and with a mark if it is a cost twin."""
    name = Path(model).name
    return f"{name} (cost twin)" if is_twin(model) else name
