"""Pipecat's OpenAI services as they are: only the base URL and the key differ."""

from typing import Any

import pytest

from tests.other_clients import environments
from tests.other_clients.expected import KEY, likeness
from tests.serving import RunningServer, sentences

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def heard(server: RunningServer, tmp_path_factory: pytest.TempPathFactory) -> Any:
    return environments.run("pipecat", server, KEY, tmp_path_factory.mktemp("pipecat"))


SERVICES = ["default", "whisper-1", "local_vad", "server_vad", "semantic_vad"]


@pytest.mark.parametrize("service", SERVICES)
def test_speech_becomes_its_text(heard: Any, service: str) -> None:
    assert heard[service]["errors"] == []
    assert likeness(heard[service]["text"]) > 0.85


def test_probabilities_come_with_the_text(heard: Any) -> None:
    assert heard["default"]["logprobs"] > len(sentences("mandarin"))


def test_turns_are_those_of_the_voice_activity_detector(heard: Any) -> None:
    assert heard["local_vad"]["finals"] == 1
    assert heard["server_vad"]["finals"] >= len(sentences("mandarin")) - 1
