"""Uploads that cannot be answered, and those whose clients leave: over real sockets, to a server with tight limits."""

import asyncio
import contextlib
import itertools
import json
import re
import resource
from collections.abc import Iterator, Sequence
from pathlib import Path

import httpx
import numpy as np
import openai
import pytest

from tests.doubles import Gate, Waiting
from tests.formats import encode, encode_pieces
from tests.serving import SAMPLES, RunningServer, calling, process, read, serving
from theresa_protocol.limits import Limits
from theresa_protocol.messages import Start, Started
from theresa_server.endpoints.http import transcription_request
from theresa_server.serving.admission import Policy
from theresa_server.serving.config import FileLimits, ServerConfig
from theresa_server.speech.recognition import DecodeJob, Hypothesis

PATH = "/v1/audio/transcriptions"
ENGLISH = (SAMPLES / "english.flac").read_bytes()
FORM = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
"""How a form begins that has a recording alone, and the boundary x."""
LIMITS = FileLimits(max_bytes=1024 * 1024, max_s=60, at_once=1)


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    with serving(ServerConfig(port=0, files=LIMITS)) as running:
        yield running


def post(server: RunningServer, data: bytes = ENGLISH, path: str = PATH, **fields: str) -> httpx.Response:
    return httpx.post(server.http + path, files={"file": ("a.flac", data)}, data=fields, timeout=60)


def error(answer: httpx.Response) -> tuple[int, str]:
    """Status and code; all of the rest is as OpenAI's clients expect it."""
    told = answer.json()["error"]
    assert set(told) == {"message", "type", "param", "code"}
    assert told["type"] == ("server_error" if answer.status_code >= 500 else "invalid_request_error")
    assert told["message"].endswith((".", "…"))
    return answer.status_code, told["code"]


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"", 400, "bad_recording"),
        (b"\x00", 400, "bad_recording"),
        ("没有声音。".encode(), 400, "bad_recording"),
        (b"PK\x03\x04" + bytes(100_000), 400, "bad_recording"),
        (bytes(900_000), 400, "bad_recording"),
        (encode(read("mandarin"), "m4a")[:5_000], 400, "bad_recording"),
        (encode(np.zeros(61 * 16_000, np.int16), "ogg"), 413, "recording_too_long"),
        (bytes(1024 * 1024 + 1), 413, "recording_too_large"),
        (bytes(3 * 1024 * 1024), 413, "recording_too_large"),
    ],
)
def test_what_is_no_recording_is_refused(server: RunningServer, data: bytes, status: int, code: str) -> None:
    assert error(post(server, data)) == (status, code)


@pytest.mark.parametrize(
    ("fields", "status", "param"),
    [
        ({"response_format": "diarized_json"}, 400, "response_format"),
        ({"response_format": "pdf"}, 400, "response_format"),
        ({"temperature": "2"}, 400, "temperature"),
        ({"language": "xx"}, 400, "language"),
        ({"model": "gpt-4o-transcribe-diarize"}, 404, "model"),
        ({"entities": "true"}, 400, "entities"),
        (
            {"chunking_strategy[type]": "server_vad", "chunking_strategy[silence_duration_ms]": "1"},
            400,
            "chunking_strategy.silence_duration_ms",
        ),
    ],
)
def test_what_cannot_be_done_is_said_of_its_field(
    server: RunningServer, fields: dict[str, str], status: int, param: str
) -> None:
    answer = post(server, **fields)
    assert (answer.status_code, answer.json()["error"]["param"]) == (status, param)


