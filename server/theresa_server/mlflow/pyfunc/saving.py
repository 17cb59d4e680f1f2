"""Writes a model directory for MLflow that holds all that it needs, and can be moved anywhere."""

import shutil
import tempfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from theresa_server.mlflow.pyfunc.contents import Contents
from theresa_server.mlflow.pyfunc.packages import copy_packages, requirements
from theresa_server.mlflow.pyfunc.scorer import ENTITIES, WHISPER

LOADING: dict[str, Any] = {"device": "auto", "compute_type": "auto", "workers": 1, "cpu_threads": 1, "beam_size": 5}
"""How a speech model is loaded, unless MLflow is told otherwise. One thread: MLflow itself starts more processes."""

MLFLOW_ENVIRONMENT = {
    "MLFLOW_DISABLE_TELEMETRY": "true",  # to write a directory needs no network
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_LOGGING_LEVEL": "WARNING",
    "MLFLOW_UV_AUTO_DETECT": "false",  # the project in the current folder is not what the model needs
}
"""What MLflow is told unless the environment says otherwise; to be set before it is imported."""


class SaveError(Exception):
    """The model cannot be saved; the message is one clear sentence."""


def check_target(target: Path, *, force: bool) -> None:
    """Make sure that a model may be written to a directory. Raises ``SaveError``."""
    if target.is_dir():
        if any(target.iterdir()) and not (target / "MLmodel").is_file():
            raise SaveError(f"{str(target)!r} is a folder of something else than a model: choose another DIR.")
        if any(target.iterdir()) and not force:
            raise SaveError(f"{str(target)!r} holds a model already: choose another DIR, or replace it with --force.")
    elif target.exists() or target.is_symlink():
        raise SaveError(f"{str(target)!r} is not a folder: choose another DIR.")


def save(target: Path, contents: Contents, *, force: bool, told: Callable[[str], None]) -> None:
    """Write a model; ``told`` hears of each step. What is at ``target`` is a complete model at any time.

    Raises ``SaveError``, and ``PackageMissing`` where what the model needs is not installed here.
    """
    check_target(target, force=force)
    pins = requirements(entities=ENTITIES in contents.parts, whisper=WHISPER in contents.parts)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as folder:
            built = Path(folder) / "model"
            _build(built, contents, pins, told)
            _put(built, target, Path(folder) / "replaced")
    except OSError as error:
        raise SaveError(f"{str(target)!r} cannot be written: {error.strerror or error}.") from error


def _build(built: Path, contents: Contents, pins: list[str], told: Callable[[str], None]) -> None:
    import mlflow.pyfunc
    from mlflow.exceptions import MlflowException

    from theresa_server.mlflow.pyfunc import interface

    audio = contents.kind == "whisper"
    with tempfile.TemporaryDirectory(prefix="theresa-mlflow-") as folder:
        code, artifacts = Path(folder) / "code", Path(folder) / "artifacts"
        for part in (code, artifacts):
            part.mkdir()
        told("copying models and code")
        for name, source in contents.parts.items():
            _copy(source, artifacts / name)  # MLflow takes the names from here
        try:
            mlflow.pyfunc.save_model(
                str(built),
                python_model=str(Path(__file__).with_name("theresa_model.py")),
                artifacts={name: str(artifacts / name) for name in contents.parts},
                code_paths=[str(path) for path in copy_packages(code)],
                pip_requirements=pins,
                signature=interface.signature(audio=audio),
                input_example=interface.example(audio=audio),
                model_config=LOADING if WHISPER in contents.parts else None,
                metadata={"theresa": version("theresa"), **contents.metadata},
            )
        except MlflowException as error:
            raise SaveError(f"MLflow could not save the model: {error.message.splitlines()[0]}") from error
    _forget_origins(built)


def _forget_origins(built: Path) -> None:
    """Take out where the parts came from: the paths of this machine."""
    from mlflow.models import Model

    model = Model.load(str(built))
    flavor = model.flavors["python_function"]
    flavor["model_code_path"] = Path(flavor["model_code_path"]).name  # MLflow looks for it beside MLmodel
    for artifact in flavor["artifacts"].values():
        artifact["uri"] = artifact["path"]
    model.save(str(built / "MLmodel"))


def _copy(source: Path, target: Path) -> None:
    """Copy a file, or a folder without what is hidden in it, such as a hub's notes; links become what they lead to."""
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns(".*", "__pycache__"))
    else:
        shutil.copyfile(source, target)


def _put(built: Path, target: Path, aside: Path) -> None:
    """Move a model to its place, and what was there aside."""
    if not target.is_dir():
        built.rename(target)
        return
    target.rename(aside)
    try:
        built.rename(target)
    except OSError:
        aside.rename(target)
        raise
