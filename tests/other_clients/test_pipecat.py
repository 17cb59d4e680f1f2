"""Pipecat's OpenAI services as they are: only the base URL and the key differ."""

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
    return environments.run("pipecat", server, KEY, tmp_path_factory.mktemp("pipecat"))


def alike(text: str) -> float:
    return SequenceMatcher(None, text, "".join(sentences("mandarin")), autojunk=False).ratio()


SERVICES = ["default", "whisper-1", "local_vad", "server_vad", "semantic_vad"]


@pytest.mark.parametrize("service", SERVICES)
def test_speech_becomes_its_text(heard: Any, service: str) -> None:
    assert heard[service]["errors"] == []
    assert alike(heard[service]["text"]) > 0.85


def test_probabilities_come_with_the_text(heard: Any) -> None:
    assert heard["default"]["logprobs"] > len(sentences("mandarin"))


def test_turns_are_those_of_the_voice_activity_detector(heard: Any) -> None:
    assert heard["local_vad"]["finals"] == 1
    assert heard["server_vad"]["finals"] >= len(sentences("mandarin")) - 1
