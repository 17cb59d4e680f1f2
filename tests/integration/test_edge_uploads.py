"""Uploads that try to break the server, failures, and what each leaves of the connection."""

import asyncio
import io
import json
import logging
import wave
from collections.abc import Iterator

import httpx
import pytest

from tests.doubles import Gate
from tests.raw import wire
from tests.serving import SAMPLES, RunningServer, serving
from theresa_server.audio.recordings import Recording
from theresa_server.endpoints.http import transcription_request
from theresa_server.serving.config import FileLimits, ServerConfig
from theresa_server.serving.service import Service

FILES = "/v1/audio/transcriptions"
ENGLISH = (SAMPLES / "english.flac").read_bytes()
EMPTY_ADTS = b"\xff\xf1\x50\x80\x01\x1f\xfc\0"
"""A frame of AAC without audio."""


def wav(seconds: float) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setparams((1, 2, 16_000, 0, "NONE", ""))
        writer.writeframes(bytes(int(seconds * 16_000) * 2))
    return file.getvalue()


def form(file: bytes = ENGLISH, **fields: str) -> bytes:
    """Return a form with the boundary x."""
    parts = [f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{fields[name]}\r\n' for name in fields]
    head = '--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
    return "".join(parts).encode() + head.encode() + file + b"\r\n--x--\r\n"


@pytest.fixture
def client(server: RunningServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.http, trust_env=False, timeout=60) as made:
        yield made


def post(client: httpx.Client, body: bytes, charset: str = "") -> httpx.Response:
    return client.post(FILES, content=body, headers={"Content-Type": f"multipart/form-data; boundary=x{charset}"})


# --- forms -----------------------------------------------------------------------------------------------------------

CHARSETS = ("undefined", "punycode", "idna", "utf-7", "utf-16", "hex", "unicode_escape", "latin-1", "", '"utf-7"')


@pytest.mark.parametrize("charset", CHARSETS)
def test_a_form_in_another_charset_is_refused(
    client: httpx.Client, caplog: pytest.LogCaptureFixture, charset: str
) -> None:
    answer = post(client, form(prompt="x.-", language="en"), f"; charset={charset}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_form")
    assert "utf-8" in answer.json()["error"]["message"]
    assert client.get("/livez").status_code == 200
    assert caplog.messages == []


@pytest.mark.parametrize("charset", ["utf-8", "UTF-8", '"utf-8"', "utf8"])
def test_a_form_in_utf8_is_read(client: httpx.Client, charset: str) -> None:
    assert post(client, form(wav(1)), f"; charset={charset}").status_code == 200


def test_a_refused_form_leaves_the_connection_open(server: RunningServer) -> None:
    async def both() -> list[int]:
        body = form(prompt="x")
        head = f"POST {FILES} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n"
        async with wire(server) as connection:
            await connection.send(
                head.encode() + b"Content-Type: multipart/form-data; boundary=x; charset=undefined\r\n\r\n" + body
            )
            statuses = [(await connection.response())[0]]
            await connection.send(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
            return [*statuses, (await connection.response())[0]]

    assert asyncio.run(both()) == [400, 200]


# --- recordings ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "document"), [("srt", ""), ("vtt", "WEBVTT\n"), ("text", "\n")])
def test_silence_has_an_empty_document(client: httpx.Client, kind: str, document: str) -> None:
    answer = post(client, form(wav(2), response_format=kind))
    assert (answer.status_code, answer.text) == (200, document)


@pytest.mark.slow
def test_a_flood_of_empty_frames_is_refused(client: httpx.Client) -> None:
    answer = post(client, form(EMPTY_ADTS * 2_500_000))
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_recording")


async def test_a_recording_is_opened_in_its_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    opened = []

    class Counted(Recording):
        def __init__(self, *args: object) -> None:
            opened.append(self)
            super().__init__(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(transcription_request, "Recording", Counted)
    gate = Gate()
    with serving(ServerConfig(port=0, files=FileLimits(at_once=1)), lambda _: gate) as server:
        async with httpx.AsyncClient(trust_env=False, timeout=60) as http:
            asking = [
                asyncio.create_task(http.post(server.http + FILES, files={"file": ("a", ENGLISH)}, data=data))
                for data in ({}, {"stream": "true"}, {})
            ]
            assert await asyncio.to_thread(gate.entered.wait, 30)
            async with asyncio.timeout(30):
                while len(server.server.service.sessions) < 3:
                    await http.get(f"{server.http}/livez")
            assert len(opened) == 1
            gate.opened.set()
            assert [answer.status_code for answer in await asyncio.gather(*asking)] == [200] * 3


async def test_a_bad_recording_is_refused_with_a_status_even_in_a_stream(server: RunningServer) -> None:
    async with httpx.AsyncClient(trust_env=False, timeout=60) as http:
        answer = await http.post(server.http + FILES, files={"file": ("a", b"none")}, data={"stream": "true"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_recording")


async def test_a_stream_that_waits_for_its_turn_is_kept_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transcription_request, "KEEP_ALIVE_INTERVAL_S", 0.01)
    gate = Gate()
    with serving(ServerConfig(port=0, files=FileLimits(at_once=1)), lambda _: gate) as server:
        async with httpx.AsyncClient(trust_env=False, timeout=60) as http:
            first = asyncio.create_task(http.post(server.http + FILES, files={"file": ("a", ENGLISH)}))
            assert await asyncio.to_thread(gate.entered.wait, 30)
            files, fields = {"file": ("a", b"none")}, {"stream": "true"}
            async with http.stream("POST", server.http + FILES, files=files, data=fields) as answer:
                lines = answer.aiter_lines()
                assert (answer.status_code, await anext(lines)) == (200, ": still at work")
                gate.opened.set()
                events = [line async for line in lines if line.startswith("data: ")]
            assert json.loads(events[-1][6:])["error"]["code"] == "bad_recording"
            assert (await first).status_code == 200


# --- stopping --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "media_type"), [(FILES, "multipart/form-data; boundary=x"), ("/invocations", "text/csv")]
)
async def test_a_stalled_upload_is_refused_at_the_deadline(
    caplog: pytest.LogCaptureFixture, path: str, media_type: str
) -> None:
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {media_type}\r\nContent-Length: 1000\r\n"
    with caplog.at_level(logging.WARNING), serving(ServerConfig(port=0, drain_s=0, stop_s=60)) as server:
        async with wire(server) as connection:
            await connection.send(head.encode() + b"Expect: 100-continue\r\n\r\n")
            assert (await connection.response())[0] == 100  # the server waits for the body
            await connection.send(b"--x\r\n")
            server.stop()
            status, headers, _ = await connection.response()
    assert (status, headers["retry-after"]) == (503, "5")
    assert caplog.messages == []


# --- responses -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/livez", "/metrics", "/v1/models", "/v1/nothing", "/v1/stream", "/", "/page/offer.json"]
)
def test_no_response_can_be_taken_for_another_type(client: httpx.Client, path: str) -> None:
    assert client.get(path).headers.get_list("x-content-type-options") == ["nosniff"]


async def test_a_refused_handshake_cannot_be_taken_for_another_type(server: RunningServer) -> None:
    async with wire(server) as connection:
        headers = await connection.upgrade(b"/v1/stream?model=none", expected=404)
    assert headers["x-content-type-options"] == "nosniff"


async def test_a_failure_closes_the_connection_and_says_so(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(self: Service, *args: object) -> None:
        raise ArithmeticError("of the test")

    with serving() as server:
        monkeypatch.setattr(Service, "load", fail)
        async with wire(server) as connection:
            await connection.send(b"GET /v1/models HTTP/1.1\r\nHost: x\r\n\r\n")
            status, headers, body = await connection.response()
            assert await connection.rest() == b""
        monkeypatch.undo()
    assert (status, headers["connection"], body) == (500, "close", b"Internal Server Error\n")
    assert "of the test" in caplog.text
