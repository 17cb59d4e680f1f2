"""Recordings over HTTP, by OpenAI's own client, on the demo model."""

import io
import json
from collections.abc import Iterator
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import av
import httpx
import openai
import pytest

from tests.demo_copy import demo_copy
from tests.formats import FORMATS, encode
from tests.serving import SAMPLES, RunningServer, read, sentences, serving, transcribe
from theresa_protocol.messages import Entities, EntitiesRequest, Start
from theresa_server.engine.whisper.options import EngineOptions
from theresa_server.serving.config import ServerConfig
from theresa_server.speech.units import separator

LANGUAGES = {"english": "en", "mandarin": "zh"}
TERMS = "Acme Corporation\tORGANIZATION\n王小明\tPERSON\n北京\tLOCATION\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    lexicon = tmp_path_factory.mktemp("files") / "terms.txt"
    lexicon.write_text(TERMS, encoding="utf-8")
    with serving(ServerConfig(port=0, lexicon=lexicon)) as running:
        yield running


@pytest.fixture(scope="module")
def client(server: RunningServer) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{server.http}/v1", api_key="any", max_retries=0, timeout=60) as made:
        yield made


def sample(name: str) -> Path:
    return SAMPLES / f"{name}.flac"


def text_of(name: str) -> str:
    whole = ""
    for sentence in sentences(name):
        whole += separator(whole, sentence) + sentence
    return whole


@pytest.mark.parametrize("name", ["english", "mandarin", "both"])
def test_a_recording_becomes_its_text(client: openai.OpenAI, name: str) -> None:
    heard = client.audio.transcriptions.create(model="whisper-1", file=sample(name))
    assert heard.text == text_of(name)


@pytest.mark.parametrize("name", LANGUAGES)
@pytest.mark.parametrize("suffix", FORMATS)
def test_the_format_of_the_file_makes_no_difference(client: openai.OpenAI, name: str, suffix: str) -> None:
    file = (f"录音.{suffix}", encode(read(name), suffix))
    heard = client.audio.transcriptions.create(model="demo", file=file, language=LANGUAGES[name])
    # What a codec leaves out may cost a word.
    assert SequenceMatcher(None, heard.text, text_of(name), autojunk=False).ratio() > 0.9


def test_the_usage_is_the_length_of_the_recording(client: openai.OpenAI) -> None:
    heard = client.audio.transcriptions.create(model="whisper-1", file=sample("english"))
    assert heard.usage is not None
    assert (heard.usage.type, heard.usage.seconds) == ("duration", 20)


@pytest.mark.parametrize("name", LANGUAGES)
def test_text_is_bare(client: openai.OpenAI, name: str) -> None:
    heard = client.audio.transcriptions.create(model="whisper-1", file=sample(name), response_format="text")
    assert heard == text_of(name) + "\n"


@pytest.mark.parametrize("format_", ["srt", "vtt"])
@pytest.mark.parametrize("name", LANGUAGES)
def test_subtitles_are_read_by_another_program(client: openai.OpenAI, name: str, format_: Any) -> None:
    subtitles = client.audio.transcriptions.create(model="whisper-1", file=sample(name), response_format=format_)
    with av.open(io.BytesIO(str(subtitles).encode()), format={"vtt": "webvtt"}.get(format_, format_)) as container:
        cues = [packet for packet in container.demux(subtitles=0) if packet.size]
    said = "".join(bytes(cue).decode() for cue in cues)
    assert "".join(said.split()) == "".join(text_of(name).split())
    assert all(cue.pts is not None and cue.duration for cue in cues)


@pytest.mark.parametrize("name", LANGUAGES)
def test_verbose_json_has_words_and_segments(client: openai.OpenAI, name: str) -> None:
    heard = client.audio.transcriptions.create(
        model="whisper-1",
        file=sample(name),
        response_format="verbose_json",
        timestamp_granularities=["word", "segment"],
    )
    assert (heard.text, heard.language) == (text_of(name), {"english": "english", "mandarin": "chinese"}[name])
    assert heard.segments is not None
    assert heard.words is not None
    assert [segment.text.strip() for segment in heard.segments] == sentences(name)
    assert "".join(word.word for word in heard.words) == text_of(name).replace(" ", "")
    assert all(segment.tokens for segment in heard.segments)
    assert all(one.start <= one.end <= heard.duration for one in (*heard.words, *heard.segments))


