"""A server behind nginx, with the configuration of the documentation."""

import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import openai
import pytest

from tests.doubles import Waiting
from tests.formats import encode
from tests.serving import SAMPLES, read, sentences, serving
from theresa_server.config import ServerConfig

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin:/opt/homebrew/bin")
CONFIGURATION = Path(__file__).parent.parent.parent / "docs" / "nginx.conf"

pytestmark = pytest.mark.skipif(NGINX is None, reason="needs nginx")

AROUND = """
worker_processes 1;
pid nginx.pid;
error_log stderr notice;
events {{}}
http {{
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    {theresa}
}}
"""
"""What a distribution's nginx.conf is around the files of conf.d, in a folder of its own."""


@contextmanager
def nginx(folder: Path, server: str) -> Iterator[str]:
    """nginx before the server at a URL, and its own URL."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    documented = CONFIGURATION.read_text(encoding="utf-8")
    own = documented.replace("127.0.0.1:8080", server.removeprefix("http://"))
    own = re.sub(r"listen 80;", f"listen 127.0.0.1:{port};", own)
    assert own.count(str(port)) == 1
    (folder / "nginx.conf").write_text(AROUND.format(theresa=own), encoding="utf-8")
    assert NGINX is not None
    command = [NGINX, "-p", str(folder), "-c", "nginx.conf", "-e", "stderr", "-g", "daemon off;"]
    with subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True) as proxy:
        try:
            assert proxy.stderr is not None
            log = []
            while line := proxy.stderr.readline():
                log.append(line)
                if "start worker process " in line:  # it listens
                    break
            else:
                pytest.fail(f"nginx did not start: {''.join(log)}")
            yield f"http://127.0.0.1:{port}"
        finally:
            proxy.terminate()
            proxy.communicate(timeout=30)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server with the demo model behind nginx."""
    with serving(ServerConfig(port=0)) as server, nginx(tmp_path_factory.mktemp("nginx"), server.http) as address:
        yield address


@pytest.mark.parametrize("name", ["english", "mandarin"])
def test_a_live_session_goes_through(url: str, name: str) -> None:
    stream = url.replace("http", "ws") + "/v1/stream"
    command = [sys.executable, "-m", "theresa_client", "replay", f"{SAMPLES / name}.flac", "--url", stream]
    heard = subprocess.run([*command, "--speed", "0"], check=True, capture_output=True, text=True, timeout=60).stdout
    assert all(sentence in heard for sentence in sentences(name))


def test_fifty_megabytes_go_through(url: str) -> None:
    file = encode(read("both"), "wav") + bytes(50_000_000)  # behind the sound, as tags are
    with openai.OpenAI(base_url=f"{url}/v1", api_key="any", max_retries=0, timeout=60) as client:
        heard = client.audio.transcriptions.create(model="whisper-1", file=("a.wav", file))
    assert all(sentence in heard.text for sentence in sentences("both"))


def test_events_come_out_as_they_happen(tmp_path: Path) -> None:
    gate = Waiting()
    files = {"file": ("a.flac", (SAMPLES / "both.flac").read_bytes())}
    with serving(ServerConfig(port=0), lambda _: gate) as server, nginx(tmp_path, server.http) as address:
        with (
            httpx.Client(timeout=30) as client,
            client.stream("POST", f"{address}/v1/audio/transcriptions", files=files, data={"stream": "true"}) as answer,
        ):
            lines = answer.iter_lines()
            assert '"transcript.text.delta"' in next(lines)
            gate.opened.set()
            assert '"transcript.text.done"' in [line for line in lines if line][-1]
        gate.opened.set()