@pytest.mark.parametrize("path", [PATH, "/v1/audio/translations"])
def test_only_a_form_is_taken(server: RunningServer, path: str) -> None:
    answer = httpx.post(server.http + path, json={"file": "a.wav"}, timeout=60)
    assert error(answer) == (415, "bad_content_type")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"nonsense",
        b"--x\r\n",
        b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\ntext\r\n--x--\r\n',
        b'--x\r\nContent-Disposition: form-data; name="model"\r\n\r\ndemo\r\n--x--\r\n',
        b'--x\r\nContent-Disposition: form-data; name="other"; filename="a"\r\n\r\nA\r\n--x--\r\n',
        b'--x\r\nContent-Disposition: form-data; name="model"\r\n\r\n' + bytes(600_000) + b"\r\n--x--\r\n",
        b"".join(b'--x\r\nContent-Disposition: form-data; name="model"\r\n\r\nA\r\n' for _ in range(1_000))
        + b"--x--\r\n",
    ],
)
def test_a_form_without_its_file_is_refused(server: RunningServer, content: bytes) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    assert error(httpx.post(server.http + PATH, content=content, headers=headers, timeout=60)) == (400, "bad_form")


def test_a_form_without_a_boundary_is_refused(server: RunningServer) -> None:
    answer = httpx.post(server.http + PATH, content=b"x", headers={"Content-Type": "multipart/form-data"}, timeout=60)
    assert error(answer) == (400, "bad_form")


def test_a_body_of_unknown_length_is_answered_at_the_limit(server: RunningServer) -> None:
    def pieces() -> Iterator[bytes]:
        yield FORM
        yield from itertools.repeat(bytes(100_000), 200)

    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = httpx.post(server.http + PATH, content=pieces(), headers=headers, timeout=60)
    assert error(answer) == (413, "recording_too_large")


def test_the_fields_of_a_form_together_are_bounded() -> None:
    field = b'--x\r\nContent-Disposition: form-data; name="hotwords[]"\r\n\r\n' + bytes(200_000) + b"\r\n"
    file = FORM + ENGLISH + b"\r\n--x--\r\n"
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    with serving() as roomy:
        answer = httpx.post(roomy.http + PATH, content=field * 6 + file, headers=headers, timeout=60)
    assert error(answer) == (400, "bad_form")


def test_a_model_that_fails_is_one_sentence_without_what_is_inside(gate: Gate, gated: RunningServer) -> None:
    gate.transcribe = failing  # type: ignore[method-assign]
    answer = post(gated)
    assert error(answer) == (500, "internal")
    assert "bus" not in answer.text


def failing(jobs: Sequence[DecodeJob]) -> list[Hypothesis]:
    raise RuntimeError("The GPU has fallen off the bus.")


def test_openais_client_does_not_try_a_mistake_again(server: RunningServer) -> None:
    with openai.OpenAI(base_url=f"{server.http}/v1", api_key="any", max_retries=2) as client:
        with pytest.raises(openai.BadRequestError) as caught:
            client.audio.transcriptions.create(model="whisper-1", file=("a.wav", b"nothing"))
        with pytest.raises(openai.NotFoundError):
            client.audio.transcriptions.create(model="no-such-model", file=("a.flac", ENGLISH))
    assert (caught.value.code, caught.value.param) == ("bad_recording", "file")


@pytest.mark.slow
def test_a_recording_that_gets_too_long_ends_its_stream_with_an_error(server: RunningServer) -> None:
    long = encode_pieces(itertools.repeat(read("english"), 4), "mp3")
    events = post(server, long, stream="true").text.strip().split("\n\n")
    assert json.loads(events[0][6:])["type"] == "transcript.text.delta"
    assert json.loads(events[-1][6:])["error"]["code"] == "recording_too_long"


@pytest.mark.slow
def test_an_error_in_a_stream_reaches_openais_caller(server: RunningServer) -> None:
    long = encode_pieces(itertools.repeat(read("english"), 4), "mp3")
    with (
        openai.OpenAI(base_url=f"{server.http}/v1", api_key="any", max_retries=0) as client,
        client.audio.transcriptions.create(model="whisper-1", file=("a.mp3", long), stream=True) as stream,
        pytest.raises(openai.APIError, match="longer than 60 s"),
    ):
        list(stream)


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}])
def test_who_shows_no_key_is_refused_before_the_file_is_read(headers: dict[str, str]) -> None:
    with serving(ServerConfig(port=0, policy=Policy(api_keys=("secret",)))) as guarded:
        files = {"file": ("a.flac", bytes(5_000_000))}
        answer = httpx.post(guarded.http + PATH, files=files, headers=headers, timeout=60)
        with openai.OpenAI(base_url=f"{guarded.http}/v1", api_key="secret", max_retries=0) as client:
            assert client.audio.transcriptions.create(model="whisper-1", file=("a.flac", ENGLISH)).text
    assert answer.status_code == 401
    assert error(answer) == (401, "unauthorized")


