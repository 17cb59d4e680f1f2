"""A finished model can be trained further: its weights come back as they were."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer

from theresa_training.__main__ import MODELS, main
from theresa_training.continuing import begin_from, deepened, size_of, state_of
from theresa_training.ct2_files import read_variables
from theresa_training.export import convert, load_trained
from theresa_training.launch import Job, Workspace, choose_device, new_model
from theresa_training.launch import _trainer as trainer_of
from theresa_training.model import Size, decode, make_model
from theresa_training.tokenizer import Ids
from theresa_training.train import Model

from .conftest import TINY

DEMO = MODELS / "demo"


def test_the_shipped_model_comes_back_to_the_byte(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    size = begin_from(DEMO, workspace)
    workspace.symbols.write_text('["a", "b"]', encoding="utf-8")
    model, _ = new_model(workspace, size)
    model.load_state_dict(torch.load(workspace.start))
    convert(model, workspace.tokenizer, tmp_path / "again")
    assert (tmp_path / "again" / "model.bin").read_bytes() == (DEMO / "model.bin").read_bytes()


def test_weights_that_were_not_rounded_come_back_as_they_were(
    tiny_model: Model, tokenizer_path: Path, tmp_path: Path
) -> None:
    for parameter in tiny_model.parameters():
        torch.nn.init.normal_(parameter)  # equal ones would be stored once
    convert(tiny_model, tokenizer_path, tmp_path, quantization="float32")
    variables = read_variables(tmp_path / "model.bin")
    assert size_of(variables) == TINY
    state = state_of(variables, TINY)
    assert state.keys() == tiny_model.state_dict().keys()
    for name, values in tiny_model.state_dict().items():
        torch.testing.assert_close(state[name], values, msg=name)


def test_a_training_begins_with_the_weights_of_the_model(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    assert main(["start", "--work", str(tmp_path), "--from", "demo"]) == 0
    workspace.symbols.write_text('["a", "b"]', encoding="utf-8")
    size = Size(**json.loads(workspace.size.read_text(encoding="utf-8")))
    trainer, _ = trainer_of(Job(workspace, None, size=size))
    expected = state_of(read_variables(DEMO / "model.bin"), size)
    for name, values in trainer.model.state_dict().items():
        assert torch.equal(values, expected[name]), name


def test_a_deeper_decoder_says_the_same_until_it_is_trained(tiny_model: Model, tokenizer: Tokenizer, ids: Ids) -> None:
    deeper = make_model(replace(TINY, decoder_layers=3), tokenizer.get_vocab_size(), ids, 0, seed=7)
    deeper.load_state_dict(deepened(tiny_model.state_dict(), deeper.state_dict(), 1, 3))
    tokens, memory = torch.tensor([[ids.start_of_transcript, 300, 301]]), torch.randn(1, 40, TINY.width)
    with torch.no_grad():
        expected, looked = decode(tiny_model, tokens, memory)
        said, looks = decode(deeper, tokens, memory)
    torch.testing.assert_close(said, expected)
    torch.testing.assert_close(looks, looked)


def test_what_a_deeper_decoder_has_more_of_can_learn(tmp_path: Path) -> None:
    assert main(["start", "--work", str(tmp_path), "--decoder-layers", "3"]) == 0
    state = torch.load(Workspace(tmp_path).start)
    assert json.loads(Workspace(tmp_path).size.read_text(encoding="utf-8"))["decoder_layers"] == 3
    assert not state["model.decoder.layers.1.fc2.weight"].any()
    assert state["model.decoder.layers.1.fc1.weight"].any()
    assert state["model.decoder.layers.2.fc2.weight"].any()


def test_its_vocabulary_comes_along(tmp_path: Path) -> None:
    begin_from(DEMO, Workspace(tmp_path))
    ours = Tokenizer.from_file(str(Workspace(tmp_path).tokenizer))
    assert ours.get_vocab() == Tokenizer.from_file(str(DEMO / "tokenizer.json")).get_vocab()


def test_what_is_no_model_is_one_clear_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "model.bin").write_bytes(bytes(100))
    assert main(["start", "--work", str(tmp_path / "work"), "--from", str(tmp_path)]) == 1
    message = capsys.readouterr().err
    assert "cannot be trained any further" in message
    assert message.count("\n") == 1


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there_is_one_clear_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    workspace = Workspace(tmp_path)
    for path in (workspace.pool, workspace.symbols, workspace.tokenizer):
        path.touch()
    assert main(["train", "--work", str(tmp_path), "--device", "cuda"]) == 1
    assert "--device cpu" in capsys.readouterr().err


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_without_a_gpu_the_device_is_the_cpu() -> None:
    assert choose_device("auto") == "cpu"


def test_on_a_gpu_one_process_learns_and_all_others_prepare(tmp_path: Path) -> None:
    job = Job(Workspace(tmp_path), None, processes=16, device="cuda")
    assert (job.ranks, job.producers) == (1, 16)


def test_on_the_cpu_every_process_learns_with_one_that_prepares(tmp_path: Path) -> None:
    job = Job(Workspace(tmp_path), None, processes=2)
    assert (job.ranks, job.producers) == (2, 1)


def test_exporting_finds_what_was_trained_further(tmp_path: Path) -> None:
    from theresa_training.train import Schedule, Trainer, save_checkpoint

    workspace = Workspace(tmp_path)
    size = begin_from(DEMO, workspace)
    workspace.symbols.write_text('["a", "b"]', encoding="utf-8")
    model, _ = new_model(workspace, size)
    save_checkpoint(Trainer(model, 2, Schedule(steps=1), continued=True), workspace.checkpoint)
    assert load_trained(workspace).config.d_model == size.width
