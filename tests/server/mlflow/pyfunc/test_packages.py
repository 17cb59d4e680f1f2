"""The code and the requirements of a saved model."""

from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from theresa_server.mlflow.pyfunc.packages import PackageMissing, copy_packages, requirements


def test_the_copy_contains_only_code_and_the_manifest_of_models(tmp_path: Path) -> None:
    copies = copy_packages(tmp_path)

    assert [copy.name for copy in copies] == ["theresa_protocol", "theresa_server"]
    assert all((copy / "__init__.py").is_file() for copy in copies)
    assert {file.suffix for file in tmp_path.rglob("*") if file.is_file()} == {".json", ".py", ".typed"}
    assert [path for path in tmp_path.rglob("*") if path.name in ("models", "tests", "__pycache__")] == []


def test_each_package_is_pinned_to_the_version_installed() -> None:
    pins = [Requirement(line) for line in requirements(entities=True, whisper=True)]

    assert {pin.name: str(pin.specifier) for pin in pins} == {
        pin.name: f"=={version(pin.name).partition('+')[0]}" for pin in pins
    }


def test_a_speech_model_needs_no_torch() -> None:
    names = {Requirement(line).name for line in requirements(entities=False, whisper=True)}

    assert "ctranslate2" in names
    assert names.isdisjoint({"torch", "hanlp", "transformers"})


def test_a_package_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("theresa_server.mlflow.pyfunc.packages._ENTITIES", ("no-such-package",))

    with pytest.raises(PackageMissing, match="no-such-package"):
        requirements(entities=True, whisper=False)
