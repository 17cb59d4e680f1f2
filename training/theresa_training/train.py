"""The training loop: averaged gradients over processes, a time or step budget, resumable checkpoints."""

import math
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
import torch.distributed as distributed
from torch import Tensor, nn
from transformers import WhisperForConditionalGeneration

from theresa_training import losses
from theresa_training.batches import Batch
from theresa_training.errors import TrainingError
from theresa_training.feeding import DeviceBatch, feed

Model = WhisperForConditionalGeneration

CPU = torch.device("cpu")

HEAD_STEPS = 300
"""Steps in which a new CTC head on a pretrained model does not change the encoder."""


@dataclass(frozen=True, slots=True)
class LearningSchedule:
    """Training budget and learning rate. The budget is ``minutes``, or ``steps`` if given.

    The learning rate warms up over ``warmup`` steps, then decays along a cosine to zero at the end of the budget.
    """

    minutes: float = 94.0
    steps: int | None = None
    rate: float = 2e-3
    warmup: int = 200
    checkpoint_every: int = 250
    report_every: int = 25

    def progress(self, step: int, seconds: float) -> float:
        """Return the used share of the budget, in [0, 1]."""
        return min(1.0, step / self.steps if self.steps else seconds / (self.minutes * 60))

    def learning_rate(self, step: int, progress: float) -> float:
        """Return the learning rate of a step."""
        decay = 0.5 * (1 + math.cos(math.pi * max(0.0, (progress - 0.1) / 0.9)))
        return self.rate * min(1.0, (step + 1) / self.warmup) * decay


@dataclass(frozen=True, slots=True)
class TrainingReport:
    """Progress of the training; losses are means since the last report."""

    step: int
    progress: float
    cross_entropy: float
    ctc: float
    guided: float
    kinds: dict[str, float]
    """Cross-entropy by kind of example."""

    rate: float
    examples_per_second: float
    """New examples only."""

    seconds: float
    waited: float
    """Seconds without a batch since the start."""

    again: float
    """Share of steps that repeated a batch."""


