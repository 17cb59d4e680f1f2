from dataclasses import replace
from pathlib import Path

import ctranslate2
import numpy as np
import pytest
import torch
from tokenizers import Tokenizer

from theresa_training import losses, model
from theresa_training.export import ExportError, convert, load_trained
from theresa_training.feeding import to_device
from theresa_training.inference import WindowTranscriber
from theresa_training.losses import ctc_loss, guided_attention_loss
from theresa_training.model import decode, encode, make_model
from theresa_training.tokenizer import TokenIds
from theresa_training.train import (
    CPU,
    LearningSchedule,
    Model,
    Trainer,
    TrainingReport,
    load_checkpoint,
    run,
    save_checkpoint,
)
from theresa_training.workspace import Workspace

from .conftest import SYMBOLS, TINY, make_batches


def test_training_lowers_the_loss(trainer: Trainer, ids: TokenIds) -> None:
    reports: list[TrainingReport] = []
    run(trainer, make_batches(ids, 12), reports.append)
    assert reports[-1].cross_entropy < reports[0].cross_entropy - 1
    assert trainer.progress == 1.0


def test_a_resumed_run_continues_exactly(trainer: Trainer, ids: TokenIds, tokenizer: Tokenizer, tmp_path: Path) -> None:
    batches = make_batches(ids, 6)
    for batch in batches[:3]:
        trainer.step(to_device(batch, CPU))
    save_checkpoint(trainer, tmp_path / "checkpoint.pt")
    through = [float(trainer.step(to_device(batch, CPU)).cross_entropy.detach()) for batch in batches[3:]]

    fresh = make_model(TINY, tokenizer.get_vocab_size(), ids, 0, seed=99)
    resumed = Trainer(fresh, SYMBOLS, trainer.schedule)
    resumed.restore(load_checkpoint(tmp_path / "checkpoint.pt"))
    again = [float(resumed.step(to_device(batch, CPU)).cross_entropy.detach()) for batch in batches[3:]]
    assert again == through
    assert resumed.step_number == trainer.step_number


def test_the_learning_rate_warms_up_and_ends_at_zero() -> None:
    schedule = LearningSchedule(steps=100, rate=1.0, warmup=10)
    assert schedule.learning_rate(0, 0.0) == pytest.approx(0.1)
    assert schedule.learning_rate(10, 0.1) == pytest.approx(1.0)
    assert schedule.learning_rate(100, 1.0) == pytest.approx(0.0)


def test_the_budget_is_minutes_or_steps() -> None:
    assert LearningSchedule(minutes=2).progress(10_000, 60) == 0.5
    assert LearningSchedule(steps=10).progress(5, 1e9) == 0.5
    assert LearningSchedule(steps=10).progress(50, 0) == 1.0


def test_guided_attention_rewards_looking_at_the_word() -> None:
    token_times = torch.tensor([[[0.0, 0.2]]])
    there, elsewhere = torch.zeros(1, 2, 1, 100), torch.zeros(1, 2, 1, 100)
    there[..., 5], elsewhere[..., 80] = 1.0, 1.0
    assert float(guided_attention_loss(there, token_times)) == pytest.approx(0.0)
    assert float(guided_attention_loss(elsewhere, token_times)) > 5


def test_guided_attention_ignores_tokens_without_times() -> None:
    assert float(guided_attention_loss(torch.rand(2, 2, 3, 50), torch.full((2, 3, 2), -1.0))) == 0.0


def test_windows_without_phonemes_have_no_ctc_loss() -> None:
    none = torch.zeros(0, dtype=torch.long)
    assert float(ctc_loss(torch.randn(2, 50, SYMBOLS + 1), none, torch.tensor([0, 0]))) == 0.0


def test_a_new_head_on_a_pretrained_model_does_not_change_the_encoder(tiny_model: Model, ids: TokenIds) -> None:
    trainer = Trainer(tiny_model, SYMBOLS, LearningSchedule(steps=4), new_head=True)
    losses.compute(trainer.model, trainer.head, to_device(make_batches(ids, 1)[0], CPU), read_only=True).ctc.backward()
    assert trainer.head.weight.grad is not None
    assert trainer.model.model.encoder.conv1.weight.grad is None


def test_reports_have_the_loss_of_each_kind(trainer: Trainer, ids: TokenIds) -> None:
    reports: list[TrainingReport] = []
    batches = [
        replace(batch, kind="tail" if number % 2 else "long") for number, batch in enumerate(make_batches(ids, 12))
    ]
    run(trainer, batches, reports.append)
    assert [sorted(report.kinds) for report in reports[:2]] == [["long"], ["tail"]]
    assert reports[0].kinds["long"] == pytest.approx(reports[0].cross_entropy)


def test_the_fused_attention_of_a_gpu_is_the_one_written_out(tiny_model: Model) -> None:
    layer = tiny_model.model.decoder.layers[0].self_attn
    hidden = torch.randn(2, 7, TINY.width)
    written = model._attend(layer, hidden, hidden, TINY.heads, causal=True)[0]
    torch.testing.assert_close(model._fused(layer, hidden, hidden, TINY.heads, causal=True), written)


def test_our_forward_pass_is_transformers_own(tiny_model: Model, ids: TokenIds) -> None:
    torch.manual_seed(3)
    features = torch.randn(1, 80, 3000)
    tokens = torch.tensor([[ids.start_of_transcript, ids.languages["zh"], ids.transcribe, 300]])
    with torch.no_grad():
        ours, _ = decode(tiny_model, tokens, encode(tiny_model, features))
        theirs = tiny_model(input_features=features, decoder_input_ids=tokens).logits
    torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=1e-3)


def test_an_exported_model_loads_and_transcribes(tiny_model: Model, tokenizer_path: Path, tmp_path: Path) -> None:
    convert(tiny_model, tokenizer_path, tmp_path / "model")
    model = ctranslate2.models.Whisper(str(tmp_path / "model"), compute_type="int8")
    assert model.is_multilingual
    transcriber = WindowTranscriber(tmp_path / "model")
    text, no_speech = transcriber.transcribe(np.zeros(16_000, np.float32), "zh")
    assert isinstance(text, str)
    assert 0.0 <= no_speech <= 1.0
    assert transcriber.language(np.zeros(16_000, np.float32)) in transcriber.ids.languages


def test_exporting_before_training_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="theresa-train train"):
        load_trained(Workspace(tmp_path))
