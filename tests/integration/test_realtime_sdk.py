"""OpenAI's own Python client at the Realtime endpoint."""

import asyncio
from collections.abc import AsyncIterator
from difflib import SequenceMatcher
from typing import Any

import httpx
import pytest
from openai import AsyncOpenAI

from tests.realtime import COMPLETED, DELTA, at_24k, frames, g711
from tests.serving import TIMEOUT_S, RunningServer, read, sentences

pytestmark = pytest.mark.slow


LANGUAGES = pytest.mark.parametrize("name", ["english", "mandarin"])


@pytest.fixture
async def client(server: RunningServer) -> AsyncIterator[AsyncOpenAI]:
    """The client, told where our server is as its users do it."""
    base = f"{server.http}/v1"
    async with AsyncOpenAI(
        api_key="unused",
        base_url=base,
        websocket_base_url=base.replace("http", "ws"),
        http_client=httpx.AsyncClient(trust_env=False, timeout=60),
    ) as client:
        yield client


async def until(connection: Any, type_: str) -> list[Any]:
    """All events up to the first one of a type."""
    events: list[Any] = []
    async with asyncio.timeout(TIMEOUT_S):
        while not events or events[-1].type != type_:
            events.append(await connection.recv())
    return events


def alike(text: str, name: str) -> float:
    return SequenceMatcher(None, text, " ".join(sentences(name)), autojunk=False).ratio()


@LANGUAGES
async def test_a_recording_comes_back_as_text(client: AsyncOpenAI, name: str) -> None:
    async with client.realtime.connect(extra_query={"intent": "transcription"}) as connection:
        await connection.session.update(
            session={
                "type": "transcription",
                "audio": {
                    "input": {
                        "format": {"type": "audio/pcm", "rate": 24_000},
                        "transcription": {"model": "gpt-4o-transcribe"},
                        "turn_detection": None,
                    }
                },
            }
        )
        for frame in frames(at_24k(read(name))):
            await connection.input_audio_buffer.append(audio=frame)
        await connection.input_audio_buffer.commit()
        events = await until(connection, COMPLETED)
    assert alike(events[-1].transcript, name) > 0.8
    assert "".join(event.delta for event in events if event.type == DELTA) == events[-1].transcript


async def test_every_event_is_one_that_the_client_knows(client: AsyncOpenAI) -> None:
    async with client.realtime.connect(model="whisper-1") as connection:
        for frame in frames(at_24k(read("english"))):
            await connection.input_audio_buffer.append(audio=frame)
        await connection.input_audio_buffer.commit()
        await connection.response.create()
        events = [*await until(connection, "error"), *await until(connection, COMPLETED)]
    for event in events:
        type(event).model_validate(event.model_dump(mode="json"), strict=False)
        assert not event.model_extra


async def test_silence_ends_turns(client: AsyncOpenAI) -> None:
    async with client.realtime.connect(websocket_connection_options={"max_queue": None}) as connection:
        await connection.session.update(
            session={
                "type": "transcription",
                "audio": {"input": {"turn_detection": {"type": "server_vad", "silence_duration_ms": 200}}},
            }
        )
        for frame in frames(at_24k(read("mandarin"))):
            await connection.input_audio_buffer.append(audio=frame)
        stopped = (await until(connection, "input_audio_buffer.speech_stopped"))[-1]
        completed = (await until(connection, COMPLETED))[-1]
    assert completed.item_id == stopped.item_id
    assert completed.transcript


async def test_a_mistake_of_the_client_comes_back_with_its_id(client: AsyncOpenAI) -> None:
    async with client.realtime.connect() as connection:
        await connection.input_audio_buffer.commit(event_id="mine")
        error = (await until(connection, "error"))[-1].error
    assert (error.code, error.event_id) == ("input_audio_buffer_commit_empty", "mine")


@LANGUAGES
async def test_the_beta_of_the_client_is_served(client: AsyncOpenAI, name: str) -> None:
    async with client.beta.realtime.connect(model="whisper-1", extra_query={"intent": "transcription"}) as connection:
        await connection.transcription_session.update(
            session={"input_audio_format": "g711_alaw", "turn_detection": None}  # type: ignore[typeddict-item]
        )
        for frame in frames(g711(read(name), "ALAW")):
            await connection.input_audio_buffer.append(audio=frame)
        await connection.input_audio_buffer.commit()
        events = await until(connection, COMPLETED)
    assert events[0].type == "transcription_session.created"
    assert alike(events[-1].transcript, name) > 0.7
