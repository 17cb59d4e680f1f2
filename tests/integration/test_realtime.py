"""OpenAI's Realtime transcription over real sockets with the real model, frame by frame."""

import asyncio
import base64
import json
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Any

import httpx
import pytest
import soxr
from websockets.exceptions import InvalidStatus

from tests.doubles import Gate
from tests.realtime import COMMITTED, COMPLETED, DELTA, ENTITIES, RealtimePeer, at_24k, g711, realtime
from tests.serving import RunningServer, read, sentences, serving, transcribe
from theresa_protocol.limits import Limits
from theresa_protocol.messages import Final
from theresa_server.serving.admission import Policy
from theresa_server.serving.config import ServerConfig
from theresa_server.speech.units import separator

RECORDINGS = pytest.mark.parametrize("name", ["english", "mandarin", "both"])
SECOND = 16_000


def alike(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


def said(name: str) -> str:
    """What is said in a recording, as one text."""
    text = ""
    for sentence in sentences(name):
        text += separator(text, sentence) + sentence
    return text


async def one_item(peer: RealtimePeer, audio: bytes) -> str:
    """What is said in audio that is committed as a whole."""
    await peer.append(audio)
    await peer.commit()
    transcript: str = (await peer.hear(COMPLETED))["transcript"]
    return transcript


# --- turns ---------------------------------------------------------------------------------------------------------


@RECORDINGS
async def test_all_that_is_committed_becomes_one_item(server: RunningServer, name: str) -> None:
    async with realtime(server) as peer:
        await peer.update(turn_detection=None)
        transcript = await one_item(peer, at_24k(read(name)))
    assert alike(transcript, said(name)) > 0.85


@pytest.mark.slow
@RECORDINGS
async def test_the_deltas_of_live_speech_add_up_to_the_transcript(server: RunningServer, name: str) -> None:
    async with realtime(server, max_queue=None) as peer:
        await peer.update(turn_detection=None)
        await peer.talk(at_24k(read(name)[: 7 * SECOND]), speed=4)
        await peer.hear(DELTA)
        await peer.commit()
        completed = await peer.hear(COMPLETED)
    assert peer.told(completed["item_id"]) == completed["transcript"]
    assert peer.all(DELTA, COMMITTED)[0]["type"] == DELTA


@pytest.mark.parametrize("name", ["english", "mandarin"])
async def test_detected_turns_are_the_segments_of_the_native_protocol(server: RunningServer, name: str) -> None:
    finals = (await transcribe(server, read(name))).all(Final)
    async with realtime(server) as peer:
        await peer.append(at_24k(read(name)))
        await peer.commit()
        while len(peer.all(COMPLETED)) < len(finals):
            await peer.hear(COMPLETED)
    transcripts = [event["transcript"] for event in peer.all(COMPLETED)]
    assert all(alike(one, final.text) > 0.8 for one, final in zip(transcripts, finals, strict=True))


async def test_a_detected_turn_is_told_in_the_order_of_openai(server: RunningServer) -> None:
    first = (await transcribe(server, read("english"))).all(Final)[0]
    async with realtime(server) as peer:
        await peer.append(at_24k(read("english")[: (first.end_ms + 600) * 16]))
        await peer.hear(COMPLETED)
    without_deltas = [event["type"] for event in peer.events if event["type"] != DELTA]
    assert without_deltas == [
        "session.created",
        "input_audio_buffer.speech_started",
        "input_audio_buffer.speech_stopped",
        "input_audio_buffer.committed",
        "conversation.item.added",
        "conversation.item.done",
        "conversation.item.input_audio_transcription.completed",
    ]


async def test_the_last_words_are_not_lost_without_silence_behind_them(server: RunningServer) -> None:
    first = (await transcribe(server, read("mandarin"))).all(Final)[0]
    async with realtime(server) as peer:
        transcript = await one_item(peer, at_24k(read("mandarin")[: (first.end_ms - 300) * 16]))
    assert alike(transcript, first.text) > 0.7


async def test_each_commit_is_an_item_with_its_own_words(server: RunningServer) -> None:
    async with realtime(server) as peer:
        await peer.update(turn_detection=None)
        texts = [await one_item(peer, at_24k(read(name))) for name in ("english", "mandarin")]
    assert [alike(text, said(name)) > 0.85 for text, name in zip(texts, ("english", "mandarin"), strict=True)] == [
        True
    ] * 2
    one, two = peer.all(COMMITTED)
    assert (one["previous_item_id"], two["previous_item_id"]) == (None, one["item_id"])


async def test_what_was_cleared_is_not_in_the_next_item(server: RunningServer) -> None:
    async with realtime(server) as peer:
        await peer.update(turn_detection=None)
        await peer.append(at_24k(read("english")))
        await peer.send("input_audio_buffer.clear")
        await peer.hear("input_audio_buffer.cleared")
        transcript = await one_item(peer, at_24k(read("mandarin")))
    assert alike(transcript, said("mandarin")) > 0.85


async def test_silence_that_is_committed_is_an_item_without_text(server: RunningServer) -> None:
    async with realtime(server) as peer:
        await peer.update(turn_detection=None)
        assert await one_item(peer, bytes(48_000)) == ""
    assert peer.all(COMPLETED)[0]["usage"] == {"type": "duration", "seconds": 1.0}


# --- what is sent --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["english", "mandarin"])
@pytest.mark.parametrize(
    ("audio_format", "encode"),
    [
        ({"type": "audio/pcmu"}, lambda pcm: g711(pcm, "ULAW")),
        ({"type": "audio/pcma"}, lambda pcm: g711(pcm, "ALAW")),
        ({"type": "audio/pcm", "rate": 16_000}, lambda pcm: pcm.tobytes()),
        ({"type": "audio/pcm", "rate": 48_000}, lambda pcm: soxr.resample(pcm, 16_000, 48_000).tobytes()),
    ],
    ids=["mulaw", "alaw", "16k", "48k"],
)
async def test_every_format_says_the_same(server: RunningServer, name: str, audio_format: Any, encode: Any) -> None:
    async with realtime(server) as peer:
        await peer.update(format=audio_format, turn_detection=None)
        transcript = await one_item(peer, encode(read(name)))
    assert alike(transcript, said(name)) > 0.7


async def test_the_language_may_change_between_two_turns(server: RunningServer) -> None:
    async with realtime(server) as peer:
        await peer.update(turn_detection=None, transcription={"language": "en"})
        await one_item(peer, at_24k(read("english")))
        await peer.update(transcription={"language": "zh"})
        transcript = await one_item(peer, at_24k(read("mandarin")))
    assert alike(transcript, said("mandarin")) > 0.85


async def test_clients_of_the_beta_are_told_in_its_shape(server: RunningServer) -> None:
    async with realtime(server, "?intent=transcription", additional_headers={"OpenAI-Beta": "realtime=v1"}) as peer:
        await peer.send(
            "transcription_session.update",
            session={
                "input_audio_format": "g711_ulaw",
                "turn_detection": None,
                "input_audio_transcription": {"language": "zh"},
            },
        )
        transcript = await one_item(peer, g711(read("mandarin"), "ULAW"))
    assert alike(transcript, said("mandarin")) > 0.7
    assert [event["type"] for event in peer.events if event["type"] != DELTA] == [
        "transcription_session.created",
        "transcription_session.updated",
        "input_audio_buffer.committed",
        "conversation.item.created",
        "conversation.item.input_audio_transcription.completed",
    ]


async def test_mistakes_keep_the_session(server: RunningServer) -> None:
    async with realtime(server) as peer:
        await peer.update(turn_detection=None)
        await peer.socket.send("not json")
        await peer.socket.send(b"\x00\x01")
        await peer.send("response.create", event_id="mine")
        await peer.send("input_audio_buffer.append", audio="***")
        await peer.commit()
        assert await one_item(peer, at_24k(read("mandarin")))
    errors = [event["error"] for event in peer.all("error")]
    assert [(error["code"], error["event_id"]) for error in errors] == [
        ("bad_json", None),
        ("unexpected_message", None),
        ("not_supported", "mine"),
        ("bad_audio_format", None),
        ("input_audio_buffer_commit_empty", None),
    ]


# --- entities ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def knowing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server that knows some names."""
    lexicon = tmp_path_factory.mktemp("lexicon") / "names.txt"
    lexicon.write_text("Shanghai\tLOCATION\n深圳\tLOCATION\n", encoding="utf-8")
    with serving(ServerConfig(port=0, lexicon=lexicon)) as server:
        yield server


async def test_entities_are_told_to_those_who_ask_for_them(knowing: RunningServer) -> None:
    async with realtime(knowing) as peer:
        await peer.send(
            "session.update", session={"include": ["theresa.entities"], "audio": {"input": {"turn_detection": None}}}
        )
        transcript = await one_item(peer, at_24k(read("both")))
        while len(found := [item for event in peer.all(ENTITIES) if event["final"] for item in event["entities"]]) < 2:
            await peer.hear(ENTITIES)
    assert [transcript[item["from"] : item["to"]] for item in found] == ["Shanghai", "深圳"]
    assert {event["item_id"] for event in peer.all(ENTITIES)} == {peer.all(COMPLETED)[0]["item_id"]}


async def test_entities_are_told_to_nobody_else(knowing: RunningServer) -> None:
    async with realtime(knowing) as peer:
        await peer.update(turn_detection=None)
        await one_item(peer, at_24k(read("both")))
        await one_item(peer, bytes(48_000))
    assert not peer.all(ENTITIES)


# --- handshakes ----------------------------------------------------------------------------------------------------


async def refused(server: RunningServer, query: str = "", **options: Any) -> tuple[int, str, str | None]:
    with pytest.raises(InvalidStatus) as caught:
        async with realtime(server, query, **options):
            pass
    response = caught.value.response
    return response.status_code, json.loads(response.body)["error"]["code"], response.headers.get("Retry-After")


async def test_a_browser_shows_its_key_by_a_subprotocol() -> None:
    with serving(ServerConfig(port=0, policy=Policy(api_keys=("secret",)))) as server:
        assert (await refused(server))[:2] == (401, "unauthorized")
        assert (await refused(server, subprotocols=["realtime", "openai-insecure-api-key.wrong"]))[0] == 401
        offered = ["realtime", "openai-insecure-api-key.secret", "openai-beta.realtime-v1"]
        async with realtime(server, subprotocols=offered) as peer:
            await peer.hear("transcription_session.created")
            assert peer.socket.subprotocol == "realtime"


async def test_an_unknown_subprotocol_is_refused(server: RunningServer) -> None:
    assert (await refused(server, subprotocols=["other"]))[:2] == (400, "unknown_subprotocol")


async def test_an_unknown_model_is_refused(server: RunningServer) -> None:
    assert (await refused(server, "?model=unheard-of"))[:2] == (404, "model_not_found")


async def test_a_foreign_page_is_refused(server: RunningServer) -> None:
    assert (await refused(server, origin="https://evil.example"))[:2] == (403, "bad_origin")


@pytest.mark.parametrize("query", ["", "?model=demo", "?model=whisper-1", "?model=gpt-4o-transcribe"])
async def test_a_name_of_openai_means_the_default(server: RunningServer, query: str) -> None:
    async with realtime(server, query) as peer:
        created = await peer.hear("session.created")
    assert created["session"]["audio"]["input"]["transcription"]["model"] == "demo"


async def test_a_full_server_says_when_to_come_back() -> None:
    with serving(ServerConfig(port=0, policy=Policy(max_sessions=1))) as server:
        async with realtime(server) as peer:
            await peer.hear("session.created")
            assert await refused(server) == (503, "overloaded", "5")
        await server.emptied()
        async with realtime(server) as peer:
            await peer.hear("session.created")


async def test_a_plain_request_is_told_why_a_handshake_would_be_refused(server: RunningServer) -> None:
    async with httpx.AsyncClient(trust_env=False, timeout=60) as browser:
        unknown = await browser.get(f"{server.http}/v1/realtime?model=unheard-of")
        let_in = await browser.get(f"{server.http}/v1/realtime")
        listed = await browser.get(f"{server.http}/v1/models/unheard-of")
    assert (unknown.status_code, let_in.status_code) == (404, 426)
    assert unknown.json() == listed.json()


# --- how it ends ---------------------------------------------------------------------------------------------------


async def test_a_stopping_server_finishes_what_was_said() -> None:
    with serving(ServerConfig(port=0, drain_s=0)) as server:
        async with realtime(server) as peer:
            await peer.update(turn_detection=None)
            await peer.append(at_24k(read("mandarin")))
            await peer.hear(DELTA)
            server.stop()
            assert await peer.goodbye() == (1012, "going_away")
    (completed,) = peer.all(COMPLETED)
    assert peer.told(completed["item_id"]) == completed["transcript"] != ""
    assert [event["type"] for event in peer.events[-2:]] == [COMPLETED, "error"]


async def test_a_stopping_server_waits_for_no_audio() -> None:
    with serving(ServerConfig(port=0, drain_s=0)) as server:
        async with realtime(server) as peer:
            await peer.hear("session.created")
            server.stop()
            assert await peer.goodbye() == (1012, "going_away")


async def test_a_session_that_begins_while_the_server_stops_is_waited_for() -> None:
    with serving(ServerConfig(port=0, drain_s=30)) as server:
        async with realtime(server) as peer:
            await peer.update(turn_detection=None)
            await peer.hear("session.updated")
            server.stop()
            async with asyncio.timeout(30), httpx.AsyncClient(trust_env=False) as http:
                while (await http.get(f"{server.http}/readyz")).status_code != 503:
                    pass  # it has not heard of it yet
            assert alike(await one_item(peer, at_24k(read("english"))), said("english")) > 0.85


async def test_all_audio_may_come_in_one_event(server: RunningServer) -> None:
    audio = at_24k(read("mandarin"))[: 48_000 * 12]
    async with realtime(server) as peer:
        await peer.update(turn_detection=None)
        await peer.send("input_audio_buffer.append", audio=base64.b64encode(audio).decode())
        await peer.commit()
        assert (await peer.hear(COMPLETED))["transcript"].startswith(sentences("mandarin")[0])


async def test_a_frame_over_the_limit_closes_the_connection(server: RunningServer) -> None:
    async with realtime(server) as peer:
        await peer.send("input_audio_buffer.append", audio="A" * 2**20)
        assert (await peer.goodbye())[0] == 1009


async def test_too_much_audio_ends_a_session_with_its_last_words() -> None:
    with serving(ServerConfig(port=0, limits=Limits(max_session_ms=4_000))) as server:
        async with realtime(server) as peer:
            await peer.append(at_24k(read("english")))
            assert await peer.goodbye() == (4413, "session_too_long")
    assert peer.all(COMPLETED)
    assert peer.events[-1]["error"]["type"] == "invalid_request_error"


async def test_an_item_is_told_of_when_the_model_fails() -> None:
    model = Gate()
    model.breaks_on = range(30 * SECOND)
    model.opened.set()
    with serving(load=lambda _: model) as server:
        async with realtime(server) as peer:
            await peer.update(turn_detection=None, format={"type": "audio/pcm", "rate": 16_000})
            await peer.append(read("english")[SECOND // 2 : SECOND * 3 // 2].tobytes())
            await peer.commit()
            await peer.goodbye()
    failed = peer.all("conversation.item.input_audio_transcription.failed")
    assert [event["item_id"] for event in failed] == [peer.all(COMMITTED)[0]["item_id"]]


@pytest.mark.slow
async def test_a_client_that_never_reads_is_not_read_any_more() -> None:
    """What it sends is answered; nothing heaps up but what the sockets hold, until its time is over."""
    with serving(ServerConfig(port=0, limits=Limits(idle_timeout_ms=500))) as server:
        async with realtime(server, max_queue=1) as peer:
            async with asyncio.timeout(30):
                while peer.socket.close_code is None and peer.socket.state.name == "OPEN":
                    await peer.update(transcription={"prompt": "x" * 2_000})
        await server.emptied()
