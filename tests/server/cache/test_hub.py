"""Files of repositories are fetched from a model hub."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from huggingface_hub import constants

from tests.fileserver import FileServer, serving
from theresa_server.cache.hub import HubError, fetch_files, find_in_hub_cache, require_hub

REPOSITORY = "someone/something"
WEIGHTS = bytes(200_000)


@pytest.fixture
def local_hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    with serving() as server:
        server.repositories[REPOSITORY] = {"config.json": b"{}", "model.bin": WEIGHTS, "README.md": b"Hello"}
        monkeypatch.setattr(constants, "ENDPOINT", server.url)
        monkeypatch.setattr(
            constants, "HUGGINGFACE_CO_URL_TEMPLATE", server.url + "/{repo_id}/resolve/{revision}/{filename}"
        )
        yield server


def test_only_files_that_match_a_pattern_are_fetched(local_hub: FileServer, tmp_path: Path) -> None:
    fetch_files(REPOSITORY, ["config.json", "model.*"], tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        "config.json": b"{}",
        "model.bin": WEIGHTS,
    }


def test_a_damaged_file_is_removed(local_hub: FileServer, tmp_path: Path) -> None:
    local_hub.checksums["model.bin"] = "0" * 64
    with pytest.raises(HubError, match=r"the downloaded file model\.bin is damaged"):
        fetch_files(REPOSITORY, ["model.bin"], tmp_path)
    assert not (tmp_path / "model.bin").exists()


def test_a_missing_repository_is_an_error(local_hub: FileServer, tmp_path: Path) -> None:
    with pytest.raises(HubError, match=r"has no repository 'some/other'"):
        fetch_files("some/other", ["*"], tmp_path)


def test_a_repository_that_was_never_fetched_is_not_in_the_hub_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    assert find_in_hub_cache(REPOSITORY, ["*"]) is None


def test_a_hub_that_responds_can_be_used(local_hub: FileServer) -> None:
    require_hub("model 'small'", "Use --model demo")


def test_offline_mode_is_obeyed(local_hub: FileServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(HubError, match=r"HF_HUB_OFFLINE forbids fetching it\. Use --model demo, or unset"):
        require_hub("model 'small'", "Use --model demo")


def test_a_hub_that_refuses_connections_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    monkeypatch.setattr(constants, "ENDPOINT", f"http://127.0.0.1:{port}")
    with pytest.raises(HubError, match=r"'small' is not in the local cache, and the model hub at .* cannot be reached"):
        require_hub("model 'small'", "Use --model demo")
