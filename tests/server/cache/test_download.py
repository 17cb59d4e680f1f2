import hashlib
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fileserver import FileServer, serving
from theresa_server.cache.download import DownloadError, download, reachable

DATA = bytes(range(256)) * 2000


@pytest.fixture
def server() -> Iterator[FileServer]:
    with serving() as running:
        running.files["/model"] = DATA
        yield running


def begun(target: Path, server: FileServer, have: bytes) -> None:
    """A download that was cut off."""
    server.files["/model"] = have
    download(f"{server.url}/model", target)
    etag = '"' + hashlib.sha256(DATA).hexdigest() + '"'
    target.rename(f"{target}.part")
    target.with_name(f"{target.name}.etag").write_text(etag)
    server.files["/model"] = DATA


def test_a_file_comes_whole(server: FileServer, tmp_path: Path) -> None:
    download(f"{server.url}/model", tmp_path / "model")

    assert (tmp_path / "model").read_bytes() == DATA
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_what_was_cut_off_is_gone_on_with(server: FileServer, tmp_path: Path) -> None:
    begun(tmp_path / "model", server, DATA[:100_000])

    download(f"{server.url}/model", tmp_path / "model")

    assert (tmp_path / "model").read_bytes() == DATA
    assert server.ranges == [100_000]


def test_more_than_there_is_begins_anew(server: FileServer, tmp_path: Path) -> None:
    begun(tmp_path / "model", server, DATA + b"more")

    download(f"{server.url}/model", tmp_path / "model")

    assert (tmp_path / "model").read_bytes() == DATA


def test_a_file_that_is_not_there_is_said(server: FileServer, tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="404"):
        download(f"{server.url}/none", tmp_path / "model")


def test_a_server_that_is_silent_is_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert not reachable(f"http://127.0.0.1:{silent.getsockname()[1]}")