class Trainer:
    """Model, auxiliary head and optimiser; one ``step()`` per batch; checkpoints resume exactly."""

    def __init__(
        self,
        model: Model,
        symbols: int,
        schedule: LearningSchedule,
        device: torch.device = CPU,
        new_head: bool = False,
    ) -> None:
        """Create the optimiser and the auxiliary head.

        Args:
            model: Model to train; it is moved to ``device``.
            symbols: Number of phonemes.
            schedule: Budget and learning rate.
            device: Device to compute on.
            new_head: Whether the model is pretrained and its auxiliary head is not.
        """
        self.model, self.schedule, self.device = model.to(device), schedule, device  # type: ignore[arg-type]
        self.head = nn.Linear(model.config.d_model, symbols + 1).to(device)
        self._head_steps = HEAD_STEPS if new_head else 0
        named = [*model.named_parameters(), *self.head.named_parameters(prefix="ctc")]
        self._parameters = [parameter for _, parameter in named if parameter.requires_grad]
        groups = [
            {"params": [p for p in self._parameters if p.dim() > 1], "weight_decay": 0.01},
            {"params": [p for p in self._parameters if p.dim() < 2], "weight_decay": 0.0},
        ]
        fused = device.type != "cpu"  # one kernel for all parameters instead of several for each
        self._optimizer = torch.optim.AdamW(groups, lr=schedule.rate, betas=(0.9, 0.98), eps=1e-8, fused=fused)
        self.step_number, self.seconds = 0, 0.0
        self._clock = time.monotonic()
        self._world = distributed.get_world_size() if distributed.is_initialized() else 1

    @property
    def progress(self) -> float:
        """The used share of the budget, in [0, 1]."""
        return self.schedule.progress(self.step_number, self.seconds)

    def step(self, batch: DeviceBatch) -> losses.Losses:
        """Train on one batch (the mean over the batches of all processes) and return its losses."""
        progress = self.progress
        for group in self._optimizer.param_groups:
            group["lr"] = self.schedule.learning_rate(self.step_number, progress)
        result = losses.compute(self.model, self.head, batch, read_only=self.step_number < self._head_steps)
        self._optimizer.zero_grad(set_to_none=True)
        total = result.total(progress)
        total.backward()  # type: ignore[no-untyped-call]
        now = time.monotonic()
        spent = self._average(now - self._clock)
        self._clock = now
        for parameter in self._parameters:
            if parameter.grad is not None:
                parameter.grad.nan_to_num_(0.0, 0.0, 0.0)  # one bad batch must not spoil a long run
        nn.utils.clip_grad_norm_(self._parameters, 1.0)
        self._optimizer.step()
        self.step_number += 1
        self.seconds += spent
        return result

    def _average(self, seconds: float) -> float:
        """Average the gradients over all processes, and the time so that they agree on the progress."""
        if self._world == 1:
            return seconds
        gradients = [p.grad if p.grad is not None else torch.zeros_like(p) for p in self._parameters]
        flat = torch.cat([*(g.flatten() for g in gradients), torch.tensor([seconds])])
        distributed.all_reduce(flat)
        flat /= self._world
        parts = torch.split(flat[:-1], [parameter.numel() for parameter in self._parameters])
        for parameter, values in zip(self._parameters, parts, strict=True):
            parameter.grad = values.view_as(parameter)
        return float(flat[-1])

    def state(self) -> dict[str, Any]:
        """Return everything needed to resume."""
        return {
            "model": self.model.state_dict(),
            "head": self.head.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "step": self.step_number,
            "seconds": self.seconds,
            "schedule": asdict(self.schedule),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Resume from a ``state()``."""
        self.model.load_state_dict(state["model"])
        self.head.load_state_dict(state["head"])
        self._optimizer.load_state_dict(state["optimizer"])
        self.step_number, self.seconds = state["step"], state["seconds"]

    def synchronise(self) -> None:
        """Copy the first process's parameters to all others."""
        for parameter in [*self.model.parameters(), *self.head.parameters()]:
            values: Tensor = parameter.data
            distributed.broadcast(values, 0)
        self.start_clock()

    def start_clock(self) -> None:
        """Start counting time against the budget, including time spent waiting for data."""
        self._clock = time.monotonic()


class _Tally:
    """Sums of losses between two reports. They stay on the device, because reading a value waits for the GPU."""

    def __init__(self) -> None:
        self.waited = 0.0
        self._begin()

    def _begin(self) -> None:
        self._losses: list[Tensor] = []
        self._kinds: dict[str, list[Tensor]] = {}
        self._examples, self._again, self._since = 0, 0, time.monotonic()

    def add(self, batch: DeviceBatch, result: losses.Losses) -> None:
        """Add one step."""
        values = torch.stack((result.cross_entropy, result.ctc, result.guided)).detach()
        self._losses.append(values)
        self._kinds.setdefault(batch.kind, []).append(values[0])
        self._examples += 0 if batch.echoed else len(batch.features)
        self._again += batch.echoed

    def report(self, trainer: Trainer) -> TrainingReport:
        """Return the means and reset them."""
        cross_entropy, ctc, guided = torch.stack(self._losses).mean(0).tolist()
        found = TrainingReport(
            step=trainer.step_number,
            progress=trainer.progress,
            cross_entropy=cross_entropy,
            ctc=ctc,
            guided=guided,
            kinds={kind: float(torch.stack(values).mean()) for kind, values in sorted(self._kinds.items())},
            rate=trainer.schedule.learning_rate(trainer.step_number, trainer.progress),
            examples_per_second=self._examples / (time.monotonic() - self._since),
            seconds=trainer.seconds,
            waited=self.waited,
            again=self._again / len(self._losses),
        )
        self._begin()
        return found


def save_checkpoint(trainer: Trainer, path: Path) -> None:
    """Write a checkpoint atomically: a crash while writing keeps the previous one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".part")
    torch.save(trainer.state(), temporary)
    temporary.replace(path)


def load_checkpoint(path: Path) -> dict[str, Any]:
    """Read a checkpoint.

    Raises:
        TrainingError: when the file is not a checkpoint.
        FileNotFoundError: when the file does not exist.
    """
    try:
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except (UnpicklingError, EOFError, RuntimeError):
        raise TrainingError(f"{str(path)!r} is not a checkpoint of theresa-train.") from None
    return state


def run(
    trainer: Trainer,
    batches: Iterable[Batch],
    report: Callable[[TrainingReport], None] = lambda _: None,
    checkpoint: Path | None = None,
    follow: Callable[[float], None] = lambda _: None,
) -> None:
    """Train until the budget is used up.

    Args:
        trainer: Trainer to run.
        batches: Batches, enough for the budget.
        report: Called with the progress every ``report_every`` steps.
        checkpoint: Path of the checkpoint, written regularly and at the end.
        follow: Called with the progress after every step.
    """
    stream = feed(batches, trainer.device)
    trainer.start_clock()
    tally = _Tally()
    while trainer.progress < 1.0:
        before = time.monotonic()
        batch = next(stream)
        tally.waited += time.monotonic() - before
        tally.add(batch, trainer.step(batch))
        follow(trainer.progress)
        if trainer.step_number % trainer.schedule.report_every == 0:
            report(tally.report(trainer))
        if checkpoint and trainer.step_number % trainer.schedule.checkpoint_every == 0:
            save_checkpoint(trainer, checkpoint)
    if checkpoint:
        save_checkpoint(trainer, checkpoint)
