"""What an operator's tools ask."""

import threading
from importlib.metadata import version

import httpx
import pytest

from tests.serving import RunningServer
from theresa_server.engine.whisper.options import EngineOptions
from theresa_server.engine.whisper.transcriber import WhisperTranscriber
from theresa_server.serving.config import ServerConfig
from theresa_server.speech.recognition import Transcriber


def get(server: RunningServer, path: str) -> httpx.Response:
    return httpx.get(server.http + path, trust_env=False, timeout=60)


def test_a_server_that_serves_is_alive_and_ready(server: RunningServer) -> None:
    assert [get(server, path).status_code for path in ("/livez", "/readyz")] == [200, 200]


def test_the_version_is_bare_text(server: RunningServer) -> None:
    assert get(server, "/version").text == version("theresa")


@pytest.mark.parametrize("path", ["/ping", "/health"])
def test_a_server_that_serves_is_well_for_clients_of_mlflow(server: RunningServer, path: str) -> None:
    answer = get(server, path)

    assert (answer.status_code, answer.text) == (200, "\n")


@pytest.mark.parametrize("path", ["/v1/nothing", "/page/nothing.js"])
def test_an_unknown_path_is_not_found(server: RunningServer, path: str) -> None:
    assert get(server, path).status_code == 404


def test_the_stream_wants_a_websocket(server: RunningServer) -> None:
    answer = get(server, "/v1/stream")
    assert answer.status_code == 426
    assert "ws://" in answer.json()["error"]["message"]


def test_while_the_model_loads_the_server_is_alive_but_not_ready() -> None:
    loading = threading.Event()

    def load_late(options: EngineOptions) -> Transcriber:
        loading.wait(30)
        return WhisperTranscriber.load(options)

    running = RunningServer(ServerConfig(port=0), load_late)
    running.begin()
    try:
        assert [get(running, path).status_code for path in ("/livez", "/readyz", "/ping")] == [200, 503, 503]
        loading.set()
        running.wait_ready()
        assert get(running, "/readyz").status_code == 200
    finally:
        loading.set()
        running.stop()
        running.join()
