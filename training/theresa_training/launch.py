"""Launch a training: its processes, batch producers, progress bar and log."""

import json
import os
import socket
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
import torch.distributed as distributed
from tokenizers import Tokenizer
from torch.multiprocessing.spawn import spawn
from tqdm import tqdm

from theresa_training.batches import ProducerConfig, Producers, leave_with_parent
from theresa_training.errors import TrainingError
from theresa_training.model import ModelSize, make_model
from theresa_training.tokenizer import TokenIds
from theresa_training.train import LearningSchedule, Model, Trainer, TrainingReport, load_checkpoint, run
from theresa_training.workspace import Workspace


@dataclass(frozen=True, slots=True)
class TrainingJob:
    """One training run.

    On a CPU each of ``processes`` trains on batches from one producer of its own. On a GPU (``device`` "cuda") one
    process trains, and all ``processes`` are producers.
    """

    workspace: Workspace
    fsdd: Path | None
    schedule: LearningSchedule = field(default_factory=LearningSchedule)
    size: ModelSize = field(default_factory=ModelSize)
    frames: int = 8_000
    """Batch size in frames of 10 ms."""

    processes: int = 2
    seed: int = 0
    device: str = "cpu"

    @property
    def ranks(self) -> int:
        """Number of training processes."""
        return self.processes if self.device == "cpu" else 1

    @property
    def producers(self) -> int:
        """Number of producer processes per training process."""
        return self.processes // self.ranks


def choose_device(name: str) -> str:
    """Return "cuda" or "cpu"; ``auto`` is a GPU if PyTorch finds one.

    Raises:
        TrainingError: when a GPU is requested and PyTorch finds none.
    """
    if name == "cuda" and not torch.cuda.is_available():
        raise TrainingError("PyTorch finds no GPU (torch.cuda.is_available() is False): use --device cpu.")
    return ("cuda" if torch.cuda.is_available() else "cpu") if name == "auto" else name


def new_model(workspace: Workspace, size: ModelSize) -> tuple[Model, list[str]]:
    """Return an untrained model for the workspace's vocabulary, and the phoneme symbols."""
    tokenizer = Tokenizer.from_file(str(workspace.tokenizer))
    blank = tokenizer.encode(" ").ids[0]
    model = make_model(size, tokenizer.get_vocab_size(), TokenIds.of(tokenizer), blank)
    return model, json.loads(workspace.symbols.read_text(encoding="utf-8"))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _trainer(job: TrainingJob) -> tuple[Trainer, tuple[str, ...]]:
    """Return a trainer for the state of the workspace: a checkpoint, a model to start from, or neither."""
    workspace = job.workspace
    model, symbols = new_model(workspace, job.size)
    start = load_checkpoint(workspace.start) if workspace.start.exists() else {}
    if start:
        model.load_state_dict(start["model"])
    new_head = bool(start) and "head" not in start
    trainer = Trainer(model, len(symbols), job.schedule, torch.device(job.device), new_head)
    if "head" in start:
        trainer.head.load_state_dict(start["head"])
    if workspace.checkpoint.exists():
        trainer.restore(load_checkpoint(workspace.checkpoint))
    return trainer, tuple(symbols)


def _rank(rank: int, job: TrainingJob, port: int) -> None:
    torch.set_flush_denormal(True)
    torch.set_num_threads(1)  # with busy neighbours, two threads are several times slower than one
    if job.ranks > 1:
        leave_with_parent()
        address = f"tcp://127.0.0.1:{port}"
        distributed.init_process_group("gloo", init_method=address, rank=rank, world_size=job.ranks)
    trainer, symbols = _trainer(job)
    # A resumed run must not repeat its examples.
    seed = job.seed + 1_000_003 * rank + 101 * trainer.step_number
    workspace = job.workspace
    config = ProducerConfig(
        workspace.pool,
        workspace.tokenizer,
        symbols,
        job.fsdd,
        seed,
        job.frames,
        continued=workspace.start.exists(),
        compact=job.device != "cpu",
    )
    producers = Producers(config, job.producers)
    producers.set_progress(trainer.progress)
    if job.ranks > 1:
        trainer.synchronise()
    try:
        if rank:
            run(trainer, producers, follow=producers.set_progress)
        else:
            with tqdm(total=100, unit="%", desc="training", bar_format="{l_bar}{bar}| {postfix}") as bar:
                run(trainer, producers, _reporter(job, bar), workspace.checkpoint, producers.set_progress)
    finally:
        producers.close()


def _reporter(job: TrainingJob, bar: tqdm):  # type: ignore[no-untyped-def,type-arg]
    def report(report: TrainingReport) -> None:
        bar.n = round(report.progress * 100, 1)
        kinds = " ".join(f"{kind} {value:.3f}" for kind, value in report.kinds.items())
        bar.set_postfix_str(
            f"step {report.step} ce {report.cross_entropy:.3f} ({kinds}) ctc {report.ctc:.3f} "
            f"guided {report.guided:.3f} {report.examples_per_second * job.ranks:.0f} examples/s "
            f"waited {report.waited:.0f} s, again {report.again:.0%}"
        )
        with job.workspace.log.open("a", encoding="utf-8") as stream:
            record = asdict(report) | {"kinds": {kind: round(value, 5) for kind, value in report.kinds.items()}}
            rounded = {key: round(value, 5) if isinstance(value, float) else value for key, value in record.items()}
            stream.write(json.dumps(rounded) + "\n")

    return report


def train(job: TrainingJob) -> None:
    """Train until the budget is used up, resuming from the workspace's checkpoint if there is one."""
    job.workspace.size.write_text(json.dumps(asdict(job.size)), encoding="utf-8")
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    # Keep freed memory in the process: mapping it again in every step costs a fifth of the time (glibc, mallopt(3)).
    for name in ("MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_", "MALLOC_TOP_PAD_"):
        os.environ.setdefault(name, str(512 << 20))
    if job.ranks == 1:
        _rank(0, job, 0)
    else:
        spawn(_rank, (job, _free_port()), nprocs=job.ranks)  # type: ignore[no-untyped-call]
