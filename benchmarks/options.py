"""What every benchmark is asked: which models, which audio, how much of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.corpus import scripted
from benchmarks.recordings import CorpusError, Recording, read_folder
from theresa_training.twins import make_twin
from theresa_training.widening import SIZES
from theresa_training.workspace import MODELS

TWINS = Path("build/twins")


@dataclass(frozen=True)
class Options:
    """The choices on the command line.

    Attributes:
        models: `demo`, a cost twin (`like-tiny`), a directory, or the name of a stock Whisper.
        corpus: a folder of recordings with references; ``None``: the scripted ones.
        longest_s: how much of each recording is spoken; ``None``: all.
        only: names of recordings, the others are left out.
        most_streams: where a search for the capacity ends; ``None``: where that benchmark says.
    """

    models: Sequence[str]
    corpus: Path | None = None
    longest_s: float | None = None
    only: Sequence[str] = ()
    most_streams: int | None = None

    def recordings(self, *kinds: str) -> list[Recording]:
        """The recordings, of the scripted ones those whose names begin with one of `kinds`.

        Raises:
            CorpusError: there is none.
        """
        if self.corpus is not None:
            found = read_folder(self.corpus)
        else:
            found = [r for r in scripted() if not kinds or r.name.startswith(kinds)]
        wanted = [r for r in found if r.name in self.only] if self.only else found
        if not wanted:
            raise CorpusError(f"There is none of these recordings: {', '.join(self.only or kinds)}.")
        return wanted

    def model(self, name: str) -> str:
        """What a server or faster-whisper is given for a model; a twin is made when it is not there, or out of date."""
        if name == "demo":
            return str(MODELS / "demo")
        size = name.removeprefix("like-")
        if name == size or size not in SIZES:
            return name
        folder, demo = TWINS / size, MODELS / "demo"
        finished = folder / "theresa.json"  # written last
        if not finished.exists() or finished.stat().st_mtime < (demo / "model.bin").stat().st_mtime:
            make_twin(demo, folder, size)
        return str(folder.resolve())
