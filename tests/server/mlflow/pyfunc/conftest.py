"""Models saved once by the command and moved to another directory."""

import importlib
import os
import warnings
from pathlib import Path

import pytest

from tests.serving import skip_without

skip_without("hanlp", "pandas", "mlflow")

from theresa_server.entities.hanlp.model import HanlpRecogniser  # noqa: E402
from theresa_server.entities.models import resolve_entity_model  # noqa: E402
from theresa_server.mlflow.pyfunc.command import main  # noqa: E402
from theresa_server.mlflow.pyfunc.saving import MLFLOW_ENVIRONMENT  # noqa: E402

os.environ.update(MLFLOW_ENVIRONMENT)
with warnings.catch_warnings():  # of MLflow's own types, when it is imported
    warnings.filterwarnings("ignore", message=".*Any type hint is inferred as AnyType", category=UserWarning)
    importlib.import_module("mlflow.pyfunc")


@pytest.fixture(scope="session")
def lexicon(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lexicon with two terms that no model knows."""
    file = tmp_path_factory.mktemp("lexicon") / "terms.tsv"
    file.write_text("原神\tPRODUCT\nClaude Monet\tARTIST\n", encoding="utf-8")
    return file


def save(folder: Path, *options: str) -> Path:
    """Save a model with the command and move it to another directory."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Operation with range is deprecated")  # of MLflow with pandas 3
        assert main(["save", str(folder / "first"), *options]) == 0
    return (folder / "first").rename(folder / "moved away")


@pytest.fixture(scope="session")
def saved(lexicon: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo entity model with the lexicon."""
    return save(tmp_path_factory.mktemp("entities"), "--kind", "entities", "--lexicon", str(lexicon))


@pytest.fixture(scope="session")
def speech(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo speech model, without entities."""
    return save(tmp_path_factory.mktemp("whisper"), "--kind", "whisper")


@pytest.fixture(scope="session")
def recogniser() -> HanlpRecogniser:
    """The demo entity model."""
    return HanlpRecogniser.load(resolve_entity_model("demo"))
