"""Realtime sessions as real clients open, configure, mute and leave them, over real sockets with the real model."""

import asyncio
import base64
from collections.abc import AsyncIterator
from difflib import SequenceMatcher
from typing import Any

import httpx
import pytest
from openai import AsyncAzureOpenAI, AsyncOpenAI
from websockets.frames import Frame, Opcode

from tests.realtime import COMMITTED, COMPLETED, RealtimePeer, at_24k, g711, realtime
from tests.serving import TIMEOUT_S, RunningServer, read, sentences, serving
from theresa_protocol.limits import Limits
from theresa_server.serving.admission import Policy
from theresa_server.serving.config import ServerConfig

KEY = "sk-theresa"
GUARDED = ServerConfig(port=0, policy=Policy(api_keys=(KEY,)))
BEARER = {"Authorization": f"Bearer {KEY}"}


def alike(text: str, name: str) -> float:
    return SequenceMatcher(None, text, " ".join(sentences(name)), autojunk=False).ratio()


async def one_item(peer: RealtimePeer, audio: bytes) -> dict[str, Any]:
    """The item of audio that is committed as a whole."""
    await peer.append(audio)
    await peer.commit()
    return await peer.hear(COMPLETED)


# --- configuration ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "bad",
    [
        {"transcription": {"language": "Klingon"}},
        {"transcription": {"model": "unheard-of"}},
        {"noise_reduction": {"type": "near_field"}, "turn_detection": {"type": "semantic_vad"}},
    ],
)
async def test_mulaw_is_mulaw_whatever_else_was_asked_for(server: RunningServer, bad: dict[str, Any]) -> None:
    async with realtime(server) as peer:
        await peer.update(format={"type": "audio/pcmu"}, **bad)
        await peer.hear("session.updated")
        await peer.update(turn_detection=None)
        item = await one_item(peer, g711(read("mandarin"), "ULAW"))
    assert alike(item["transcript"], "mandarin") > 0.7


async def test_flat_fields_count_on_a_ga_connection(server: RunningServer) -> None:
    async with realtime(server) as peer:
        session = {
            "input_audio_format": "g711_ulaw",
            "turn_detection": None,
            "input_audio_transcription": {"language": "zh"},
        }
        await peer.send("session.update", session=session)
        item = await one_item(peer, g711(read("mandarin"), "ULAW"))
    assert alike(item["transcript"], "mandarin") > 0.7
    assert item["languages"] == [{"code": "zh"}]


@pytest.mark.parametrize("model", ["gpt-realtime-whisper", "gpt-live-transcribe"])
async def test_a_client_of_such_a_model_gets_one_item_per_commit(server: RunningServer, model: str) -> None:
    async with realtime(server, f"?intent=transcription&model={model}") as peer:
        await peer.update(transcription={"model": model})
        items = [await one_item(peer, at_24k(read(name))) for name in ("english", "mandarin")]
    assert [item["item_id"] for item in items] == [event["item_id"] for event in peer.all(COMMITTED)]
    assert [
        alike(item["transcript"], name) > 0.85 for item, name in zip(items, ("english", "mandarin"), strict=True)
    ] == [
        True,
        True,
    ]


async def test_odd_bytes_and_line_breaks_change_nothing(server: RunningServer) -> None:
    audio = at_24k(read("mandarin"))
    async with realtime(server) as peer:
        await peer.update(turn_detection=None)
        for at in range(0, len(audio), 9_999):
            text = base64.encodebytes(audio[at : at + 9_999]).decode()
            await peer.send("input_audio_buffer.append", audio=text.replace("+", "-").replace("/", "_").rstrip("=\n"))
        await peer.commit()
        item = await peer.hear(COMPLETED)
    assert alike(item["transcript"], "mandarin") > 0.85
    assert [event["code"] for event in peer.all("theresa.warning")] == ["partial_sample"]


# --- OpenAI's and Azure's clients ------------------------------------------------------------------------------------


