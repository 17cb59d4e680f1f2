"""Another model for tests: the demo model under another name."""

import json
import shutil
from pathlib import Path
from typing import Any

from theresa_server.engine.whisper.resolving import resolve_model


def demo_copy(folder: Path, name: str, **declared: Any) -> Path:
    """A directory with the demo model that calls itself ``name`` and declares something else."""
    directory = folder / name
    shutil.copytree(resolve_model("demo"), directory)
    declaration = directory / "theresa.json"
    told = json.loads(declaration.read_bytes()) | {"name": name} | declared
    declaration.write_text(json.dumps(told), encoding="utf-8")
    return directory
