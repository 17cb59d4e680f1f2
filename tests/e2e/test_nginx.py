"""A server behind nginx, with the configuration of the documentation."""

import asyncio
import os
import re
import shutil
import socket
import ssl
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
from theresa_client import connect, connect_resuming
from theresa_protocol.messages import Final, Partial, Started
from theresa_server.serving.config import FileLimits, ServerConfig

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


@pytest.fixture(scope="module")
def trust(certificate: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate))


@contextmanager
def nginx(folder: Path, server: str, certificate: Path) -> Iterator[str]:
    """nginx before the server at a URL, and its own URL. Ports and files are all that is not as documented."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    own = CONFIGURATION.read_text(encoding="utf-8")
    for documented, here in {
        "127.0.0.1:8080": server.removeprefix("http://"),
        "listen 443": f"listen 127.0.0.1:{port}",
        "/etc/ssl/certs/speech.example.org.pem": str(certificate),
        "/etc/ssl/private/speech.example.org.key": str(certificate.with_name("key.pem")),
    }.items():
        assert own.count(documented) == 1
        own = own.replace(documented, here)
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
            yield f"https://127.0.0.1:{port}"
        finally:
            proxy.terminate()
            proxy.communicate(timeout=60)


@pytest.fixture(scope="module")
def url(certificate: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server with the demo model behind nginx."""
    folder = tmp_path_factory.mktemp("nginx")
    with serving(ServerConfig(port=0)) as server, nginx(folder, server.http, certificate) as address:
        yield address


@pytest.mark.parametrize("name", ["english", "mandarin"])
def test_a_live_session_goes_through(url: str, certificate: Path, name: str) -> None:
    stream = url.replace("http", "ws") + "/v1/stream"
    command = [sys.executable, "-m", "theresa_client", "replay", f"{SAMPLES / name}.flac", "--url", stream]
    heard = subprocess.run(
        [*command, "--speed", "0"], check=True, capture_output=True, text=True, timeout=60,
        env=os.environ | {"SSL_CERT_FILE": str(certificate)},
    ).stdout  # fmt: skip
    assert all(sentence in heard for sentence in sentences(name))


async def test_partials_are_not_held_back(url: str, trust: ssl.SSLContext) -> None:
    async with connect(url.replace("http", "ws") + "/v1/stream", ssl_context=trust) as stream:
        await stream.send(read("both")[:16_000].tobytes())
        async for message in stream:  # nothing more is sent
            if isinstance(message, Partial):
                break


def test_a_page_of_the_proxys_own_may_connect(url: str, trust: ssl.SSLContext) -> None:
    with httpx.Client(verify=trust, trust_env=False, timeout=60) as browser:
        statuses = [
            browser.get(f"{url}/v1/stream", headers={"Origin": origin}).status_code
            for origin in (url, "https://elsewhere.example")
        ]

    assert statuses == [426, 403]


def test_a_recording_beyond_the_buffers_of_nginx_goes_through(url: str, trust: ssl.SSLContext) -> None:
    file = encode(read("both"), "wav") + bytes(5_000_000)  # behind the sound, as tags are; 1 MB is nginx's usual limit
    http = httpx.Client(verify=trust, timeout=60)
    with openai.OpenAI(base_url=f"{url}/v1", api_key="any", max_retries=0, timeout=60, http_client=http) as client:
        heard = client.audio.transcriptions.create(model="whisper-1", file=("a.wav", file))
    assert all(sentence in heard.text for sentence in sentences("both"))


def test_events_come_out_as_they_happen(certificate: Path, trust: ssl.SSLContext, tmp_path: Path) -> None:
    gate = Waiting()
    files = {"file": ("a.flac", (SAMPLES / "both.flac").read_bytes())}
    with (
        serving(ServerConfig(port=0), lambda _: gate) as server,
        nginx(tmp_path, server.http, certificate) as address,
    ):
        with (
            httpx.Client(timeout=60, verify=trust) as client,
            client.stream("POST", f"{address}/v1/audio/transcriptions", files=files, data={"stream": "true"}) as answer,
        ):
            lines = answer.iter_lines()
            assert '"transcript.text.delta"' in next(lines)
            gate.opened.set()
            assert '"transcript.text.done"' in [line for line in lines if line][-1]
        gate.opened.set()


def test_nginx_takes_as_large_recordings_as_the_server() -> None:
    [limit_mib] = re.findall(r"client_max_body_size (\d+)m;", CONFIGURATION.read_text(encoding="utf-8"))

    assert int(limit_mib) * 1024**2 > FileLimits().max_bytes


async def test_a_session_goes_on_at_the_next_version(certificate: Path, trust: ssl.SSLContext, tmp_path: Path) -> None:
    """As docs/operations.md tells to upgrade: a new server beside the old one, the proxy told, the old one stopped."""
    audio, half = read("both"), 16_000 * 47 // 10  # between two sentences
    old, new = ServerConfig(port=0, drain_s=1), ServerConfig(port=0)
    with serving(old) as first, serving(new) as second, nginx(tmp_path, first.http, certificate) as address:
        stream_url = address.replace("http", "ws") + "/v1/stream"
        async with connect_resuming(stream_url, ssl_context=trust) as stream:
            begun = stream.started.session_id
            await stream.send(audio[:half].tobytes())
            await pointed_at(tmp_path, first.http, second.http)
            first.stop()
            heard = []
            async for message in stream:
                if isinstance(message, Started) and message.session_id != begun:
                    await stream.send(audio[half:].tobytes())
                    await stream.finish()
                if isinstance(message, Final):
                    heard.append(message.text)

    assert heard == sentences("both")


async def pointed_at(folder: Path, old: str, new: str) -> None:
    """Have nginx send what is new to another server."""
    configuration = folder / "nginx.conf"
    written = configuration.read_text(encoding="utf-8")
    configuration.write_text(
        written.replace(old.removeprefix("http://"), new.removeprefix("http://")), encoding="utf-8"
    )
    assert NGINX is not None
    reload = await asyncio.create_subprocess_exec(
        NGINX, "-p", str(folder), "-c", "nginx.conf", "-e", "stderr", "-s", "reload"
    )
    assert await reload.wait() == 0