async def upload(
    server: RunningServer, length: int, headers: str = ""
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection on which the head of an upload has been sent."""
    host, port = re.findall(r"//(.*):(\d+)", server.http)[0]
    reader, writer = await asyncio.open_connection(host, int(port))
    head = f"POST {PATH} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {length}\r\n{headers}"
    writer.write(head.encode() + b"Content-Type: multipart/form-data; boundary=x\r\n\r\n")
    await writer.drain()
    return reader, writer


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def gated(gate: Gate) -> Iterator[RunningServer]:
    """A server whose model does not answer before the gate is opened."""
    with serving(ServerConfig(port=0, files=LIMITS), lambda _: gate) as running:
        yield running
        gate.opened.set()


async def test_who_hangs_up_is_worked_for_no_longer(gate: Gate, gated: RunningServer) -> None:
    async with httpx.AsyncClient(timeout=60) as client:
        asking = asyncio.create_task(client.post(gated.http + PATH, files={"file": ("a.flac", ENGLISH)}))
        assert await asyncio.to_thread(gate.entered.wait, 30)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
    await gated.emptied()
    assert gated.server.service.models.default.engine.queued == 0


async def test_who_hangs_up_in_a_stream_is_worked_for_no_longer(gate: Gate, gated: RunningServer) -> None:
    files, fields = {"file": ("a.flac", ENGLISH)}, {"stream": "true"}
    async with (
        httpx.AsyncClient(timeout=60) as client,
        client.stream("POST", gated.http + PATH, files=files, data=fields) as answer,
    ):
        assert answer.status_code == 200
        assert await asyncio.to_thread(gate.entered.wait, 30)
    await gated.emptied()
    assert gated.server.service.models.default.engine.queued == 0


async def test_who_hangs_up_while_sending_frees_the_place(gated: RunningServer) -> None:
    for _ in range(10):  # three places
        _, writer = await upload(gated, 900_000)
        writer.write(b"--x\r\n")
        await writer.drain()
        writer.close()
        await writer.wait_closed()
    await gated.emptied()
    gated_answer = await asyncio.to_thread(post, gated, b"nothing")
    assert error(gated_answer) == (400, "bad_recording")


async def test_more_than_may_wait_are_told_to_come_back(gate: Gate, gated: RunningServer) -> None:
    places = LIMITS.at_once + LIMITS.waiting
    async with httpx.AsyncClient(timeout=60) as client:

        async def ask() -> httpx.Response:
            return await client.post(gated.http + PATH, files={"file": ("a.flac", ENGLISH)})

        asking = [asyncio.create_task(ask()) for _ in range(places + 1)]
        done, _ = await asyncio.wait(asking, return_when=asyncio.FIRST_COMPLETED)
        refused = done.pop().result()
        assert error(refused) == (429, "overloaded")
        assert refused.headers["retry-after"] == "5"
        gate.opened.set()
        answers = await asyncio.gather(*asking)
    assert sorted(answer.status_code for answer in answers) == [200] * places + [429]


async def test_text_is_streamed_before_all_is_decoded() -> None:
    gate = Waiting()
    with serving(ServerConfig(port=0), lambda _: gate) as running:
        files = {"file": ("a.flac", (SAMPLES / "both.flac").read_bytes())}
        async with (
            httpx.AsyncClient(timeout=60) as client,
            client.stream("POST", running.http + PATH, files=files, data={"stream": "true"}) as answer,
        ):
            lines = answer.aiter_lines()
            first = await anext(lines)
            assert '"transcript.text.delta"' in first
            assert not gate.opened.is_set()
            gate.opened.set()
            assert '"transcript.text.done"' in [line async for line in lines if line][-1]


async def test_a_stopping_server_finishes_what_it_has_begun(gate: Gate) -> None:
    with serving(ServerConfig(port=0), lambda _: gate) as running:
        async with httpx.AsyncClient(timeout=60) as client:
            asking = asyncio.create_task(client.post(running.http + PATH, files={"file": ("a.flac", ENGLISH)}))
            assert await asyncio.to_thread(gate.entered.wait, 30)
            running.stop()
            gate.opened.set()
            assert (await asking).status_code == 200


async def test_a_server_that_cannot_wait_says_so(gate: Gate) -> None:
    with serving(ServerConfig(port=0, drain_s=0), lambda _: gate) as running:
        async with httpx.AsyncClient(timeout=60) as client:
            asking = asyncio.create_task(client.post(running.http + PATH, files={"file": ("a.flac", ENGLISH)}))
            assert await asyncio.to_thread(gate.entered.wait, 30)
            running.stop()
            answer = await asking
            gate.opened.set()
    assert error(answer) == (503, "going_away")


async def test_a_stopping_server_takes_what_is_being_sent(gate: Gate) -> None:
    gate.opened.set()
    form = FORM + ENGLISH + b"\r\n--x--\r\n"
    with serving(ServerConfig(port=0), lambda _: gate) as running:
        async with asyncio.timeout(30), httpx.AsyncClient() as client:
            reader, writer = await upload(running, len(form), "Expect: 100-continue\r\n")
            assert await reader.readline() == b"HTTP/1.1 100 Continue\r\n"  # the server waits for the body
            assert await reader.readline() == b"\r\n"
            running.stop()
            while (await client.get(f"{running.http}/readyz")).text != "draining\n":
                continue
            writer.write(form)
            assert (await reader.readline()).startswith(b"HTTP/1.1 200 ")
            writer.close()
            await writer.wait_closed()


async def test_recordings_do_not_count_as_speakers(gate: Gate) -> None:
    with serving(ServerConfig(port=0, speakers=1), lambda _: gate) as running:
        async with httpx.AsyncClient(timeout=60) as client:
            asking = asyncio.create_task(client.post(running.http + PATH, files={"file": ("a.flac", ENGLISH)}))
            assert await asyncio.to_thread(gate.entered.wait, 30)
            async with calling(running) as peer:
                await peer.say(Start())
                assert await peer.hear(Started)
            gate.opened.set()
            assert (await asking).status_code == 200


async def test_recordings_wait_for_better_times_when_speakers_are_late(gate: Gate) -> None:
    with serving(ServerConfig(port=0, speakers=1), lambda _: gate) as running:
        async with calling(running) as peer:
            await peer.say(Start())
            assert await peer.hear(Started)
            answer = await asyncio.to_thread(post, running)
        assert error(answer) == (503, "overloaded")
        assert answer.headers["retry-after"] == "5"


async def test_a_stream_that_has_nothing_to_say_is_kept_open(
    gate: Gate, gated: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transcription_request, "KEEP_ALIVE_INTERVAL_S", 0.01)
    async with openai.AsyncOpenAI(base_url=f"{gated.http}/v1", api_key="any", max_retries=0) as client:
        answer = await client.audio.transcriptions.with_raw_response.create(
            model="whisper-1", file=("a.flac", ENGLISH), stream=True
        )
        lines = answer.http_response.aiter_lines()
        assert await anext(lines) == ": still at work"
        gate.opened.set()
        assert '"transcript.text.done"' in [line async for line in lines if line][-1]


async def test_a_client_that_sends_nothing_is_given_up() -> None:
    with serving(ServerConfig(port=0, limits=Limits(idle_timeout_ms=200))) as running:
        reader, writer = await upload(running, 9)
        async with asyncio.timeout(30):
            status = await reader.readline()
        writer.close()
        await writer.wait_closed()
    assert status.startswith(b"HTTP/1.1 408 ")


async def trickle(server: RunningServer, first: bytes, piece: bytes, times: int, end: bytes = b"") -> httpx.Response:
    """Send an upload in small pieces, 50 ms apart, until it is answered, and return the answer."""
    length = len(FORM) + len(first) + times * len(piece) + len(end)
    reader, writer = await upload(server, length, "Connection: close\r\n")
    with contextlib.closing(writer):
        answering = asyncio.create_task(reader.readuntil(b"}}"))
        # A server that hangs up while the client still sends resets the connection behind its answer.
        with contextlib.suppress(ConnectionError):
            for sent in (FORM + first, *[piece] * times, end):
                if answering.done():
                    break
                writer.write(sent)
                await writer.drain()
                await asyncio.wait([answering], timeout=0.05)
        async with asyncio.timeout(30):
            head, _, body = (await answering).partition(b"\r\n\r\n")
    return httpx.Response(int(head.split()[1]), content=body)


@pytest.mark.parametrize("first", [b"", bytes(400_000)], ids=["from the start", "behind a good start"])
async def test_who_trickles_is_given_up_and_frees_the_place(first: bytes) -> None:
    with serving(ServerConfig(port=0, files=LIMITS, limits=Limits(idle_timeout_ms=1_000))) as running:
        places = LIMITS.at_once + LIMITS.waiting
        async with asyncio.timeout(30):
            answers = await asyncio.gather(*(trickle(running, first, b"-", 1_000) for _ in range(places)))
        assert [error(answer) for answer in answers] == [(408, "idle")] * places
        assert error(await asyncio.to_thread(post, running, b"nothing")) == (400, "bad_recording")


@pytest.mark.slow
async def test_who_sends_slowly_but_steadily_is_waited_for() -> None:
    with serving(ServerConfig(port=0, limits=Limits(idle_timeout_ms=1_000))) as running:
        answer = await trickle(running, b"", bytes(4_000), times=40, end=b"\r\n--x--\r\n")  # for 2 s
    assert error(answer) == (400, "bad_recording")


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="needs Linux")
def test_a_full_disk_is_said() -> None:
    with process("--speakers", "9") as (server, http):
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (2 * 1024 * 1024,) * 2)
        answer = httpx.post(http + PATH, files={"file": ("a.wav", bytes(8_000_000))}, timeout=60)
        assert error(answer) == (507, "disk_full")
        assert httpx.post(http + PATH, files={"file": ("a.flac", ENGLISH)}, timeout=60).status_code == 200


@pytest.fixture(scope="module")
def hour_of_silence() -> bytes:
    """A small file that becomes 115 MB when it is decoded."""
    minute = np.zeros(60 * 16_000, np.int16)
    return encode_pieces(itertools.repeat(minute, 60), "flac")


@pytest.mark.slow
def test_a_recording_that_is_too_long_is_refused_in_little_memory(hour_of_silence: bytes) -> None:
    with process("--speakers", "9", "--max-file-s", "3000") as (server, http):
        before = _peak_kb(server.pid)
        answer = httpx.post(http + PATH, files={"file": ("a", hour_of_silence)}, timeout=60)
        grown_mb = (_peak_kb(server.pid) - before) / 1024
    assert error(answer) == (413, "recording_too_long")
    assert grown_mb < 64


@pytest.mark.slow
def test_an_hour_of_silence_takes_little_memory(hour_of_silence: bytes) -> None:
    with process("--speakers", "9") as (server, http):
        before = _peak_kb(server.pid)
        answer = httpx.post(http + PATH, files={"file": ("a", hour_of_silence)}, timeout=150)
        grown_mb = (_peak_kb(server.pid) - before) / 1024
    assert answer.json() == {"text": "", "usage": {"type": "duration", "seconds": 3600}}
    assert grown_mb < 64


def _peak_kb(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0])
