import hashlib
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fileserver import FileServer, serving
from theresa_server.cache.download import DownloadError, download, is_reachable

DATA = bytes(range(256)) * 2000


@pytest.fixture
def server() -> Iterator[FileServer]:
    with serving() as running:
        running.files["/model"] = DATA
        yield running


def interrupt_download(target: Path, server: FileServer, received: bytes) -> None:
    """Leave an interrupted download behind."""
    server.files["/model"] = received
    download(f"{server.url}/model", target)
    etag = '"' + hashlib.sha256(DATA).hexdigest() + '"'
    target.rename(f"{target}.part")
    target.with_name(f"{target.name}.etag").write_text(etag)
    server.files["/model"] = DATA


def test_a_file_is_downloaded(server: FileServer, tmp_path: Path) -> None:
    download(f"{server.url}/model", tmp_path / "model")

    assert (tmp_path / "model").read_bytes() == DATA
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_an_interrupted_download_is_resumed(server: FileServer, tmp_path: Path) -> None:
    interrupt_download(tmp_path / "model", server, DATA[:100_000])

    download(f"{server.url}/model", tmp_path / "model")

    assert (tmp_path / "model").read_bytes() == DATA
    assert server.ranges == [100_000]


def test_a_partial_file_longer_than_the_file_is_discarded(server: FileServer, tmp_path: Path) -> None:
    interrupt_download(tmp_path / "model", server, DATA + b"more")

    download(f"{server.url}/model", tmp_path / "model")

    assert (tmp_path / "model").read_bytes() == DATA


def test_a_missing_file_is_an_error(server: FileServer, tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="404"):
        download(f"{server.url}/none", tmp_path / "model")


def test_a_server_that_never_responds_is_not_reachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert not is_reachable(f"http://127.0.0.1:{silent.getsockname()[1]}")
