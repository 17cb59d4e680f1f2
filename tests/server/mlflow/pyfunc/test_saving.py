"""Saving models to directories."""

import json
import sys
from pathlib import Path

import pytest
import yaml
from mlflow.models import Model

from theresa_server.mlflow.pyfunc.contents import ModelContents
from theresa_server.mlflow.pyfunc.saving import SaveError, check_target, save

pytestmark = pytest.mark.filterwarnings("ignore:Operation with range is deprecated")  # MLflow's, with pandas 3

TERMS = "原神\tPRODUCT\n"


@pytest.fixture
def contents(tmp_path: Path) -> ModelContents:
    """The smallest model: a lexicon."""
    file = tmp_path / "terms.tsv"
    file.write_text(TERMS, encoding="utf-8")
    return ModelContents(kind="entities", parts={"lexicon.txt": file}, metadata={"kind": "entities"})


def put(contents: ModelContents, target: Path, *, force: bool = False) -> list[str]:
    messages: list[str] = []
    save(target, contents, force=force, notify=messages.append)
    return messages


def test_no_file_contains_a_path_of_this_machine(saved: Path, root: Path, tmp_path: Path) -> None:
    places = [str(root), str(tmp_path.parent.parent), sys.prefix, str(Path.home())]

    assert [
        (str(file.relative_to(saved)), place)
        for file in saved.rglob("*")
        if file.is_file()
        for place in places
        if place.encode() in file.read_bytes()
    ] == []


def test_a_saved_model_holds_its_parts(saved: Path) -> None:
    assert sorted(path.name for path in (saved / "artifacts").iterdir()) == ["entities", "lexicon.txt"]
    assert sorted(path.name for path in (saved / "code").iterdir()) == ["theresa_protocol", "theresa_server"]
    assert [path for path in saved.rglob("*") if path.name.startswith(".") or path.is_symlink()] == []


def test_its_signature_names_the_column_and_the_parameters(saved: Path) -> None:
    signature = Model.load(str(saved)).signature

    assert signature.inputs.input_names() == ["text"]
    assert [param.name for param in signature.params] == ["labels", "output"]


def test_its_example_is_in_both_languages(saved: Path) -> None:
    rows = json.loads((saved / "serving_input_example.json").read_text(encoding="utf-8"))["dataframe_split"]["data"]

    assert {text.isascii() for (text,) in rows} == {True, False}


def test_its_metadata_describes_its_contents(saved: Path) -> None:
    metadata = yaml.safe_load((saved / "MLmodel").read_text(encoding="utf-8"))["metadata"]

    assert metadata["kind"] == "entities"
    assert metadata["entities"]["name"] == "demo"
    assert "PERSON" in metadata["entities"]["labels"]
    assert metadata["lexicon"] == {"terms": 2}


def test_no_temporary_file_is_left(contents: ModelContents, tmp_path: Path) -> None:
    put(contents, tmp_path / "new" / "model")

    assert [path.name for path in (tmp_path / "new").iterdir()] == ["model"]


def test_hidden_files_are_not_copied(contents: ModelContents, tmp_path: Path) -> None:
    model = tmp_path / "weights"
    (model / ".cache").mkdir(parents=True)
    (model / ".cache" / "notes").touch()
    (model / "config.json").write_text("{}")

    put(ModelContents(kind="entities", parts={**contents.parts, "entities": model}, metadata={}), tmp_path / "model")

    assert [path.name for path in (tmp_path / "model" / "artifacts" / "entities").iterdir()] == ["config.json"]


def test_a_model_is_replaced_when_forced(contents: ModelContents, tmp_path: Path) -> None:
    target = tmp_path / "model"
    put(contents, target)
    (target / "of the old one").touch()

    put(contents, target, force=True)

    assert (target / "MLmodel").is_file()
    assert not (target / "of the old one").exists()


def test_a_model_is_not_replaced_without_force(contents: ModelContents, tmp_path: Path) -> None:
    put(contents, tmp_path / "model")

    with pytest.raises(SaveError, match="--force"):
        put(contents, tmp_path / "model")


def test_a_directory_without_a_model_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").touch()

    with pytest.raises(SaveError, match="does not hold a model"):
        check_target(tmp_path, force=True)


def test_a_file_is_not_a_valid_target(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(SaveError, match="not a directory"):
        check_target(tmp_path / "file", force=True)


def test_an_empty_folder_is_filled(contents: ModelContents, tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()

    put(contents, tmp_path / "model")

    assert (tmp_path / "model" / "artifacts" / "lexicon.txt").read_text(encoding="utf-8") == TERMS


def test_a_failed_save_keeps_the_old_model(contents: ModelContents, tmp_path: Path) -> None:
    target = tmp_path / "model"
    put(contents, target)
    gone = ModelContents(kind="entities", parts={"lexicon.txt": tmp_path / "gone"}, metadata={})

    with pytest.raises(SaveError, match="cannot be written"):
        put(gone, target, force=True)

    assert (target / "artifacts" / "lexicon.txt").is_file()
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
