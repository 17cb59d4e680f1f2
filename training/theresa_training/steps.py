"""The steps of ``theresa-train``, each a function of the parsed options."""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

from theresa_training import digits
from theresa_training.blending import write_blend
from theresa_training.card import write_card
from theresa_training.continuing import start_from
from theresa_training.errors import TrainingError
from theresa_training.evaluate import EvaluationPlan, evaluate
from theresa_training.export import export
from theresa_training.launch import TrainingJob, choose_device, train
from theresa_training.model import ModelSize
from theresa_training.pool import Pool, make_pool
from theresa_training.samples import make_samples
from theresa_training.tokenizer import train_tokenizer
from theresa_training.train import LearningSchedule
from theresa_training.twins import make_twin
from theresa_training.workspace import MODELS, Workspace

CPU_FRAMES = 8_000
GPU_FRAMES = 96_000


def run_data(options: argparse.Namespace) -> None:
    """Synthesise the speech pool and collect its phoneme symbols."""
    workspace = Workspace(options.work)
    make_pool(workspace.pool, options.clips, options.processes, options.voices)
    symbols = {symbol for word in digits.PRONUNCIATIONS for symbol in word} | set(Pool(workspace.pool).symbols())
    workspace.symbols.write_text(json.dumps(sorted(symbols), ensure_ascii=False), encoding="utf-8")


def run_tokenizer(options: argparse.Namespace) -> None:
    """Learn the vocabulary."""
    path = Workspace(options.work).tokenizer
    tokenizer = train_tokenizer(path)
    _print(f"Wrote a vocabulary of {tokenizer.get_vocab_size()} tokens to {path}.")


def run_start(options: argparse.Namespace) -> None:
    """Prepare the workspace to continue from an existing model."""
    workspace, model = Workspace(options.work), _model(options)
    start_from(model, workspace, options.checkpoint)
    _print(f"Training in {workspace.root} will start from {model}.")


def run_train(options: argparse.Namespace) -> None:
    """Train, or resume from the last checkpoint.

    Raises:
        TrainingError: when an earlier step has not been run, or a GPU is requested and PyTorch finds none.
    """
    workspace = Workspace(options.work)
    for path, step in ((workspace.pool, "data"), (workspace.symbols, "data"), (workspace.tokenizer, "tokenizer")):
        if not path.exists():
            raise TrainingError(f"{path} does not exist: run `theresa-train {step}` first.")
    device = choose_device(options.device)
    saved = json.loads(workspace.size.read_text(encoding="utf-8")) if workspace.start.exists() else {}
    frames = options.frames or (CPU_FRAMES if device == "cpu" else GPU_FRAMES)
    schedule = LearningSchedule(minutes=options.minutes, rate=options.rate)
    size = ModelSize(**saved)
    train(TrainingJob(workspace, _fsdd(options), schedule, size, frames, options.processes, device=device))


def run_export(options: argparse.Namespace) -> None:
    """Convert the checkpoint to CTranslate2 int8."""
    target = _exported(options)
    export(Workspace(options.work), target)
    _print(f"Wrote the model to {target}.")


def run_evaluate(options: argparse.Namespace) -> None:
    """Measure the exported model and write its card.

    Raises:
        TrainingError: when no model has been exported.
    """
    target = _exported(options)
    if not (target / "model.bin").exists():
        raise TrainingError(f"No exported model in {target}: run `theresa-train export` first.")
    pool = Pool(Workspace(options.work).pool)
    plan = EvaluationPlan(seed=options.seed)
    if clips := options.clips:
        plan = EvaluationPlan(clips=clips, windows=max(1, clips // 5), digit_strings=clips, seed=options.seed)
    figures = evaluate(target, pool.texts(), _fsdd(options), plan, _print)
    write_card(Workspace(options.work), target, figures, options.seed, len(pool))


def run_samples(options: argparse.Namespace) -> None:
    """Write the demo recordings."""
    folder = options.output or MODELS / "samples"
    make_samples(folder)
    _print(f"Wrote the recordings to {folder}.")


def run_entities(options: argparse.Namespace) -> None:
    """Train, export and measure the demo entity model."""
    from theresa_training.entities.card import make  # needs the entities extra
    from theresa_training.entities.train import Recipe

    recipe = Recipe(sentences=options.clips) if options.clips else Recipe()
    output = options.output or MODELS / "entities"
    figures = make(options.work / "entities", output, recipe)
    english, mandarin = (figures["sets"][f"fresh wording, new names, {language}"]["f1"] for language in ("en", "zh"))
    _print(f"Wrote the model to {output}. F1 on fresh wording with new names: {english} % (en), {mandarin} % (zh).")


def run_blend(options: argparse.Namespace) -> None:
    """Average checkpoints."""
    write_blend(options.parts, options.output)
    _print(f"Wrote the mean of {len(options.parts)} checkpoints to {options.output}.")


def run_twin(options: argparse.Namespace) -> None:
    """Widen a model to the dimensions of a stock Whisper."""
    make_twin(_model(options), options.output, options.like)
    _print(f"Wrote the twin to {options.output}.")


def run_make_demo(options: argparse.Namespace) -> None:
    """Run the whole pipeline and install its results in the server package."""
    run_data(options)
    options = argparse.Namespace(**vars(options) | {"output": options.output or MODELS / "demo", "clips": None})
    for run in (run_tokenizer, run_train, run_export, run_evaluate):
        run(options)
    run_samples(argparse.Namespace(output=None))


RUN: dict[str, Callable[[argparse.Namespace], None]] = {
    "make-demo": run_make_demo,
    "data": run_data,
    "tokenizer": run_tokenizer,
    "start": run_start,
    "train": run_train,
    "export": run_export,
    "evaluate": run_evaluate,
    "samples": run_samples,
    "entities": run_entities,
    "blend": run_blend,
    "twin": run_twin,
}
"""The function of each step in ``theresa_training.cli.STEPS``."""


def _model(options: argparse.Namespace) -> Path:
    return MODELS / "demo" if options.source == "demo" else Path(options.source)


def _exported(options: argparse.Namespace) -> Path:
    target: Path = options.output or options.work / "export"
    return target


def _fsdd(options: argparse.Namespace) -> Path | None:
    folder: Path = options.fsdd
    if folder.is_dir():
        return folder
    _print(f"No recordings of spoken digits in {folder}: continuing without them. Use --fsdd to name their folder.")
    return None


def _print(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
