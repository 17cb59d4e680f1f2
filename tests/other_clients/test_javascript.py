"""OpenAI's and Vercel's JavaScript SDKs as they are: only the base URL and the key differ."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.other_clients import npm
from tests.other_clients.expected import KEY, likeness
from tests.realtime import at_24k
from tests.serving import SAMPLES, RunningServer, read

pytestmark = pytest.mark.slow

MANDARIN = str(SAMPLES / "mandarin.flac")


@pytest.fixture(scope="module", autouse=True)
def _packages() -> None:
    npm.install()


# --- recordings -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def rest(server: RunningServer) -> Any:
    return npm.run("rest.mjs", server.http, MANDARIN, KEY)


@pytest.fixture(scope="module")
def vercel(server: RunningServer) -> Any:
    return npm.run("vercel.mjs", server.http, MANDARIN, KEY)


@pytest.mark.parametrize("request_", ["json", "verbose", "hints", "buffer", "azure"])
def test_openais_sdk_gets_the_text(rest: Any, request_: str) -> None:
    assert likeness(rest[request_]["text"]) > 0.9


def test_openais_sdk_gets_what_it_asks_for(rest: Any) -> None:
    assert "".join(entry["token"] for entry in rest["json"]["logprobs"]) == rest["json"]["text"]
    assert (len(rest["verbose"]["words"]) > 9, len(rest["verbose"]["segments"]) > 1) == (True, True)
    assert rest["hints"]["languages"] == [{"code": "zh"}]


def test_openais_sdk_gets_a_stream(rest: Any) -> None:
    assert likeness(rest["stream"]) > 0.9


def test_openais_sdk_finds_the_models(rest: Any) -> None:
    assert (rest["models"], rest["model"]) == (["demo"], "whisper-1")


@pytest.mark.parametrize("call", ["plain", "newer", "tag", "words", "hints"])
def test_vercels_sdk_gets_the_text(vercel: Any, call: str) -> None:
    assert likeness(vercel[call]["text"]) > 0.9
    assert vercel[call]["durationInSeconds"] > 1


def test_vercels_sdk_gets_segments_and_the_language(vercel: Any) -> None:
    assert vercel["tag"]["language"] == "zh"
    assert len(vercel["tag"]["segments"]) > 1
    assert len(vercel["words"]["segments"]) > len(vercel["tag"]["segments"])


# --- Realtime ---------------------------------------------------------------------------------------------------------


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
    assert likeness(heard["transcript"]) > 0.85
    assert heard["deltas"] == heard["transcript"]
    assert heard["languages"] == [{"code": "zh"}]