@pytest.fixture
async def client(server: RunningServer) -> AsyncIterator[AsyncOpenAI]:
    base = f"{server.http}/v1"
    async with AsyncOpenAI(api_key="any", base_url=base, websocket_base_url=base.replace("http", "ws")) as made:
        yield made


async def completed(connection: Any) -> Any:
    """The first completed item."""
    async with asyncio.timeout(TIMEOUT_S):
        while (event := await connection.recv()).type != COMPLETED:
            assert event.type != "error", event
        return event


@pytest.mark.slow
async def test_logprobs_have_openais_shape(client: AsyncOpenAI) -> None:
    async with client.realtime.connect(model="gpt-4o-transcribe") as connection:
        await connection.session.update(
            session={
                "type": "transcription",
                "include": ["item.input_audio_transcription.logprobs"],
                "audio": {"input": {"turn_detection": None}},
            }
        )
        await connection.input_audio_buffer.append(audio=base64.b64encode(at_24k(read("english"))[:480_000]).decode())
        await connection.input_audio_buffer.commit()
        item = await completed(connection)
    assert "".join(entry.token for entry in item.logprobs) == item.transcript
    assert all(entry.logprob <= 0 and bytes(entry.bytes).decode() == entry.token for entry in item.logprobs)


@pytest.mark.slow
async def test_azures_client_is_served() -> None:
    with serving(GUARDED) as server:
        client = AsyncAzureOpenAI(
            azure_endpoint=server.http,
            api_key=KEY,
            api_version="2025-04-01-preview",
            websocket_base_url=f"{server.http.replace('http', 'ws')}/openai",
        )
        async with client, client.realtime.connect(model="whisper-1") as connection:
            await connection.session.update(
                session={"type": "transcription", "audio": {"input": {"turn_detection": None}}}
            )
            await connection.input_audio_buffer.append(
                audio=base64.b64encode(at_24k(read("mandarin"))[:480_000]).decode()
            )
            await connection.input_audio_buffer.commit()
            assert (await completed(connection)).transcript


@pytest.mark.parametrize(
    "path",
    [
        "/v1/realtime/",
        "/realtime?model=whisper-1",
        "/openai/v1/realtime?model=demo",
        "/openai/realtime?deployment=demo",
    ],
)
async def test_every_path_of_a_client_is_served(server: RunningServer, path: str) -> None:
    async with realtime(server, path=path) as peer:
        assert (await peer.hear("session.created"))["session"]["audio"]["input"]["transcription"]["model"] == "demo"


# --- silence ---------------------------------------------------------------------------------------------------------


def pings_to(peer: RealtimePeer) -> asyncio.Queue[bytes]:
    """The payloads of the pings that a client answers."""
    pings: asyncio.Queue[bytes] = asyncio.Queue()
    send = peer.socket.protocol.send_frame

    def send_frame(frame: Frame) -> None:
        if frame.opcode is Opcode.PONG:
            pings.put_nowait(bytes(frame.data))
        send(frame)

    peer.socket.protocol.send_frame = send_frame  # type: ignore[method-assign]
    return pings


@pytest.mark.parametrize("audio", [b"", bytes(4_800)], ids=["before", "behind"])
async def test_a_muted_client_may_speak_again(audio: bytes) -> None:
    with serving(ServerConfig(port=0, limits=Limits(idle_timeout_ms=300))) as server:
        async with realtime(server) as peer:
            pings = pings_to(peer)
            await peer.update(turn_detection=None)
            await peer.append(audio)
            async with asyncio.timeout(TIMEOUT_S):
                for _ in range(3):
                    await pings.get()
            item = await one_item(peer, at_24k(read("mandarin")))
        assert alike(item["transcript"], "mandarin") > 0.85
        assert peer.all("error") == []


