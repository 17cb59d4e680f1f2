"""Training can start from an existing model, with exactly its weights."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer

from theresa_training.cli import main
from theresa_training.continuing import size_of, start_from, state_of
from theresa_training.ct2_files import read_variables
from theresa_training.export import convert, load_trained
from theresa_training.launch import TrainingJob, choose_device, new_model
from theresa_training.launch import _trainer as trainer_of
from theresa_training.model import ModelSize
from theresa_training.train import LearningSchedule, Model, Trainer, save_checkpoint
from theresa_training.workspace import MODELS, Workspace

from .conftest import TINY

DEMO = MODELS / "demo"


def test_exporting_the_shipped_model_again_gives_the_same_bytes(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    size = start_from(DEMO, workspace)
    workspace.symbols.write_text('["a", "b"]', encoding="utf-8")
    model, _ = new_model(workspace, size)
    model.load_state_dict(torch.load(workspace.start)["model"])
    convert(model, workspace.tokenizer, tmp_path / "again")
    assert (tmp_path / "again" / "model.bin").read_bytes() == (DEMO / "model.bin").read_bytes()


def test_float_weights_survive_export_and_import(tiny_model: Model, tokenizer_path: Path, tmp_path: Path) -> None:
    for parameter in tiny_model.parameters():
        torch.nn.init.normal_(parameter)  # equal ones would be stored once
    convert(tiny_model, tokenizer_path, tmp_path, quantization="float32")
    variables = read_variables(tmp_path / "model.bin")
    assert size_of(variables) == TINY
    state = state_of(variables, TINY)
    assert state.keys() == tiny_model.state_dict().keys()
    for name, values in tiny_model.state_dict().items():
        torch.testing.assert_close(state[name], values, msg=name)


def test_training_starts_with_the_weights_of_the_model(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    assert main(["start", "--work", str(tmp_path), "--from", "demo"]) == 0
    workspace.symbols.write_text('["a", "b"]', encoding="utf-8")
    size = ModelSize(**json.loads(workspace.size.read_text(encoding="utf-8")))
    trainer, _ = trainer_of(TrainingJob(workspace, None, size=size))
    expected = state_of(read_variables(DEMO / "model.bin"), size)
    for name, values in trainer.model.state_dict().items():
        assert torch.equal(values, expected[name]), name


def test_training_starts_with_the_checkpoint_of_the_model_if_given(tmp_path: Path) -> None:
    first, second = Workspace(tmp_path / "first"), Workspace(tmp_path / "second")
    size = start_from(DEMO, first)
    first.symbols.write_text('["a", "b"]', encoding="utf-8")
    model, _ = new_model(first, size)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter)
    trained = Trainer(model, 2, LearningSchedule(steps=1))
    save_checkpoint(trained, first.checkpoint)
    assert main(["start", "--work", str(second.root), "--checkpoint", str(first.checkpoint)]) == 0
    shutil.copy(first.symbols, second.symbols)
    begun, _ = trainer_of(TrainingJob(second, None, size=size))
    for part in ("model", "head"):
        for name, values in getattr(begun, part).state_dict().items():
            assert torch.equal(values, getattr(trained, part).state_dict()[name]), name


def test_a_checkpoint_of_another_model_is_a_clear_error(
    tiny_model: Model, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_checkpoint(Trainer(tiny_model, 2, LearningSchedule(steps=1)), tmp_path / "tiny.pt")
    assert main(["start", "--work", str(tmp_path), "--checkpoint", str(tmp_path / "tiny.pt")]) == 1
    message = capsys.readouterr().err
    assert "tiny.pt" in message
    assert message.count("\n") == 1


def test_the_vocabulary_is_copied(tmp_path: Path) -> None:
    start_from(DEMO, Workspace(tmp_path))
    ours = Tokenizer.from_file(str(Workspace(tmp_path).tokenizer))
    assert ours.get_vocab() == Tokenizer.from_file(str(DEMO / "tokenizer.json")).get_vocab()


def test_an_invalid_model_is_a_clear_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "model.bin").write_bytes(bytes(100))
    assert main(["start", "--work", str(tmp_path / "work"), "--from", str(tmp_path)]) == 1
    message = capsys.readouterr().err
    assert "Cannot start from the model" in message
    assert message.count("\n") == 1


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_missing_gpu_is_a_clear_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    workspace = Workspace(tmp_path)
    for path in (workspace.pool, workspace.symbols, workspace.tokenizer):
        path.touch()
    assert main(["train", "--work", str(tmp_path), "--device", "cuda"]) == 1
    assert "--device cpu" in capsys.readouterr().err


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_without_a_gpu_the_device_is_the_cpu() -> None:
    assert choose_device("auto") == "cpu"


def test_on_a_gpu_one_process_trains_and_all_processes_prepare_batches(tmp_path: Path) -> None:
    job = TrainingJob(Workspace(tmp_path), None, processes=16, device="cuda")
    assert (job.ranks, job.producers) == (1, 16)


def test_on_a_cpu_every_process_trains_with_one_producer(tmp_path: Path) -> None:
    job = TrainingJob(Workspace(tmp_path), None, processes=2)
    assert (job.ranks, job.producers) == (2, 1)


def test_a_model_trained_from_another_can_be_exported(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    size = start_from(DEMO, workspace)
    workspace.symbols.write_text('["a", "b"]', encoding="utf-8")
    model, _ = new_model(workspace, size)
    save_checkpoint(Trainer(model, 2, LearningSchedule(steps=1), new_head=True), workspace.checkpoint)
    assert load_trained(workspace).config.d_model == size.width
