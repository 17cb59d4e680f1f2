"""LiveKit's OpenAI plugin as it is: only the base URL and the key differ."""

from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Any

import pytest

from tests.other_clients import environments
from tests.serving import RunningServer, sentences, serving
from theresa_server.serving.admission import Policy
from theresa_server.serving.config import ServerConfig

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

KEY = "sk-theresa"


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    with serving(ServerConfig(port=0, policy=Policy(api_keys=(KEY,)))) as running:
        yield running


@pytest.fixture(scope="module")
def heard(server: RunningServer, tmp_path_factory: pytest.TempPathFactory) -> Any:
    return environments.run("livekit", server, KEY, tmp_path_factory.mktemp("livekit"))


def alike(text: str) -> float:
    return SequenceMatcher(None, text, "".join(sentences("mandarin")), autojunk=False).ratio()


@pytest.mark.parametrize("model", ["default", "whisper-1", "gpt-transcribe"])
def test_a_recording_becomes_its_text(heard: Any, model: str) -> None:
    assert alike(heard[model]["text"]) > 0.9
    assert heard[model]["language"] == "zh"


@pytest.mark.parametrize("turns", ["server_vad", "semantic_vad"])
def test_a_stream_is_cut_into_turns_by_the_server(heard: Any, turns: str) -> None:
    assert alike(heard[turns]["text"]) > 0.85
    assert heard[turns]["finals"] >= len(sentences("mandarin")) - 1


@pytest.mark.parametrize("model", ["gpt-realtime-whisper", "gpt-live-transcribe"])
def test_a_stream_is_cut_into_turns_by_the_client(heard: Any, model: str) -> None:
    assert alike(heard[model]["text"]) > 0.75
    assert heard[model]["finals"] > 1
