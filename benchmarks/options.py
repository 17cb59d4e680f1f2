"""The options of all benchmarks: models, audio, and limits."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.corpus import scripted_recordings
from benchmarks.recordings import CorpusError, Recording, read_folder
from theresa_training.twins import make_twin
from theresa_training.widening import SIZES
from theresa_training.workspace import MODELS

TWINS = Path("build/twins")


@dataclass(frozen=True)
class Options:
    """The choices on the command line."""

    models: Sequence[str]
    """``demo``, a cost twin (``like-tiny``), a directory, or the name of a stock Whisper."""
    corpus: Path | None = None
    """A folder of recordings with references; ``None`` selects the scripted recordings."""
    max_seconds: float | None = None
    """Limit on the audio of each session."""
    only: Sequence[str] = ()
    """The names of the recordings to use; empty selects all."""
    max_streams: int | None = None
    """Upper limit of a search for the capacity; ``None`` selects the benchmark's own limit."""

    def recordings(self, *prefixes: str) -> list[Recording]:
        """Return the selected recordings.

        Args:
            prefixes: name prefixes that restrict the scripted recordings.

        Raises:
            CorpusError: no recording is selected.
        """
        if self.corpus is not None:
            recordings = read_folder(self.corpus)
        else:
            recordings = [r for r in scripted_recordings() if not prefixes or r.name.startswith(prefixes)]
        selected = [r for r in recordings if r.name in self.only] if self.only else recordings
        if not selected:
            raise CorpusError(f"No such recordings: {', '.join(self.only or prefixes)}.")
        return selected

    def model_path(self, name: str) -> str:
        """Return the model argument for a server or faster-whisper; a missing or outdated twin is created."""
        if name == "demo":
            return str(MODELS / "demo")
        size = name.removeprefix("like-")
        if name == size or size not in SIZES:
            return name
        folder, demo = TWINS / size, MODELS / "demo"
        marker = folder / "theresa.json"  # written last
        if not marker.exists() or marker.stat().st_mtime < (demo / "model.bin").stat().st_mtime:
            make_twin(demo, folder, size)
        return str(folder.resolve())
