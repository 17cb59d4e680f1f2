"""OpenAI's and Vercel's JavaScript SDKs as they are: only the base URL and the key differ."""

import asyncio
import ssl
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import pytest

from tests.other_clients import npm
from tests.realtime import at_24k
from tests.serving import SAMPLES, RunningServer, read, sentences, serving
from theresa_server.serving.admission import Policy
from theresa_server.serving.config import ServerConfig

pytestmark = pytest.mark.slow

MANDARIN = str(SAMPLES / "mandarin.flac")
KEY = "sk-theresa"


@pytest.fixture(scope="module", autouse=True)
def _packages() -> None:
    npm.install()


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    with serving(ServerConfig(port=0, policy=Policy(api_keys=(KEY,)))) as running:
        yield running


def alike(text: str) -> float:
    return SequenceMatcher(None, text, "".join(sentences("mandarin")), autojunk=False).ratio()


# --- recordings -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def rest(server: RunningServer) -> Any:
    return npm.run("rest.mjs", server.http, MANDARIN, KEY)


@pytest.fixture(scope="module")
def vercel(server: RunningServer) -> Any:
    return npm.run("vercel.mjs", server.http, MANDARIN, KEY)


@pytest.mark.parametrize("request_", ["json", "verbose", "hints", "buffer", "azure"])
def test_openais_sdk_gets_the_text(rest: Any, request_: str) -> None:
    assert alike(rest[request_]["text"]) > 0.9


def test_openais_sdk_gets_what_it_asks_for(rest: Any) -> None:
    assert "".join(entry["token"] for entry in rest["json"]["logprobs"]) == rest["json"]["text"]
    assert (len(rest["verbose"]["words"]) > 9, len(rest["verbose"]["segments"]) > 1) == (True, True)
    assert rest["hints"]["languages"] == [{"code": "zh"}]


def test_openais_sdk_gets_a_stream(rest: Any) -> None:
    assert alike(rest["stream"]) > 0.9


def test_openais_sdk_finds_the_models(rest: Any) -> None:
    assert (rest["models"], rest["model"]) == (["demo"], "whisper-1")


@pytest.mark.parametrize("call", ["plain", "newer", "tag", "words", "hints"])
def test_vercels_sdk_gets_the_text(vercel: Any, call: str) -> None:
    assert alike(vercel[call]["text"]) > 0.9
    assert vercel[call]["durationInSeconds"] > 1


def test_vercels_sdk_gets_segments_and_the_language(vercel: Any) -> None:
    assert vercel["tag"]["language"] == "zh"
    assert len(vercel["tag"]["segments"]) > 1
    assert len(vercel["words"]["segments"]) > len(vercel["tag"]["segments"])


# --- Realtime ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of this machine, with its key beside it."""
    folder = tmp_path_factory.mktemp("certificate")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=speech",
         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "key.pem", "-out", "cert.pem"],
        cwd=folder, check=True, capture_output=True,
    )  # fmt: skip
    return folder / "cert.pem"


@asynccontextmanager
async def tls(server: RunningServer, certificate: Path) -> AsyncIterator[str]:
    """A proxy that ends TLS, as in front of any server on the Internet. Yields its URL."""
    host, port = server.http.removeprefix("http://").split(":")

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
        writer.close()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection(host, int(port))
        await asyncio.gather(pump(reader, inner_writer), pump(inner_reader, writer), return_exceptions=True)

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.with_name("key.pem"))
    async with await asyncio.start_server(connected, "127.0.0.1", 0, ssl=context) as proxy:
        yield f"https://127.0.0.1:{proxy.sockets[0].getsockname()[1]}"


async def test_openais_sdk_transcribes_live(server: RunningServer, certificate: Path, tmp_path: Path) -> None:
    pcm = tmp_path / "mandarin.pcm"
    pcm.write_bytes(at_24k(read("mandarin")))
    async with tls(server, certificate) as url:
        heard = await asyncio.to_thread(
            npm.run, "realtime.mjs", url, str(pcm), KEY, NODE_EXTRA_CA_CERTS=str(certificate)
        )
    assert alike(heard["transcript"]) > 0.85
    assert heard["deltas"] == heard["transcript"]
    assert heard["languages"] == [{"code": "zh"}]
