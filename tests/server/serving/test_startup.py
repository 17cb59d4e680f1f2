"""Loading models and the entity service."""

from pathlib import Path

import pytest

from tests.doubles import Gate
from theresa_server.engine.local import LocalEngine
from theresa_server.serving.config import ConfigError, ServerConfig
from theresa_server.serving.models import ServedModel
from theresa_server.serving.startup import FEW_SPEAKERS, advice, describe, load_entity_service


@pytest.mark.parametrize(
    ("memory_bytes", "speakers", "phrase"),
    [
        (42_000_000, 9, "gate (42 MB, about 9 speakers at once)"),
        (None, 9, "gate (about 9 speakers at once)"),
        (None, 1, "gate (about 1 speaker at once)"),
        (None, None, "gate"),
    ],
    ids=["all known", "memory unknown", "one speaker", "nothing known"],
)
def test_the_log_describes_a_model_by_what_is_known(
    memory_bytes: int | None, speakers: int | None, phrase: str
) -> None:
    model = ServedModel(engine=LocalEngine(Gate(), speakers), created=0, memory_bytes=memory_bytes)
    assert describe(model) == phrase


def served(speakers: int | None) -> ServedModel:
    return ServedModel(engine=LocalEngine(Gate(), speakers), created=0)


def test_a_model_that_serves_few_speakers_comes_with_advice() -> None:
    assert advice(served(1)) == (
        "gate serves about 1 speaker at once on this machine: for more, choose a smaller --model (such as tiny) or use "
        "more cores. --speakers N overrides the estimate."
    )


@pytest.mark.parametrize("speakers", [FEW_SPEAKERS + 1, None], ids=["many", "unknown"])
def test_a_model_that_serves_enough_speakers_comes_without_advice(speakers: int | None) -> None:
    assert advice(served(speakers)) is None


def test_without_entities_and_lexicon_there_is_no_entity_service() -> None:
    assert load_entity_service(ServerConfig()) is None


def test_a_lexicon_needs_no_entity_model(tmp_path: Path) -> None:
    lexicon = tmp_path / "names.txt"
    lexicon.write_text("Orion\tORGANIZATION\n", encoding="utf-8")
    service = load_entity_service(ServerConfig(lexicon=lexicon))
    assert service is not None
    assert service.offer.model is None


def test_a_missing_lexicon_is_a_configuration_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="lexicon"):
        load_entity_service(ServerConfig(lexicon=tmp_path / "none.txt"))
