"""Several models in one server: the demo model, and a copy of it that knows Mandarin alone."""

import asyncio
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.demo_copy import demo_copy
from tests.doubles import Busy, Gate
from tests.serving import RunningServer, calling, process, read, sentences, serving, transcribe
from theresa_client import Refused, connect, connect_resuming
from theresa_protocol.messages import End, ErrorMessage, Final, ResumeRequest, Speech, Start, Started
from theresa_server.app import Server
from theresa_server.engine.whisper.options import EngineOptions
from theresa_server.engine.whisper.resolving import resolve_model
from theresa_server.engine.whisper.transcriber import WhisperTranscriber
from theresa_server.serving.admission import Policy
from theresa_server.serving.config import ServerConfig
from theresa_server.speech.recognition import ModelError, Transcriber

MANDARIN = sentences("mandarin")
ENGLISH = sentences("english")


@pytest.fixture(scope="module")
def wards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a model of the name 'wards'."""
    return demo_copy(tmp_path_factory.mktemp("models"), "wards", languages=["zh"])


@pytest.fixture(scope="module")
def server(wards: Path) -> Iterator[RunningServer]:
    engines = (EngineOptions(model="demo", workers=1), EngineOptions(model=str(wards), workers=1))
    with serving(ServerConfig(port=0, engines=engines)) as running:
        yield running


async def get(server: RunningServer, path: str, **headers: str) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
        return await client.get(server.http + path, headers=headers)


async def test_sessions_on_two_models_are_served_side_by_side(server: RunningServer) -> None:
    async with asyncio.TaskGroup() as group:
        english = group.create_task(transcribe(server, read("english"), Start(model="demo")))
        mandarin = group.create_task(transcribe(server, read("mandarin"), Start(model="wards")))

    assert [final.text for final in english.result().all(Final)] == ENGLISH
    assert [final.text for final in mandarin.result().all(Final)] == MANDARIN
    assert [peer.result().all(Started)[0].models.transcriber for peer in (english, mandarin)] == ["demo", "wards"]


async def test_a_session_knows_the_languages_of_its_own_model(server: RunningServer) -> None:
    async with calling(server) as peer:
        await peer.say(Start(model="wards", language="en"))
        assert await peer.goodbye() == (4400, "unknown_language")


async def test_who_names_no_model_gets_the_first(server: RunningServer) -> None:
    async with calling(server) as peer:
        await peer.say(Start())
        assert (await peer.hear(Started)).models.transcriber == "demo"


async def test_an_unknown_model_is_refused_with_those_that_are_here(server: RunningServer) -> None:
    async with calling(server) as peer:
        await peer.say(Start(model="large"))
        assert await peer.goodbye() == (4404, "unknown_model")
    (error,) = peer.all(ErrorMessage)
    assert error.message == "Unknown model 'large'; available models: 'demo', 'wards'."


# --- the address ------------------------------------------------------------------------------------------------------


async def asking_for(server: RunningServer, model: str, start: Start) -> Started:
    server.url, plain = f"{server.url}?model={model}", server.url
    try:
        async with calling(server) as peer:
            await peer.say(start)
            started = await peer.hear(Started)
    finally:
        server.url = plain
    assert isinstance(started, Started)
    return started


async def test_a_model_may_be_named_in_the_address(server: RunningServer) -> None:
    assert (await asking_for(server, "wards", Start())).models.transcriber == "wards"


async def test_start_wins_over_the_address(server: RunningServer) -> None:
    assert (await asking_for(server, "wards", Start(model="demo"))).models.transcriber == "demo"


async def test_an_address_with_an_unknown_model_is_answered_404(server: RunningServer) -> None:
    answer = await get(server, "/v1/stream?model=large")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "unknown_model")
    assert "'demo', 'wards'" in answer.json()["error"]["message"]


# --- the client -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("connect", [connect, connect_resuming])
async def test_the_client_names_its_model(server: RunningServer, connect: Any) -> None:
    async with connect(server.url, Start(model="wards")) as stream:
        assert stream.started.models.transcriber == "wards"


@pytest.mark.parametrize("connect", [connect, connect_resuming])
async def test_the_client_learns_at_the_handshake_that_there_is_no_such_model(
    server: RunningServer, connect: Any
) -> None:
    with pytest.raises(Refused, match=r"Unknown model 'large'; available models: 'demo', 'wards'\.$") as refused:
        async with connect(server.url, Start(model="large")):
            pass
    assert refused.value.status == 404


# --- room -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def quick_and_slow() -> Iterator[RunningServer]:
    """A server with two models, one of which keeps people waiting."""
    models = {"quick": Gate(), "slow": Busy()}
    for name, model in models.items():
        model.name = name
        model.opened.set()
    engines = tuple(EngineOptions(model=name) for name in models)
    with serving(ServerConfig(port=0, engines=engines), lambda options: models[options.model]) as server:
        yield server


async def speak_to_the_slow_one(server: RunningServer, refused: asyncio.Event) -> None:
    async with calling(server) as peer:
        await peer.say(Start(model="slow"))
        await peer.talk(read("english")[: 16_000 * 6], speed=1)
        await refused.wait()


@pytest.mark.slow
async def test_a_crowded_model_refuses_its_own_sessions_alone(quick_and_slow: RunningServer) -> None:
    server, refused = quick_and_slow, asyncio.Event()
    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        for _ in range(24):
            group.create_task(speak_to_the_slow_one(server, refused))
        while (at_the_handshake := await get(server, "/v1/stream?model=slow")).status_code == 426:
            pass  # let in, as yet
        async with calling(server) as peer:
            await peer.say(Start(model="slow"))
            after_start = await peer.goodbye()
        async with calling(server) as other:
            await other.say(Start(model="quick"))
            elsewhere = await other.hear(Started)
        refused.set()

    assert (at_the_handshake.status_code, at_the_handshake.headers["Retry-After"]) == (503, "5")
    assert after_start == (1013, "overloaded")
    assert elsewhere.models.transcriber == "quick"


# --- resuming ---------------------------------------------------------------------------------------------------------


async def cut_off(server: RunningServer, start: Start) -> ResumeRequest:
    """A session whose connection breaks, and how to come back to it."""
    async with calling(server) as peer:
        await peer.say(start)
        started = await peer.hear(Started)
        await peer.speak(read("mandarin"))
        await peer.hear(Speech)
        peer.socket.transport.abort()
    return ResumeRequest(session_id=started.session_id, token=started.token, committed=0, next_segment=0)


async def test_a_session_is_resumed_with_its_model(server: RunningServer) -> None:
    resume = await cut_off(server, Start(model="wards"))
    async with calling(server) as peer:
        await peer.say(Start(model="wards", resume=resume))
        started = await peer.hear(Started)
        await peer.say(read("mandarin")[started.next_sample :].tobytes()[:65_536], End())
        await peer.goodbye()
    assert (started.resumed, started.models.transcriber) == (True, "wards")


async def test_a_session_is_not_resumed_with_another_model(server: RunningServer) -> None:
    resume = await cut_off(server, Start(model="wards"))
    async with calling(server) as peer:
        await peer.say(Start(resume=resume))
        assert await peer.goodbye() == (4400, "bad_field")
    assert peer.all(ErrorMessage)[0].param == "$.model"


# --- the list ---------------------------------------------------------------------------------------------------------


async def test_the_models_are_listed_as_openai_lists_them(server: RunningServer) -> None:
    listed = (await get(server, "/v1/models")).json()
    told = [(one["id"], one["object"], one["owned_by"], one["default"], one["languages"]) for one in listed["data"]]

    assert listed["object"] == "list"
    assert told == [("demo", "model", "theresa", True, ["en", "zh"]), ("wards", "model", "theresa", False, ["zh"])]


async def test_the_list_tells_the_demo_model_from_others(server: RunningServer) -> None:
    listed = (await get(server, "/v1/models")).json()["data"]
    assert [(one["id"], one["demo"]) for one in listed] == [("demo", True), ("wards", False)]


@pytest.mark.slow
def test_the_list_tells_by_how_much_each_model_made_the_process_grow() -> None:
    with process() as (_, url):  # elsewhere, memory that another model has left may do
        demo = httpx.get(f"{url}/v1/models/demo", timeout=60).json()
    assert 1e6 < demo["memory_bytes"] < 1e9


async def test_a_model_can_be_asked_for_by_name(server: RunningServer) -> None:
    listed = (await get(server, "/v1/models")).json()["data"]
    assert (await get(server, "/v1/models/wards")).json() == listed[1]


async def test_an_unknown_model_is_not_found_as_openai_says_it(server: RunningServer) -> None:
    answer = await get(server, "/v1/models/org/large")
    assert answer.status_code == 404
    assert answer.json()["error"] == {
        "message": "Unknown model 'org/large'; available models: 'demo', 'wards'. "
        "To serve another model, start the server with --model demo --model NAME.",
        "type": "invalid_request_error",
        "param": "model",
        "code": "model_not_found",
    }


async def test_the_list_wants_the_key_that_sessions_want() -> None:
    with serving(ServerConfig(port=0, policy=Policy(api_keys=("secret",)))) as locked:
        without = [(await get(locked, path)).status_code for path in ("/v1/models", "/v1/models/demo")]
        shown = await get(locked, "/v1/models", Authorization="Bearer secret")

    assert without == [401, 401]
    assert [one["id"] for one in shown.json()["data"]] == ["demo"]


async def test_a_handshake_without_the_key_learns_no_names() -> None:
    with serving(ServerConfig(port=0, policy=Policy(api_keys=("secret",)))) as locked:
        answer = await get(locked, "/v1/stream?model=large")
    assert (answer.status_code, "demo" in answer.text) == (401, False)


# --- the start --------------------------------------------------------------------------------------------------------


def test_a_server_is_ready_when_all_its_models_are() -> None:
    second = threading.Event()

    def load(options: EngineOptions) -> Transcriber:
        if options.name == "second":
            second.wait(30)
        return WhisperTranscriber.load(options)

    engines = (EngineOptions(model="demo"), EngineOptions(model="demo", name="second"))
    running = RunningServer(ServerConfig(port=0, engines=engines), load)
    running.begin()
    try:
        before = httpx.get(running.http + "/readyz", trust_env=False, timeout=60).status_code
        second.set()
        running.wait_ready()
        after = httpx.get(running.http + "/readyz", trust_env=False, timeout=60).status_code
    finally:
        second.set()
        running.stop()
        running.join()
    assert (before, after) == (503, 200)


@pytest.mark.parametrize(
    ("second", "sentence"),
    [
        (EngineOptions(model="./no-such-model"), "no-such-model"),
        (EngineOptions(model=str(resolve_model("demo"))), "two models are called 'demo': give one another name"),
    ],
    ids=["missing", "of the same name"],
)
def test_one_model_that_cannot_be_served_ends_the_start(second: EngineOptions, sentence: str) -> None:
    config = ServerConfig(port=0, engines=(EngineOptions(model="demo"), second), speakers=None)
    with pytest.raises(ModelError, match=sentence):
        asyncio.run(Server(config).run())


def test_the_log_tells_what_each_model_takes(wards: Path, caplog: pytest.LogCaptureFixture) -> None:
    engines = (EngineOptions(model="demo"), EngineOptions(model=str(wards), name="医院"))
    with caplog.at_level("INFO", "theresa"), serving(ServerConfig(port=0, engines=engines, speakers=9)):
        ready = next(message for message in caplog.messages if message.startswith("ready on"))
    takes = r"\(\d+ MB, about 9 speakers at once\)"
    assert re.search(f"with demo {takes}, 医院 {takes}$", ready)
