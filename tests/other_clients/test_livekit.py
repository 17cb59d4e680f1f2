"""LiveKit's OpenAI plugin as it is: only the base URL and the key differ."""

from typing import Any

import pytest

from tests.other_clients import environments
from tests.other_clients.expected import KEY, likeness
from tests.serving import RunningServer, sentences

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def heard(server: RunningServer, tmp_path_factory: pytest.TempPathFactory) -> Any:
    return environments.run("livekit", server, KEY, tmp_path_factory.mktemp("livekit"))


@pytest.mark.parametrize("model", ["default", "whisper-1", "gpt-transcribe"])
def test_a_recording_becomes_its_text(heard: Any, model: str) -> None:
    assert likeness(heard[model]["text"]) > 0.9
    assert heard[model]["language"] == "zh"


@pytest.mark.parametrize("turns", ["server_vad", "semantic_vad"])
def test_a_stream_is_cut_into_turns_by_the_server(heard: Any, turns: str) -> None:
    assert likeness(heard[turns]["text"]) > 0.85
    assert heard[turns]["finals"] >= len(sentences("mandarin")) - 1


@pytest.mark.parametrize("model", ["gpt-realtime-whisper", "gpt-live-transcribe"])
def test_a_stream_is_cut_into_turns_by_the_client(heard: Any, model: str) -> None:
    assert likeness(heard[model]["text"]) > 0.75
    assert heard[model]["finals"] > 1
