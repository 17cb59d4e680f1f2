"""Recordings as real clients send them: odd forms, raw bodies, other paths and headers. On the demo model."""

import json
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Any

import httpx
import openai
import pytest

from tests.demo_copy import demo_copy
from tests.formats import encode
from tests.serving import SAMPLES, RunningServer, read, sentences, serving
from theresa_server.engine.whisper.options import EngineOptions
from theresa_server.serving.admission import Policy
from theresa_server.serving.config import FileLimits, ServerConfig

KEY = "sk-theresa"
PATH = "/v1/audio/transcriptions"
MANDARIN = (SAMPLES / "mandarin.flac").read_bytes()
BEARER = {"Authorization": f"Bearer {KEY}"}
PREFIXES = ["/v1", "", "/openai/v1", "/openai", "/openai/deployments/whisper-1", "/openai/deployments/demo"]


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    config = ServerConfig(port=0, policy=Policy(api_keys=(KEY,)), files=FileLimits(max_bytes=4 * 1024 * 1024))
    with serving(config) as running:
        yield running


def post(server: RunningServer, path: str = PATH, **request: Any) -> httpx.Response:
    request["headers"] = BEARER | request.get("headers", {})
    return httpx.post(server.http + path, timeout=60, **request)


def form(server: RunningServer, *fields: tuple[str, str], path: str = PATH) -> httpx.Response:
    """Send a form with fields that may repeat."""
    files = [("file", ("a.flac", MANDARIN)), *((name, (None, value)) for name, value in fields)]
    return post(server, path, files=files)


def alike(answer: httpx.Response) -> float:
    assert answer.status_code == 200, answer.text
    text = answer.json()["text"] if answer.headers["content-type"] == "application/json" else answer.text
    return SequenceMatcher(None, text, "".join(sentences("mandarin")), autojunk=False).ratio()


@pytest.mark.parametrize(
    "fields",
    [
        [("model", "whisper-1"), ("vad_filter", "true"), ("user", "me"), ("initial_prompt", "会议")],
        [("model", "gpt-transcribe"), ("languages[]", "en"), ("languages[]", "zh"), ("keywords[]", "王小明")],
        [("model", "gpt-4o-transcribe"), ("include[]", "logprobs"), ("response_format", "json")],
        [("model", "gpt-4o-transcribe"), ("timestamp_granularities[]", "segment"), ("response_format", "json")],
        [("hotwords", "王小明,华星科技"), ("language", "zh-CN")],
        [("language", "zh-Hant"), ("temperature", "1e-1"), ("response_format", "JSON"), ("stream", "False")],
        [("language", "Chinese"), ("temperature", "0.0"), ("stream", "undefined")],
        [("language", "zh_TW"), ("response_format", "VERBOSE_JSON"), ("timestamp_granularities", "word,segment")],
        [("language", "auto"), ("chunking_strategy", "AUTO"), ("known_speaker_names[]", "agent")],
        [("language", ""), ("prompt", ""), ("temperature", "null")],
    ],
)
def test_a_form_of_a_real_client_is_served(server: RunningServer, fields: list[tuple[str, str]]) -> None:
    assert alike(form(server, *fields)) > 0.8


def test_the_languages_to_expect_restrict_detection(server: RunningServer) -> None:
    answer = form(server, ("languages[]", "en"), ("languages[]", "en-GB"), ("response_format", "verbose_json"))
    assert answer.json()["language"] == "english"


@pytest.mark.parametrize("fields", [[("languages[]", "zh"), ("languages[]", "fr")], [("language", "fr-CA")]])
def test_a_language_that_the_model_lacks_is_repeated(server: RunningServer, fields: list[tuple[str, str]]) -> None:
    error = form(server, *fields).json()["error"]
    assert (error["code"], error["param"]) == ("unknown_language", "language")
    assert "'fr" in error["message"]


def test_what_is_ignored_is_named_in_a_header(server: RunningServer) -> None:
    answer = form(server, ("vad_filter", "true"), ("时间", "1"), ("include[]", "什么"))
    assert "299 - \"Ignored unknown fields: 'vad_filter', '\\u65f6\\u95f4'.\"" in answer.headers["warning"]
    assert "Ignored include '\\u4ec0\\u4e48'" in answer.headers["warning"]


