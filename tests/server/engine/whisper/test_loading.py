import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from theresa_server.engine.whisper.directory import WhisperDeclaration, read_declaration
from theresa_server.engine.whisper.features import STOCK_CONTEXT, EncoderContext, EncoderWindows
from theresa_server.engine.whisper.loading import load_model
from theresa_server.engine.whisper.options import EngineOptions
from theresa_server.speech.recognition import ModelError


def load_error(path: Path | str, **options: Any) -> str:
    """Return the error of loading a model, which is a single line."""
    with pytest.raises(ModelError) as caught:
        load_model(EngineOptions(model=str(path), **{"device": "cpu", **options}))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_missing_directory(tmp_path: Path) -> None:
    assert "there is no model directory" in load_error(tmp_path / "none")


def test_a_relative_path_is_not_a_model_name() -> None:
    assert "there is no model directory" in load_error("./small")


def test_a_file(tmp_path: Path) -> None:
    (tmp_path / "model.bin").touch()
    assert "is not a directory" in load_error(tmp_path / "model.bin")


def test_a_directory_of_something_else(tmp_path: Path) -> None:
    assert "is not a CTranslate2 model" in load_error(tmp_path)


@pytest.mark.parametrize("weights", ["model.safetensors", "pytorch_model.bin", "model-00001-of-00002.safetensors"])
def test_the_error_for_a_transformers_model_shows_how_to_convert_it(tmp_path: Path, weights: str) -> None:
    (tmp_path / weights).touch()
    assert f"ct2-transformers-converter --model {tmp_path}" in load_error(tmp_path)


@pytest.mark.parametrize("name", ["tokenizer.json", "config.json", "vocabulary.json"])
def test_a_missing_file_is_named(model_copy: Path, name: str) -> None:
    (model_copy / name).unlink()
    assert f"has no {name}" in load_error(model_copy)


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[: len(data) // 2],
        lambda data: b"",
        lambda data: b"version https://git-lfs.github.com/spec/v1\n",
    ],
    ids=["truncated", "empty", "pointer"],
)
def test_damaged_weights(model_copy: Path, damage: Callable[[bytes], bytes]) -> None:
    weights = model_copy / "model.bin"
    weights.write_bytes(damage(weights.read_bytes()))
    assert "cannot be loaded, copy or convert it again" in load_error(model_copy)


@pytest.mark.parametrize("name", ["tokenizer.json", "config.json", "theresa.json"])
def test_a_damaged_description(model_copy: Path, name: str) -> None:
    (model_copy / name).write_text("{")
    assert "cannot be" in load_error(model_copy)


def test_a_tokenizer_of_another_kind(model_copy: Path) -> None:
    (model_copy / "tokenizer.json").write_text(
        '{"version": "1.0", "model": {"type": "WordLevel", "vocab": {}, "unk_token": "?"}}'
    )
    assert "is not a Whisper tokenizer" in load_error(model_copy)


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        ({"encoder_context": {"floor_ms": 1000}}, "margin_ms"),
        ({"encoder_context": {"floor_ms": -1, "margin_ms": 0}}, "must be 0 to 30000"),
        ({"speed": "fast"}, "speed"),
        ({"languages": ["en", "xx"]}, "lacks: xx"),
        ({"languages": []}, "declares an empty list of languages"),
    ],
)
def test_an_invalid_declaration(model_copy: Path, declared: dict[str, Any], message: str) -> None:
    (model_copy / "theresa.json").write_text(json.dumps(declared))
    assert message in load_error(model_copy)


def test_the_declaration_describes_the_model(model_copy: Path) -> None:
    context = {"floor_ms": 2000, "margin_ms": 700}
    declared = {"name": "mine", "description": "For me.", "languages": ["zh", "en"], "encoder_context": context}
    (model_copy / "theresa.json").write_text(json.dumps(declared))
    info = load_model(EngineOptions(model=str(model_copy), device="cpu")).info
    assert (info.name, info.description, info.languages) == ("mine", "For me.", ("en", "zh"))
    assert info.encoder_context == EncoderContext(floor_ms=2000, margin_ms=700)
    assert (info.device, info.compute_type, info.multilingual) == ("cpu", "int8_float32", True)
    assert info.size_bytes == (model_copy / "model.bin").stat().st_size


def test_a_model_without_a_declaration_is_named_after_its_directory(model_copy: Path) -> None:
    (model_copy / "theresa.json").unlink()
    info = load_model(EngineOptions(model=str(model_copy), device="cpu")).info
    assert info.name == model_copy.name
    assert info.encoder_context is None
    assert info.windows == EncoderWindows(partial=STOCK_CONTEXT, final=None)
    assert {"en", "zh", "de"} <= {*info.languages}


def test_a_missing_declaration_is_empty(tmp_path: Path) -> None:
    assert read_declaration(tmp_path) == WhisperDeclaration()
