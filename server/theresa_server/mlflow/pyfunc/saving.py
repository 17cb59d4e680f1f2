"""Writes a self-contained MLflow model directory."""

import shutil
import tempfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from theresa_server.mlflow.pyfunc.contents import ModelContents
from theresa_server.mlflow.pyfunc.packages import copy_packages, requirements
from theresa_server.mlflow.pyfunc.scorer import ENTITIES, WHISPER

LOADING: dict[str, Any] = {"device": "auto", "compute_type": "auto", "workers": 1, "cpu_threads": 1, "beam_size": 5}
"""Default options for loading a speech model. One thread, because MLflow scales with processes."""

MLFLOW_ENVIRONMENT = {
    "MLFLOW_DISABLE_TELEMETRY": "true",  # writing a directory requires no network
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_LOGGING_LEVEL": "WARNING",
    "MLFLOW_UV_AUTO_DETECT": "false",  # the model does not depend on the project in the working directory
}
"""Default environment variables for MLflow, to be set before it is imported."""


class SaveError(Exception):
    """The model cannot be saved. The message is one sentence."""


def check_target(target: Path, *, force: bool) -> None:
    """Check that a model may be written to a directory.

    Raises:
        SaveError: when the directory must not be replaced.
    """
    if target.is_dir():
        if any(target.iterdir()) and not (target / "MLmodel").is_file():
            raise SaveError(f"{str(target)!r} is a directory that does not hold a model: choose another DIR.")
        if any(target.iterdir()) and not force:
            raise SaveError(f"{str(target)!r} already holds a model: choose another DIR, or use --force to replace it.")
    elif target.exists() or target.is_symlink():
        raise SaveError(f"{str(target)!r} is not a directory: choose another DIR.")


def save(target: Path, contents: ModelContents, *, force: bool, notify: Callable[[str], None]) -> None:
    """Write a model. ``target`` holds a complete model, old or new, at any time.

    Args:
        target: The directory to write.
        contents: The parts of the model.
        force: Whether to replace an existing model.
        notify: Receives progress messages.

    Raises:
        SaveError: when the model cannot be written.
        PackageMissing: when a package that the model requires is not installed.
    """
    check_target(target, force=force)
    pins = requirements(entities=ENTITIES in contents.parts, whisper=WHISPER in contents.parts)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as folder:
            built = Path(folder) / "model"
            _build(built, contents, pins, notify)
            _replace(built, target, Path(folder) / "replaced")
    except OSError as error:
        raise SaveError(f"{str(target)!r} cannot be written: {error.strerror or error}.") from error


def _build(built: Path, contents: ModelContents, pins: list[str], notify: Callable[[str], None]) -> None:
    import mlflow.pyfunc
    from mlflow.exceptions import MlflowException

    from theresa_server.mlflow.pyfunc import interface

    audio = contents.kind == "whisper"
    with tempfile.TemporaryDirectory(prefix="theresa-mlflow-") as folder:
        code, artifacts = Path(folder) / "code", Path(folder) / "artifacts"
        for part in (code, artifacts):
            part.mkdir()
        notify("copying models and code")
        for name, source in contents.parts.items():
            _copy(source, artifacts / name)  # MLflow derives the artifact paths from these names
        try:
            mlflow.pyfunc.save_model(
                str(built),
                python_model=str(Path(__file__).with_name("theresa_model.py")),
                artifacts={name: str(artifacts / name) for name in contents.parts},
                code_paths=[str(path) for path in copy_packages(code)],
                pip_requirements=pins,
                signature=interface.model_signature(audio=audio),
                input_example=interface.input_example(audio=audio),
                model_config=LOADING if WHISPER in contents.parts else None,
                metadata={"theresa": version("theresa"), **contents.metadata},
            )
        except MlflowException as error:
            raise SaveError(f"MLflow could not save the model: {error.message.splitlines()[0]}") from error
    _remove_source_paths(built)


def _remove_source_paths(built: Path) -> None:
    """Remove the paths of this machine from the model."""
    from mlflow.models import Model

    model = Model.load(str(built))
    flavor = model.flavors["python_function"]
    flavor["model_code_path"] = Path(flavor["model_code_path"]).name  # relative to MLmodel
    for artifact in flavor["artifacts"].values():
        artifact["uri"] = artifact["path"]
    model.save(str(built / "MLmodel"))


def _copy(source: Path, target: Path) -> None:
    """Copy a file, or a directory without its hidden files, such as a hub's metadata. Links are followed."""
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns(".*", "__pycache__"))
    else:
        shutil.copyfile(source, target)


def _replace(built: Path, target: Path, aside: Path) -> None:
    """Move a model to ``target``, and an existing one to ``aside``."""
    if not target.is_dir():
        built.rename(target)
        return
    target.rename(aside)
    try:
        built.rename(target)
    except OSError:
        aside.rename(target)
        raise
