"""``POST /invocations`` over a real socket, with the entity model that ships."""

import asyncio
import base64
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.serving import RunningServer, serving, skip_without
from theresa_protocol.limits import Limits
from theresa_server.entities.ports import Annotation, EntityError
from theresa_server.entities.service import EntityService
from theresa_server.serving import startup
from theresa_server.serving.admission import Policy
from theresa_server.serving.config import ServerConfig

skip_without("hanlp")
pytestmark = pytest.mark.slow

SCRIPTED = (sys.executable, "-m", "tests.scripted_worker")

SEED = {
    "dataframe_split": {
        "columns": ["text"],
        "data": [["我爱中国"], ["米哈游成立于2011年,致力于为用户提供美好的、超出预期的产品与内容。"]],
    }
}


@pytest.fixture(scope="module")
def server(entity_server: RunningServer) -> RunningServer:
    return entity_server


def post(server: RunningServer, body: Any = None, **options: Any) -> httpx.Response:
    return httpx.post(f"{server.server.url}/invocations", json=body, timeout=60, **options)


def found(answer: httpx.Response) -> list[list[tuple[str, str]]]:
    assert answer.status_code == 200, answer.text
    return [[(item["text"], item["label"]) for item in row] for row in answer.json()["predictions"]]


def test_entities_are_found_in_each_row(server: RunningServer) -> None:
    assert found(post(server, SEED)) == [
        [("中国", "LOCATION")],
        [("米哈游", "ORGANIZATION"), ("2011年", "DATE")],
    ]


def test_csv_is_taken(server: RunningServer) -> None:
    answer = post(server, content="text\n我爱中国\nHello.\n".encode(), headers={"Content-Type": "text/csv"})

    assert found(answer) == [[("中国", "LOCATION")], []]


def test_only_the_labels_asked_for_come(server: RunningServer) -> None:
    body = {"inputs": ["Alice Johnson works for Acme Corporation in London."], "params": {"labels": ["LOCATION"]}}

    assert found(post(server, body)) == [[("London", "LOCATION")]]


def test_an_offset_points_at_the_text(server: RunningServer) -> None:
    text = "👍🏽 Alice Johnson 住在 London。"

    (row,) = post(server, {"inputs": [text]}).json()["predictions"]

    assert row
    assert all(text[item["from"] : item["to"]] == item["text"] for item in row)


def test_tokens_are_the_pieces_of_the_text(server: RunningServer) -> None:
    answer = post(server, {"inputs": ["我爱 London"], "params": {"output": "tokens"}})

    assert answer.json() == {"predictions": [["我", "爱", "London"]]}


def test_a_thousand_rows_are_answered_in_their_order(server: RunningServer) -> None:
    rows = [f"{number}年" for number in range(1000, 2000)]

    answer = post(server, {"inputs": rows, "params": {"output": "tokens"}})

    assert [tokens[0] for tokens in answer.json()["predictions"]] == [str(number) for number in range(1000, 2000)]


def test_a_long_text_is_searched_to_its_end(server: RunningServer) -> None:
    text = "今天天气很好。" * 400 + "我爱中国。"

    assert ("中国", "LOCATION") in found(post(server, {"inputs": [text]}))[0]


SAMPLES = Path(__file__).parents[2] / "server" / "theresa_server" / "assets" / "samples"


def audio(data: bytes, **params: Any) -> dict[str, Any]:
    return {"inputs": [{"audio": base64.b64encode(data).decode()}], "params": params}


@pytest.mark.parametrize("language", ["english", "mandarin"])
def test_a_recording_is_transcribed_with_its_entities(server: RunningServer, language: str) -> None:
    said = next(one for one in json.loads((SAMPLES / "samples.json").read_bytes()) if one["file"] == f"{language}.flac")

    (answer,) = post(server, audio((SAMPLES / f"{language}.flac").read_bytes())).json()["predictions"]

    assert [part["text"] for part in answer["segments"]] == [sentence["text"] for sentence in said["sentences"]]
    assert all(0 <= item["start_ms"] <= item["end_ms"] <= said["duration_ms"] for item in answer["entities"])
    assert {item["label"] for item in answer["entities"]} >= {"PERSON", "ORGANIZATION", "LOCATION"}


