"""From ``--entities`` to a directory."""

import importlib.resources
from pathlib import Path

from theresa_server.engine.ports import ModelError
from theresa_server.entities.hanlp_directory import check


def resolve(name: str) -> Path:
    """The directory of an entity model: ``demo``, or a HanLP directory. Raises ``ModelError``."""
    if name == "demo":
        directory = Path(str(importlib.resources.files("theresa_server") / "models" / "entities"))
        if not directory.is_dir():
            raise ModelError("the demo entity model is missing from this installation: install theresa again.")
    else:
        directory = Path(name).expanduser()
    check(directory)
    return directory
