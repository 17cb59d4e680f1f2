"""Weighted means of checkpoints."""

from pathlib import Path

import pytest
import torch

from theresa_training.cli import main
from theresa_training.train import LearningSchedule, Model, Trainer, load_checkpoint, save_checkpoint


@pytest.fixture
def checkpoints(tiny_model: Model, tmp_path: Path) -> tuple[Path, Path]:
    """One with all weights 1, one with all weights 3."""
    trainer = Trainer(tiny_model, 2, LearningSchedule(steps=1))
    paths = tmp_path / "one.pt", tmp_path / "three.pt"
    for path, value in zip(paths, (1.0, 3.0), strict=True):
        for parameter in (*trainer.model.parameters(), *trainer.head.parameters()):
            torch.nn.init.constant_(parameter, value)
        save_checkpoint(trainer, path)
    return paths


def test_every_weight_is_the_weighted_mean(checkpoints: tuple[Path, Path], tmp_path: Path) -> None:
    one, three = checkpoints
    assert main(["blend", f"{one}=0.25", f"{three}=0.75", "--output", str(tmp_path / "mean.pt")]) == 0
    mean = load_checkpoint(tmp_path / "mean.pt")
    for kind in ("model", "head"):
        for name, values in mean[kind].items():
            assert torch.all(values == 2.5), name
    assert "optimizer" not in mean  # it would belong to one of the trainings


def test_shares_that_do_not_add_up_are_a_clear_error(
    checkpoints: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, three = checkpoints
    assert main(["blend", f"{one}=0.5", f"{three}=0.4", "--output", str(tmp_path / "mean.pt")]) == 1
    assert capsys.readouterr().err == "The shares must add up to 1, not 0.9.\n"


def test_a_file_that_is_not_a_checkpoint_is_a_clear_error(
    checkpoints: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "other.pt").write_bytes(bytes(100))
    other = f"{tmp_path / 'other.pt'}=0.5"
    assert main(["blend", f"{checkpoints[0]}=0.5", other, "--output", str(tmp_path / "mean.pt")]) == 1
    message = capsys.readouterr().err
    assert "other.pt' is not a checkpoint" in message
    assert message.count("\n") == 1


@pytest.mark.parametrize("part", ["a.pt", "a.pt=2", "=0.5", "a.pt=much"])
def test_an_invalid_share_is_rejected(part: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["blend", part, "--output", "mean.pt"])
    assert "is not CHECKPOINT=SHARE" in capsys.readouterr().err
