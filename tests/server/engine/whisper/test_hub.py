import socket
from collections.abc import Iterator
from pathlib import Path

import huggingface_hub
import pytest
from huggingface_hub import constants

from tests.fileserver import FileServer, serving
from theresa_server.cache.volume import Volume
from theresa_server.engine.whisper import hub
from theresa_server.engine.whisper.loading import EngineOptions, load, resolve
from theresa_server.speech.recognition import ModelError

REPOSITORY = "someone/their-whisper"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "theirs"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    return tmp_path / "ours"


@pytest.fixture
def local_hub(model_directory: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    with serving() as server:
        server.repositories[REPOSITORY] = {path.name: path.read_bytes() for path in model_directory.iterdir()}
        monkeypatch.setattr(constants, "ENDPOINT", server.url)
        monkeypatch.setattr(
            constants, "HUGGINGFACE_CO_URL_TEMPLATE", server.url + "/{repo_id}/resolve/{revision}/{filename}"
        )
        yield server


def test_names_stand_for_repositories() -> None:
    assert hub.repository_of("small") == "Systran/faster-whisper-small"
    assert hub.repository_of(REPOSITORY) == REPOSITORY


def test_an_unknown_name_is_answered_with_the_closest() -> None:
    with pytest.raises(ModelError, match=r"no model 'Large-V3': did you mean 'large-v3'\?.* one of demo, tiny"):
        hub.repository_of("Large-V3")


def test_a_repository_is_fetched_and_then_found(local_hub: FileServer, cache: Path) -> None:
    assert hub.find(REPOSITORY, Volume(cache)) is None
    fetched = resolve(REPOSITORY, cache)
    local_hub.shutdown()
    assert resolve(REPOSITORY, cache) == fetched
    assert {path.name for path in fetched.iterdir()} == {
        "config.json",
        "model.bin",
        "preprocessor_config.json",
        "theresa.json",
        "tokenizer.json",
        "vocabulary.json",
    }


def test_what_another_program_has_fetched_is_used(local_hub: FileServer, cache: Path) -> None:
    theirs = huggingface_hub.snapshot_download(REPOSITORY, endpoint=local_hub.url)

    assert resolve(REPOSITORY, cache) == Path(theirs)
    assert not cache.exists()


def test_what_another_program_has_fetched_in_part_is_not_used(local_hub: FileServer, cache: Path) -> None:
    huggingface_hub.snapshot_download(REPOSITORY, endpoint=local_hub.url, allow_patterns=["model.bin"])

    assert cache in resolve(REPOSITORY, cache).parents


def test_a_fetched_model_loads_by_its_name(local_hub: FileServer, cache: Path) -> None:
    info = load(EngineOptions(model=REPOSITORY, device="cpu", cache=cache)).info
    assert info.encoder_context is not None


def test_a_file_that_came_damaged_is_refused(local_hub: FileServer, cache: Path) -> None:
    local_hub.checksums["model.bin"] = "0" * 64

    with pytest.raises(ModelError, match=r"model\.bin came damaged from the hub"):
        resolve(REPOSITORY, cache)
    assert hub.find(REPOSITORY, Volume(cache)) is None


def test_a_damaged_file_is_fetched_anew(local_hub: FileServer, cache: Path) -> None:
    local_hub.checksums["model.bin"] = "0" * 64
    with pytest.raises(ModelError):
        resolve(REPOSITORY, cache)
    local_hub.checksums.clear()

    assert (resolve(REPOSITORY, cache) / "model.bin").is_file()


def test_a_repository_that_is_no_model_is_refused(local_hub: FileServer, cache: Path) -> None:
    local_hub.repositories["some/text"] = {"config.json": b"{}", "tokenizer.json": b"{}"}

    with pytest.raises(ModelError, match=r"model\.bin is missing"):
        resolve("some/text", cache)
    assert hub.find("some/text", Volume(cache)) is None


def test_a_repository_that_is_not_on_the_hub(local_hub: FileServer, cache: Path) -> None:
    with pytest.raises(ModelError, match=r"no directory 'some/other' here and no such repository on the hub"):
        resolve("some/other", cache)


def test_offline_mode_is_obeyed(local_hub: FileServer, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(ModelError, match="HF_HUB_OFFLINE forbids"):
        resolve(REPOSITORY, cache)


def test_a_hub_that_refuses_is_told_at_once(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    monkeypatch.setattr(constants, "ENDPOINT", f"http://127.0.0.1:{port}")
    with pytest.raises(
        ModelError, match=r"'small' is not in the local cache and the model hub at .* cannot be reached"
    ):
        resolve("small", cache)