def test_words_come_with_their_times_where_asked_for(server: RunningServer) -> None:
    body = audio((SAMPLES / "english.flac").read_bytes(), words=True, language="en")

    (answer,) = post(server, body).json()["predictions"]

    assert [word["text"] for word in answer["segments"][0]["words"]] == ["Good", "morning."]


@pytest.mark.parametrize(
    ("data", "sentence"), [(b"", "The recording is empty."), (b"RIFFnothing", "not a recording that can be decoded")]
)
def test_what_is_no_recording_is_one_sentence(server: RunningServer, data: bytes, sentence: str) -> None:
    answer = post(server, audio(data))

    assert answer.status_code == 400
    assert sentence in answer.json()["message"]


def test_a_language_that_the_model_does_not_know_is_refused(server: RunningServer) -> None:
    answer = post(server, audio(b"RIFF", language="xx"))

    assert answer.status_code == 400
    assert "does not support the language 'xx'" in answer.json()["message"]


def test_a_graph_needs_a_model_with_roles(server: RunningServer) -> None:
    answer = post(server, SEED | {"params": {"output": "graph"}})

    assert answer.status_code == 400
    assert "semantic role labelling" in answer.json()["message"]


@pytest.mark.parametrize(
    ("content", "content_type", "status"),
    [(b"{", "application/json", 400), (b"{}", "application/json", 400), (b"hello", "text/plain", 415)],
)
def test_bad_input_is_answered_without_a_trace(
    server: RunningServer, content: bytes, content_type: str, status: int
) -> None:
    answer = post(server, content=content, headers={"Content-Type": content_type})

    assert answer.status_code == status
    assert set(answer.json()) == {"error_code", "message"}
    assert answer.json()["error_code"] == "BAD_REQUEST"
    assert "Traceback" not in answer.text


def test_a_body_that_is_too_long_is_refused(server: RunningServer) -> None:
    answer = post(server, content=b" " * (33 * 1024 * 1024), headers={"Content-Type": "application/json"})

    assert answer.status_code == 413


async def test_a_client_that_sends_nothing_is_given_up() -> None:
    with serving(ServerConfig(port=0, limits=Limits(idle_timeout_ms=200))) as impatient:
        host, port = impatient.http.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"POST /invocations HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n{")
        async with asyncio.timeout(30):
            assert (await reader.readline()).startswith(b"HTTP/1.1 408 ")
        writer.close()
        await writer.wait_closed()


def test_rows_are_answered_though_the_worker_was_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(startup, "EntityService", lambda _, *rest: EntityService(SCRIPTED, *rest))
    with serving(ServerConfig(port=0, entities="demo")) as server:
        entities = server.server.service.entities
        assert entities is not None
        assert entities.worker_pid is not None
        os.kill(entities.worker_pid, signal.SIGKILL)

        assert found(post(server, {"inputs": ["我爱 BOB"]})) == [[("BOB", "TERM")]]


def test_without_entities_it_says_how_to_have_them() -> None:
    with serving(ServerConfig(port=0)) as server:
        answer = post(server, SEED)

    assert answer.status_code == 501
    assert "--entities" in answer.json()["message"]


def test_a_key_is_needed_where_there_are_keys() -> None:
    with serving(ServerConfig(port=0, policy=Policy(api_keys=("secret",)))) as server:
        without = post(server, SEED)
        with_key = post(server, SEED, headers={"Authorization": "Bearer secret"})

    assert without.status_code == 401
    assert with_key.status_code == 501


def test_a_page_of_somebody_else_may_not_ask(server: RunningServer) -> None:
    assert post(server, SEED, headers={"Origin": "http://elsewhere.example"}).status_code == 403


def test_a_recording_whose_entities_cannot_be_had_is_to_be_tried_again(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> Annotation:
        raise EntityError("The entity recogniser is not responding.")

    assert server.server.service.entities is not None
    monkeypatch.setattr(server.server.service.entities, "find", fail)

    answer = post(server, audio((SAMPLES / "mandarin.flac").read_bytes()))

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert answer.json()["message"] == "The entity recogniser is not responding."
