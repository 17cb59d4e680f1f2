"""The shipped entity model: its figures, and the entities in sentences that users try first."""

import json
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("hanlp")

from theresa_server.entities.hanlp.model import HanlpRecogniser
from theresa_server.entities.models import resolve_entity_model
from theresa_training.entities.evaluate import evaluate

MOST_BYTES = 5_000_000


@pytest.fixture(scope="module")
def recogniser() -> HanlpRecogniser:
    return HanlpRecogniser.load(resolve_entity_model("demo"))


def test_it_reaches_the_figures_of_its_card(recogniser: HanlpRecogniser) -> None:
    claimed = json.loads((resolve_entity_model("demo") / "evaluation.json").read_text(encoding="utf-8"))["sets"]

    measured = evaluate(recogniser, sentences=150, seed=31)["sets"]

    assert {name: figures["f1"] for name, figures in measured.items()} == {
        name: pytest.approx(figures["f1"], abs=8) for name, figures in claimed.items()
    }


@pytest.mark.parametrize(
    ("text", "entities"),
    [
        ("我爱中国", [("中国", "LOCATION")]),
        (
            "米哈游成立于2011年,致力于为用户提供美好的、超出预期的产品与内容。",
            [("米哈游", "ORGANIZATION"), ("2011年", "DATE")],
        ),
        (
            "Alice Johnson works for Acme Corporation in London.",
            [("Alice Johnson", "PERSON"), ("Acme Corporation", "ORGANIZATION"), ("London", "LOCATION")],
        ),
        ("陈静在深圳的华星科技工作。", [("陈静", "PERSON"), ("深圳", "LOCATION"), ("华星科技", "ORGANIZATION")]),
        ("Good morning.", []),
        ("请等一下。", []),
    ],
)
def test_typical_first_sentences_have_the_right_entities(
    recogniser: HanlpRecogniser, text: str, entities: list[tuple[str, str]]
) -> None:
    (annotation,) = recogniser.annotate([text])

    assert [(text[span.begin : span.end], span.label) for span in annotation.spans] == entities


def test_it_is_small_and_has_no_local_paths() -> None:
    files = [path for path in resolve_entity_model("demo").rglob("*") if path.is_file()]

    assert sum(path.stat().st_size for path in files) <= MOST_BYTES
    assert [path.name for path in files if str(Path.home()).encode() in path.read_bytes()] == []
    assert (
        json.loads((resolve_entity_model("demo") / "config.json").read_text(encoding="utf-8"))["transformer"]
        == "transformer"
    )