@pytest.mark.parametrize("audio", [b"", bytes(4_800)], ids=["before", "behind"])
async def test_a_client_that_answers_no_ping_is_dismissed(audio: bytes) -> None:
    with serving(ServerConfig(port=0, limits=Limits(idle_timeout_ms=300))) as server:
        async with realtime(server) as peer:
            await peer.append(audio)
            await peer.hear("session.created")
            peer.socket.transport.pause_reading()
            await server.emptied()
            peer.socket.transport.resume_reading()
            assert await peer.goodbye() == (4408, "idle")
        assert peer.events[-1]["error"]["code"] == "idle"


# --- connections that are cut ----------------------------------------------------------------------------------------


async def fetched(server: RunningServer, session_id: str, *, exists: bool = True, **headers: str) -> httpx.Response:
    """What is known of a session, once it is complete. One that ``exists`` is known once the server sees its end."""
    async with asyncio.timeout(TIMEOUT_S), httpx.AsyncClient(trust_env=False, headers=headers) as http:
        while True:
            answer = await http.get(f"{server.http}/v1/realtime/sessions/{session_id}")
            unseen = exists and answer.status_code == 404
            if not unseen and (answer.status_code != 200 or answer.json()["status"] == "completed"):
                return answer


@pytest.mark.parametrize("turn_detection", [None, {"type": "server_vad"}], ids=["manual", "server_vad"])
async def test_what_came_before_a_close_is_completed(server: RunningServer, turn_detection: Any) -> None:
    async with realtime(server, max_queue=None) as peer:
        session_id = (await peer.hear("session.created"))["session"]["id"]
        await peer.update(turn_detection=turn_detection)
        await peer.append(at_24k(read("mandarin")))
    answer = (await fetched(server, session_id)).json()
    assert alike("".join(item["transcript"] for item in answer["items"]), "mandarin") > 0.85
    assert (answer["id"], answer["object"]) == (session_id, "realtime.transcription_session")


async def test_what_came_before_a_cut_is_completed() -> None:
    with serving() as server:
        async with realtime(server) as peer:
            session_id = (await peer.hear("session.created"))["session"]["id"]
            await peer.append(at_24k(read("english")))
            await peer.hear(COMPLETED)
            peer.socket.transport.abort()
        answer = (await fetched(server, session_id)).json()
        await server.emptied()
    assert answer["items"][0] == peer.all(COMPLETED)[0]


async def test_only_the_key_of_a_session_fetches_it() -> None:
    config = ServerConfig(port=0, policy=Policy(api_keys=(KEY, "other")))
    with serving(config) as server:
        async with realtime(server, additional_headers=BEARER) as peer:
            session_id = (await peer.hear("session.created"))["session"]["id"]
            await peer.append(at_24k(read("mandarin"))[:96_000])
        mine = await fetched(server, session_id, **BEARER)
        others = [
            await fetched(server, session_id, exists=False, Authorization=f"Bearer {key}") for key in ("other", "wrong")
        ]
    assert mine.json()["items"][0]["transcript"]
    assert [answer.status_code for answer in others] == [404, 401]


async def test_a_session_that_is_not_there_is_repeated(server: RunningServer) -> None:
    answer = await fetched(server, "sess_unheard-of", exists=False)
    assert answer.status_code == 404
    assert "'sess_unheard-of'" in answer.json()["error"]["message"]


async def test_no_session_is_kept_without_a_window() -> None:
    with serving(ServerConfig(port=0, resume_window_s=0)) as server:
        async with realtime(server) as peer:
            session_id = (await peer.hear("session.created"))["session"]["id"]
            await peer.append(at_24k(read("mandarin"))[:96_000])
        await server.emptied()
        assert (await fetched(server, session_id, exists=False)).status_code == 404


async def test_a_stopping_server_completes_what_was_cut() -> None:
    with serving(ServerConfig(port=0)) as server:
        async with realtime(server, max_queue=None) as peer:
            await peer.append(at_24k(read("mandarin")))
        server.stop()
        await server.emptied()
