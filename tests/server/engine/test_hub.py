import http.server
import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import constants

from theresa_server.engine import hub
from theresa_server.engine.loading import EngineOptions, load, resolve
from theresa_server.engine.ports import ModelError

COMMIT = "0" * 40
REPOSITORY = "someone/their-whisper"


class Hub(http.server.BaseHTTPRequestHandler):
    """As much of a model hub as a download asks for: the list of files, and each of them."""

    directory: Path

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def log_message(self, *_: Any) -> None:
        pass

    def _answer(self, *, with_body: bool) -> None:
        files = sorted(path.name for path in self.directory.iterdir())
        where = self.path.partition("?")[0]
        body, status = b"", 404
        if where == "/":
            status = 200
        elif where.startswith(f"/api/models/{REPOSITORY}/tree/"):
            sizes = [(name, (self.directory / name).stat().st_size) for name in files]
            status, body = (
                200,
                json.dumps([{"type": "file", "path": n, "size": s, "oid": n} for n, s in sizes]).encode(),
            )
        elif where.startswith(f"/api/models/{REPOSITORY}"):
            status, body = (
                200,
                json.dumps({"id": REPOSITORY, "sha": COMMIT, "siblings": [{"rfilename": n} for n in files]}).encode(),
            )
        elif where.startswith(f"/{REPOSITORY}/resolve/") and (name := where.rpartition("/")[2]) in files:
            status, body = 200, (self.directory / name).read_bytes()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", f'"{where.rpartition("/")[2] or "root"}"')
        self.send_header("X-Repo-Commit", COMMIT)
        if status == 404:
            self.send_header("X-Error-Code", "RepoNotFound")
        self.end_headers()
        if with_body:
            self.wfile.write(body)


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    return tmp_path / "cache"


@pytest.fixture
def local_hub(
    model_directory: Path, empty_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[http.server.HTTPServer]:
    handler = type("LocalHub", (Hub,), {"directory": model_directory})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        monkeypatch.setattr(constants, "ENDPOINT", f"http://127.0.0.1:{server.server_port}")
        monkeypatch.setattr(
            constants, "HUGGINGFACE_CO_URL_TEMPLATE", constants.ENDPOINT + "/{repo_id}/resolve/{revision}/{filename}"
        )
        yield server
        server.shutdown()
        thread.join(5)


def test_names_stand_for_repositories() -> None:
    assert hub.repository_of("small") == "Systran/faster-whisper-small"
    assert hub.repository_of(REPOSITORY) == REPOSITORY


def test_an_unknown_name_is_answered_with_the_closest() -> None:
    with pytest.raises(ModelError, match=r"no model 'Large-V3': did you mean 'large-v3'\?.* one of demo, tiny"):
        hub.repository_of("Large-V3")


def test_a_repository_is_fetched_and_then_found(local_hub: http.server.HTTPServer) -> None:
    assert hub.cached(REPOSITORY) is None
    fetched = resolve(REPOSITORY)
    local_hub.shutdown()
    assert hub.cached(REPOSITORY) == fetched
    assert {path.name for path in fetched.iterdir()} >= {"model.bin", "tokenizer.json", "theresa.json"}


def test_a_fetched_model_loads_by_its_name(local_hub: http.server.HTTPServer) -> None:
    info = load(EngineOptions(model=REPOSITORY, device="cpu")).info
    assert info.encoder_context is not None


def test_a_repository_that_is_not_on_the_hub(local_hub: http.server.HTTPServer) -> None:
    with pytest.raises(ModelError, match=r"no directory 'some/other' here and no such repository on the hub"):
        resolve("some/other")


def test_offline_mode_is_obeyed(local_hub: http.server.HTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(ModelError, match="HF_HUB_OFFLINE forbids"):
        resolve(REPOSITORY)


def test_a_hub_that_refuses_is_told_at_once(empty_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    monkeypatch.setattr(constants, "ENDPOINT", f"http://127.0.0.1:{port}")
    began = time.monotonic()
    with pytest.raises(
        ModelError, match=r"'small' is not in the local cache and the model hub at .* cannot be reached"
    ):
        resolve("small")
    assert time.monotonic() - began < 2


def test_a_hub_that_is_silent_is_not_waited_for(empty_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setattr(constants, "ENDPOINT", f"http://127.0.0.1:{silent.getsockname()[1]}")
        began = time.monotonic()
        assert not hub.reachable()
        assert time.monotonic() - began < 2
