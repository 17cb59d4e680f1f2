import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from theresa_server.engine.whisper import directory as directories
from theresa_server.engine.whisper.features import STOCK_CONTEXT, EncoderContext, Windows
from theresa_server.engine.whisper.loading import EngineOptions, choose_compute_type, load, share_cores
from theresa_server.speech.recognition import ModelError


def loading(path: Path | str, **options: Any) -> str:
    """Return the error that loading ends with; it is one line."""
    with pytest.raises(ModelError) as caught:
        load(EngineOptions(model=str(path), **{"device": "cpu", **options}))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_missing_directory(tmp_path: Path) -> None:
    assert "there is no model directory" in loading(tmp_path / "none")


def test_a_relative_path_is_never_taken_for_a_name() -> None:
    assert "there is no model directory" in loading("./small")


def test_a_file(tmp_path: Path) -> None:
    (tmp_path / "model.bin").touch()
    assert "is not a directory" in loading(tmp_path / "model.bin")


def test_a_directory_of_something_else(tmp_path: Path) -> None:
    assert "is not a CTranslate2 model" in loading(tmp_path)


@pytest.mark.parametrize("weights", ["model.safetensors", "pytorch_model.bin", "model-00001-of-00002.safetensors"])
def test_a_transformers_model_is_told_how_to_be_converted(tmp_path: Path, weights: str) -> None:
    (tmp_path / weights).touch()
    assert f"ct2-transformers-converter --model {tmp_path}" in loading(tmp_path)


@pytest.mark.parametrize("name", ["tokenizer.json", "config.json", "vocabulary.json"])
def test_a_missing_file_is_named(model_copy: Path, name: str) -> None:
    (model_copy / name).unlink()
    assert f"has no {name}" in loading(model_copy)


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
    assert "cannot be loaded, copy or convert it again" in loading(model_copy)


@pytest.mark.parametrize("name", ["tokenizer.json", "config.json", "theresa.json"])
def test_a_damaged_description(model_copy: Path, name: str) -> None:
    (model_copy / name).write_text("{")
    assert "cannot be" in loading(model_copy)


def test_a_tokenizer_of_another_kind(model_copy: Path) -> None:
    (model_copy / "tokenizer.json").write_text(
        '{"version": "1.0", "model": {"type": "WordLevel", "vocab": {}, "unk_token": "?"}}'
    )
    assert "is not a Whisper tokenizer" in loading(model_copy)


@pytest.mark.parametrize(
    ("declared", "complaint"),
    [
        ({"encoder_context": {"floor_ms": 1000}}, "margin_ms"),
        ({"encoder_context": {"floor_ms": -1, "margin_ms": 0}}, "must lie within"),
        ({"speed": "fast"}, "speed"),
        ({"languages": ["en", "xx"]}, "lacks: xx"),
        ({"languages": []}, "lacks: none"),
    ],
)
def test_a_declaration_that_cannot_hold(model_copy: Path, declared: dict[str, Any], complaint: str) -> None:
    (model_copy / "theresa.json").write_text(json.dumps(declared))
    assert complaint in loading(model_copy)


def test_a_model_says_what_it_is(model_copy: Path) -> None:
    context = {"floor_ms": 2000, "margin_ms": 700}
    declared = {"name": "mine", "description": "For me.", "languages": ["zh", "en"], "encoder_context": context}
    (model_copy / "theresa.json").write_text(json.dumps(declared))
    info = load(EngineOptions(model=str(model_copy), device="cpu")).info
    assert (info.name, info.description, info.languages) == ("mine", "For me.", ("en", "zh"))
    assert info.encoder_context == EncoderContext(floor_ms=2000, margin_ms=700)
    assert (info.device, info.compute_type, info.multilingual) == ("cpu", "int8_float32", True)
    assert info.size_bytes == (model_copy / "model.bin").stat().st_size


def test_a_model_without_a_declaration_has_its_directory_for_a_name(model_copy: Path) -> None:
    (model_copy / "theresa.json").unlink()
    info = load(EngineOptions(model=str(model_copy), device="cpu")).info
    assert info.name == model_copy.name
    assert info.encoder_context is None
    assert info.windows == Windows(partial=STOCK_CONTEXT, final=None)
    assert {"en", "zh", "de"} <= {*info.languages}


def test_no_declaration_declares_nothing(tmp_path: Path) -> None:
    assert directories.declaration(tmp_path) == directories.WhisperDeclaration()


def test_cuda_on_a_machine_without(model_directory: Path) -> None:
    import ctranslate2

    if ctranslate2.get_cuda_device_count():
        assert "there is no CUDA device 99" in loading(model_directory, device="cuda", device_index=(99,))
    else:
        assert "no CUDA device is visible: use --device cpu" in loading(model_directory, device="cuda")


def test_an_unsupported_compute_type_is_answered_with_those_that_work(model_directory: Path) -> None:
    assert "use auto or one of " in loading(model_directory, compute_type="float16")


def test_a_cpu_computes_in_int8() -> None:
    assert choose_compute_type(EngineOptions(), "cpu") == "int8"


def test_workers_and_threads_are_as_asked() -> None:
    assert share_cores(EngineOptions(workers=3, cpu_threads=2), "cpu") == (3, 2)


def test_the_workers_leave_each_other_a_core() -> None:
    workers, threads = share_cores(EngineOptions(), "cpu")
    assert 1 <= workers <= 4
    assert 1 <= workers * threads <= max(1, os.cpu_count() or 1)


def test_many_threads_leave_room_for_one_worker() -> None:
    assert share_cores(EngineOptions(cpu_threads=256), "cpu") == (1, 256)


@pytest.mark.parametrize(
    "wrong",
    [
        {"device": "tpu"},
        {"compute_type": "int4"},
        {"device_index": ()},
        {"device_index": (0, 0)},
        {"device_index": (-1,)},
        {"workers": -1},
    ],
)
def test_options_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="must"):
        EngineOptions(**wrong)