def test_a_prompt_a_temperature_and_a_strategy_are_taken(client: openai.OpenAI) -> None:
    heard = client.audio.transcriptions.create(
        model="whisper-1",
        file=sample("mandarin"),
        language="zh",
        prompt="你好。",
        temperature=0.2,
        response_format="verbose_json",
        chunking_strategy={"type": "server_vad", "silence_duration_ms": 700},
    )
    assert heard.segments is not None
    assert {segment.temperature for segment in heard.segments} <= {0.2, 0.4, 0.6, 0.8, 1.0}
    assert heard.text


@pytest.mark.parametrize("name", ["english", "mandarin", "both"])
def test_a_stream_grows_to_the_text(client: openai.OpenAI, name: str) -> None:
    with client.audio.transcriptions.create(model="whisper-1", file=sample(name), stream=True) as stream:
        *deltas, last = stream
    assert "".join(event.delta for event in deltas if event.type == "transcript.text.delta") == text_of(name)
    assert last.type == "transcript.text.done"
    assert last.text == text_of(name)


def test_a_stream_is_framed_as_events(server: RunningServer) -> None:
    files = {"file": ("a.flac", sample("both").read_bytes())}
    with httpx.stream(
        "POST", f"{server.http}/v1/audio/transcriptions", files=files, data={"stream": "true"}, timeout=60
    ) as answer:
        raw = answer.read()
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert (answer.headers["cache-control"], answer.headers["x-accel-buffering"]) == ("no-store", "no")
    *events, end = raw.decode().split("\n\n")
    assert end == ""
    assert all(event.startswith("data: {") and "\n" not in event for event in events)
    assert [json.loads(event[6:])["delta"].strip() for event in events[:-1]] == sentences("both")


async def test_entities_are_those_of_a_live_session(server: RunningServer) -> None:
    live = await transcribe(server, read("both"), Start(entities=EntitiesRequest()))
    async with openai.AsyncOpenAI(base_url=f"{server.http}/v1", api_key="any", max_retries=0) as client:
        heard = await client.audio.transcriptions.create(
            model="whisper-1", file=sample("both").read_bytes(), extra_body={"entities": True}
        )
    assert heard.model_extra is not None
    found = heard.model_extra["entities"]
    spoken = [item for message in live.all(Entities) if message.final for item in message.items]
    assert [(item["id"], item["label"], item["text"]) for item in found] == [
        (item.id, item.label, item.text) for item in spoken
    ]
    assert all(heard.text[item["from"] : item["to"]] == item["text"] for item in found)


def test_entities_come_with_a_stream(client: openai.OpenAI) -> None:
    with client.audio.transcriptions.create(
        model="whisper-1", file=sample("mandarin"), stream=True, extra_body={"entities": {"labels": ["PERSON"]}}
    ) as stream:
        events = [event.to_dict() for event in stream]
    told = [item for event in events if event["type"] == "theresa.entities" for item in event["entities"]]
    assert [item["text"] for item in told] == ["王小明"]
    assert events[-1]["entities"] == told


def test_terms_of_ones_own_are_found(client: openai.OpenAI) -> None:
    terms = json.dumps({"terms": [{"text": "Alice Johnson", "label": "PERSON"}]})
    heard = client.audio.transcriptions.create(
        model="whisper-1", file=sample("english"), extra_body={"entities": terms}
    )
    assert heard.model_extra is not None
    assert [item["text"] for item in heard.model_extra["entities"]] == ["Alice Johnson", "Acme Corporation"]


def test_a_model_goes_by_its_own_name_or_that_of_openais(client: openai.OpenAI) -> None:
    for model in ("demo", "whisper-1"):
        assert client.audio.transcriptions.create(model=model, file=sample("english")).text


def test_a_recording_that_is_spooled_to_the_disk_is_the_same(client: openai.OpenAI) -> None:
    long = encode(read("both"), "wav") + bytes(2_000_000)  # behind the sound, as tags are
    assert client.audio.transcriptions.create(model="whisper-1", file=("a.wav", long)).text == text_of("both")


def test_the_model_that_is_named_is_used(tmp_path: Path) -> None:
    whisper = demo_copy(tmp_path, "whisper-1", languages=["zh"])
    engines = (EngineOptions(model="demo", workers=1), EngineOptions(model=str(whisper), workers=1))
    with (
        serving(ServerConfig(port=0, engines=engines)) as running,
        openai.OpenAI(base_url=f"{running.http}/v1", api_key="any", max_retries=0) as client,
    ):
        create = client.audio.transcriptions.create
        assert create(model="demo", file=sample("english"), language="en").text == text_of("english")
        assert create(model="whisper-1", file=sample("mandarin")).text == text_of("mandarin")
        with pytest.raises(openai.BadRequestError, match="does not support language 'en'"):
            create(model="whisper-1", file=sample("english"), language="en")