def test_a_stream_has_the_header_too(server: RunningServer) -> None:
    answer = form(server, ("vad_filter", "true"), ("stream", "1"), ("include[]", "logprobs"))
    assert "'vad_filter'" in answer.headers["warning"]
    events = [json.loads(line[6:]) for line in answer.text.split("\n\n") if line.startswith("data: ")]
    assert "".join(entry["token"] for entry in events[-1]["logprobs"]) == events[-1]["text"]


def test_a_clean_request_has_no_warning(server: RunningServer) -> None:
    assert "warning" not in form(server, ("model", "whisper-1"), ("language", "zh")).headers


def test_logprobs_have_openais_shape(server: RunningServer) -> None:
    with openai.OpenAI(base_url=f"{server.http}/v1", api_key=KEY, max_retries=0) as client:
        heard = client.audio.transcriptions.create(
            model="gpt-4o-transcribe", file=("a.flac", MANDARIN), include=["logprobs"], response_format="json"
        )
    assert heard.logprobs
    assert "".join(entry.token or "" for entry in heard.logprobs) == heard.text
    assert all(entry.logprob is not None and entry.logprob <= 0 for entry in heard.logprobs)
    assert all(bytes(int(one) for one in entry.bytes or []).decode() == entry.token for entry in heard.logprobs)


# --- paths and headers -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("prefix", PREFIXES)
def test_every_path_of_a_client_is_served(server: RunningServer, prefix: str, slash: str) -> None:
    path = f"{prefix}/audio/transcriptions{slash}?api-version=2025-03-01-preview"
    assert alike(form(server, path=path)) > 0.9


def test_an_unknown_deployment_is_a_model_that_is_not_there(server: RunningServer) -> None:
    answer = form(server, path="/openai/deployments/tiny/audio/transcriptions")
    assert answer.status_code == 404
    assert answer.json()["error"]["message"] == (
        "Unknown model 'tiny'; available models: 'demo'. "
        "To serve another model, start the server with --model demo --model tiny."
    )


@pytest.mark.parametrize("prefix", ["/v1", "", "/openai/v1", "/openai"])
def test_models_are_found_at_every_path(server: RunningServer, prefix: str) -> None:
    for path, names in (("models", ["demo"]), ("models/", ["demo"])):
        listed = httpx.get(f"{server.http}{prefix}/{path}", headers=BEARER).json()
        assert [model["id"] for model in listed["data"]] == names
    named = httpx.get(f"{server.http}{prefix}/models/whisper-1", headers=BEARER).json()
    assert (named["id"], named["root"]) == ("whisper-1", "demo")


@pytest.mark.parametrize(
    "path",
    ["/v1/chat/completions", "/v1/v1/audio/speech", "/openai/deployments/demo/chat/completions", "/audio/speech"],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_another_path_is_told_what_there_is(server: RunningServer, method: str, path: str) -> None:
    answer = httpx.request(method, server.http + path)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (404, "unknown_url")
    assert f"'{path}'" in error["message"]
    assert "/v1/audio/transcriptions" in error["message"]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", PATH, "POST"),
        ("GET", "/audio/translations", "POST"),
        ("POST", "/v1/models", "GET"),
        ("PUT", PATH, "POST"),
    ],
)
def test_another_method_is_told_which_to_use(server: RunningServer, method: str, path: str, allowed: str) -> None:
    answer = httpx.request(method, server.http + path)
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)
    assert answer.json()["error"]["message"] == f"'{path}' does not accept {method}: use {allowed}."


def test_azures_client_is_served(server: RunningServer) -> None:
    with openai.AzureOpenAI(
        azure_endpoint=server.http, api_key=KEY, api_version="2025-03-01-preview", max_retries=0
    ) as client:
        heard = client.audio.transcriptions.create(model="whisper-1", file=("a.flac", MANDARIN))
        deployed = client.with_options(max_retries=0).audio.transcriptions.create(
            model="demo", file=("a.flac", MANDARIN), language="zh"
        )
    assert heard.text
    assert deployed.text


@pytest.mark.parametrize("headers", [{"api-key": "wrong"}, {"api-key": ""}, {}])
def test_azures_header_needs_the_right_key(server: RunningServer, headers: dict[str, str]) -> None:
    assert httpx.post(server.http + PATH, headers=headers, files={"file": ("a", MANDARIN)}).status_code == 401


