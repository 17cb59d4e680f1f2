"""Which models can translate."""

import json
from pathlib import Path
from typing import Any

import pytest

from theresa_server.engine.whisper.tasks import known_tasks


def tasks(folder: Path, heads: Any, mels: int = 80, *, multilingual: bool = True) -> tuple[str, ...]:
    (folder / "config.json").write_text(json.dumps({"alignment_heads": heads}))
    return known_tasks(folder, mels, multilingual=multilingual)


@pytest.mark.parametrize(
    ("heads", "mels"),
    [
        pytest.param([[2, 2], [3, 0], [3, 2], [3, 5]], 80, id="tiny"),
        pytest.param([[3, 1], [4, 2], [5, 6]], 80, id="base"),
        pytest.param([[10, 12], [13, 17], [26, 12], [27, 4]], 80, id="large-v2"),
        pytest.param([[7, 0], [10, 17], [12, 18], [25, 6]], 128, id="large-v3"),
    ],
)
def test_the_published_multilingual_models_translate(tmp_path: Path, heads: Any, mels: int) -> None:
    assert tasks(tmp_path, heads, mels) == ("transcribe", "translate")


@pytest.mark.parametrize(
    ("heads", "mels"),
    [
        pytest.param([[2, 4], [2, 11], [3, 3], [3, 14]], 128, id="large-v3-turbo"),
        pytest.param([[1, 0], [1, 1]], 128, id="distil-large-v3"),
        pytest.param([[1, 0], [1, 1]], 80, id="distil-large-v2"),
    ],
)
def test_a_pruned_decoder_does_not_translate(tmp_path: Path, heads: Any, mels: int) -> None:
    assert tasks(tmp_path, heads, mels) == ("transcribe",)


def test_an_english_model_does_not_translate(tmp_path: Path) -> None:
    assert tasks(tmp_path, [[3, 1], [5, 6]], multilingual=False) == ("transcribe",)


@pytest.mark.parametrize("heads", [None, [], "x", [[]]])
def test_a_model_without_alignment_heads_may_try(tmp_path: Path, heads: Any) -> None:
    assert tasks(tmp_path, heads) == ("transcribe", "translate")
