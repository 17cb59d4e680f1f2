"""File locations: the models shipped in the server package, and the layout of a training workspace."""

from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
MODELS = REPOSITORY / "server" / "theresa_server" / "assets"


@dataclass(frozen=True, slots=True)
class Workspace:
    """The folder of one training; each step writes its result there."""

    root: Path

    @property
    def pool(self) -> Path:
        """Synthesised speech."""
        return self.root / "pool"

    @property
    def tokenizer(self) -> Path:
        """The vocabulary."""
        return self.root / "tokenizer.json"

    @property
    def symbols(self) -> Path:
        """The phoneme symbols of the auxiliary CTC loss."""
        return self.root / "symbols.json"

    @property
    def start(self) -> Path:
        """Weights of an existing model to start from, with its phoneme head if known (optional)."""
        return self.root / "start.pt"

    @property
    def checkpoint(self) -> Path:
        """The latest checkpoint."""
        return self.root / "checkpoint.pt"

    @property
    def size(self) -> Path:
        """The model's dimensions."""
        return self.root / "size.json"

    @property
    def log(self) -> Path:
        """The training log, one JSON object per report."""
        return self.root / "log.jsonl"