def test_ephemeral_keys_are_refused_with_what_to_do(server: RunningServer) -> None:
    with (
        openai.OpenAI(base_url=f"{server.http}/v1", api_key=KEY, max_retries=0) as client,
        pytest.raises(openai.BadRequestError, match=r"Connect to /v1/realtime with an API key") as caught,
    ):
        client.realtime.client_secrets.create(session={"type": "transcription"})
    assert caught.value.code == "not_supported"


# --- bodies ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("media_type", "suffix"),
    [
        ("audio/flac", "flac"),
        ("audio/wav", "wav"),
        ("audio/webm;codecs=opus", "webm"),
        ("application/octet-stream", "mp3"),
    ],
)
def test_the_body_may_be_the_recording(server: RunningServer, media_type: str, suffix: str) -> None:
    content = encode(read("mandarin"), suffix)
    path = f"{PATH}?language=zh-CN&model=whisper-1&unheard_of=1"
    answer = post(server, path, content=content, headers={"Content-Type": media_type})
    assert alike(answer) > 0.85
    assert "'unheard_of'" in answer.headers["warning"]


def test_a_raw_body_takes_every_option(server: RunningServer) -> None:
    path = f"{PATH}?response_format=srt"
    answer = post(server, path, content=MANDARIN, headers={"Content-Type": "audio/flac"})
    assert answer.text.startswith("1\n00:00:0")


def test_a_raw_body_that_is_spooled_to_the_disk_is_the_same(server: RunningServer) -> None:
    content = encode(read("mandarin"), "wav") + bytes(2_000_000)
    assert alike(post(server, content=content, headers={"Content-Type": "audio/wav"})) > 0.9


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 400, "bad_recording"),
        (b"text", 400, "bad_recording"),
        (bytes(5 * 1024 * 1024), 413, "recording_too_large"),
    ],
)
def test_a_raw_body_that_is_no_recording_is_refused(
    server: RunningServer, content: bytes, status: int, code: str
) -> None:
    answer = post(server, content=content, headers={"Content-Type": "audio/wav"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def test_a_raw_body_of_unknown_length_is_refused_at_the_limit(server: RunningServer) -> None:
    answer = post(server, content=iter([bytes(1024 * 1024)] * 9), headers={"Content-Type": "audio/wav"})
    assert answer.json()["error"]["code"] == "recording_too_large"


@pytest.mark.parametrize("media_type", ["application/x-www-form-urlencoded", "application/json", "text/plain", ""])
def test_another_body_is_told_how_to_send_it(server: RunningServer, media_type: str) -> None:
    answer = post(server, content=MANDARIN, headers={"Content-Type": media_type})
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (415, "bad_content_type")
    assert "curl --data-binary @a.wav -H 'Content-Type: audio/wav'" in error["message"]


@pytest.mark.parametrize("size", [10, 100_000, 1_000_000])
def test_a_file_without_a_name_is_told_how_to_send_it(server: RunningServer, size: int) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\n' + bytes(size) + b"\r\n--x--\r\n"
    answer = post(server, content=body, headers={"Content-Type": "multipart/form-data; boundary=x"})
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["param"]) == (400, "bad_form", "file")
    assert "has no file name" in error["message"]
    assert 'filename="a.wav"' in error["message"]


def test_a_form_with_another_part_is_told_what_it_has(server: RunningServer) -> None:
    error = post(server, files={"audio": ("a.flac", MANDARIN)}, data={"model": "demo"}).json()["error"]
    assert error["message"].endswith("it has 'model', 'audio'.")


# --- translations ----------------------------------------------------------------------------------------------------


def test_a_model_that_cannot_translate_says_so(server: RunningServer) -> None:
    answer = form(server, path="/v1/audio/translations")
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["param"]) == (400, "not_supported", "task")
    assert error["message"].startswith("Model 'demo' cannot translate.")


@pytest.fixture(scope="module")
def boastful(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server whose model declares that it translates, and does not."""
    model = demo_copy(tmp_path_factory.mktemp("model"), "boastful", tasks=["transcribe", "translate"])
    with serving(ServerConfig(port=0, engines=(EngineOptions(model=str(model), workers=1),))) as running:
        yield running


@pytest.mark.parametrize("format_", ["json", "verbose_json"])
def test_a_transcript_is_not_called_a_translation(boastful: RunningServer, format_: str) -> None:
    answer = form(boastful, ("response_format", format_), path="/v1/audio/translations")
    assert answer.json()["task"] == "transcribe"
    assert "transcribed instead of translating" in answer.headers["warning"]
