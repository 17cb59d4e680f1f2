"""`theresa-train`: make the demo model, or any single step of it."""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]
MODELS = REPOSITORY / "server" / "theresa_server" / "assets"
EPILOG = """steps, in order:
  data        synthesise the speech pool with eSpeak NG (a few minutes)
  tokenizer   learn the vocabulary from the grammar (seconds); or
  start       go on from a finished model instead: its vocabulary and its weights (seconds)
  train       train; interrupt it at will, the same command goes on from the last checkpoint
  export      convert the checkpoint to a CTranslate2 int8 directory
  evaluate    measure the exported model and write its card
  samples     write the demo recordings

and, by itself:
  entities    train the demo entity model (about 25 minutes), measure it, write its card
  blend       average the weights of several checkpoints of one model
  twin        widen a model to the size of a stock Whisper: the same text at its cost (seconds)

examples:
  theresa-train make-demo                        everything, about 100 minutes on two cores
  theresa-train make-demo --minutes 20           a worse model sooner
  theresa-train train --minutes 90 --processes 4
  theresa-train start --from demo                train the shipped model further, here or on a GPU (--device)
  theresa-train evaluate --clips 50              a quick look
  theresa-server --model work/demo/export        try the result before shipping it
  theresa-train blend a.pt=0.4 b.pt=0.6 --output work/demo/checkpoint.pt
  theresa-train twin --like tiny --output twins/tiny
"""


def _share(text: str) -> tuple[Path, float]:
    """A checkpoint and its share, as the command line gives them: `CHECKPOINT=SHARE`."""
    path, _, number = text.rpartition("=")
    try:
        value = float(number)
    except ValueError:
        value = 0.0
    if not path or not 0 < value < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not CHECKPOINT=SHARE, with a share between 0 and 1")
    return Path(path), value


OPTIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "work": ("--work", {"type": Path, "default": Path("work/demo"), "help": "data and checkpoints (%(default)s)"}),
    "clips": ("--clips", {"type": int, "default": 36_000, "help": "sentences to synthesise (%(default)s)"}),
    "voices": (
        "--voices",
        {"type": int, "default": 0, "help": "voices to invent beside eSpeak NG's own (%(default)s)"},
    ),
    "processes": ("--processes", {"type": int, "default": 2, "help": "processes to work with (%(default)s)"}),
    "from": ("--from", {"dest": "source", "default": "demo", "metavar": "MODEL", "help": "'demo', or a directory"}),
    "checkpoint": ("--checkpoint", {"type": Path, "help": "what the model was exported from, if you still have it"}),
    "fsdd": (
        "--fsdd",
        {
            "type": Path,
            "default": REPOSITORY / ".." / "shared" / "data" / "fsdd",
            "help": "the Free Spoken Digit Dataset (default: ../shared/data/fsdd of the repository)",
        },
    ),
    "minutes": ("--minutes", {"type": float, "default": 94.0, "help": "training budget (%(default)g)"}),
    "rate": ("--rate", {"type": float, "default": 1.5e-3, "help": "peak learning rate (%(default)g)"}),
    "device": (
        "--device",
        {
            "choices": ("auto", "cpu", "cuda"),
            "default": "auto",
            "help": "what learns; with cuda, all processes prepare batches for the GPU (%(default)s)",
        },
    ),
    "frames": ("--frames", {"type": int, "help": "10 ms frames in a batch (8000 for each process; cuda: 96000)"}),
    "export": ("--output", {"type": Path, "help": "the exported model (default: WORK/export)"}),
    "seed": ("--seed", {"type": int, "default": 20_240, "help": "of the held-out data (%(default)s)"}),
    "clips of a set": ("--clips", {"type": int, "help": "clips in each set (default: 200)"}),
    "sentences": ("--clips", {"type": int, "help": "sentences to train on (default: 150000)"}),
    "folder": ("--output", {"type": Path, "metavar": "DIR", "help": "where to write it (default: into the package)"}),
    "like": (
        "--like",
        {
            "choices": ("tiny", "base", "small", "large-v3-turbo"),
            "required": True,
            "help": "the Whisper whose size it gets",
        },
    ),
    "blend": ("parts", {"type": _share, "nargs": "+", "metavar": "CHECKPOINT=SHARE", "help": "0.3, for example"}),
    "mean": ("--output", {"type": Path, "required": True, "metavar": "FILE", "help": "the checkpoint to write"}),
    "twin": ("--output", {"type": Path, "required": True, "metavar": "DIR", "help": "where to write it"}),
}
"""What steps can be told; by an option of the same name, steps may be told something different."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="theresa-train",
        description="Make Theresa's demo model: data, vocabulary, training, export, evaluation.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    steps = parser.add_subparsers(dest="step", required=True, metavar="STEP")
    for name, step in STEPS.items():
        parsed = steps.add_parser(name, help=step.does, description=f"{step.does[0].upper()}{step.does[1:]}.")
        for option in step.options:
            flag, settings = OPTIONS[option]
            parsed.add_argument(flag, **settings)
    return parser


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _fsdd(options: argparse.Namespace) -> Path | None:
    folder: Path = options.fsdd
    if folder.is_dir():
        return folder
    _say(f"No recordings of real digits in {folder}: going on without them (--fsdd names another folder).")
    return None


def _data(options: argparse.Namespace) -> None:
    from theresa_training.launch import Workspace
    from theresa_training.pool import Pool, make_pool

    workspace = Workspace(options.work)
    make_pool(workspace.pool, options.clips, options.processes, options.voices)
    from theresa_training import digits

    symbols = {symbol for word in digits.PRONUNCIATIONS for symbol in word} | set(Pool(workspace.pool).symbols())
    workspace.symbols.write_text(json.dumps(sorted(symbols), ensure_ascii=False), encoding="utf-8")


def _tokenizer(options: argparse.Namespace) -> None:
    from theresa_training.launch import Workspace
    from theresa_training.tokenizer import train_tokenizer

    tokenizer = train_tokenizer(Workspace(options.work).tokenizer)
    _say(f"{tokenizer.get_vocab_size()} tokens in {Workspace(options.work).tokenizer}.")


def _model(options: argparse.Namespace) -> Path:
    return MODELS / "demo" if options.source == "demo" else Path(options.source)


def _start(options: argparse.Namespace) -> None:
    from theresa_training.continuing import begin_from
    from theresa_training.launch import Workspace

    workspace = Workspace(options.work)
    begin_from(_model(options), workspace, options.checkpoint)
    _say(f"Training in {workspace.root} goes on from {_model(options)}.")


def _train(options: argparse.Namespace) -> None:
    from theresa_training.launch import Job, Workspace, choose_device, train
    from theresa_training.model import Size
    from theresa_training.train import Schedule

    workspace = Workspace(options.work)
    for path, step in ((workspace.pool, "data"), (workspace.symbols, "data"), (workspace.tokenizer, "tokenizer")):
        if not path.exists():
            raise FileNotFoundError(f"There is no {path}: run `theresa-train {step}` first.")
    device = choose_device(options.device)
    size = Size(**json.loads(workspace.size.read_text(encoding="utf-8"))) if workspace.start.exists() else Size()
    frames = options.frames or (8_000 if device == "cpu" else 96_000)
    schedule = Schedule(minutes=options.minutes, rate=options.rate)
    train(Job(workspace, _fsdd(options), schedule, size, frames, options.processes, device=device))


def _target(options: argparse.Namespace) -> Path:
    target: Path = options.output or options.work / "export"
    return target


def _export(options: argparse.Namespace) -> None:
    from theresa_training.export import export
    from theresa_training.launch import Workspace

    export(Workspace(options.work), _target(options))
    _say(f"The model is in {_target(options)}.")


def _evaluate(options: argparse.Namespace) -> None:
    from theresa_training.card import write_card
    from theresa_training.evaluate import Plan, evaluate
    from theresa_training.launch import Workspace
    from theresa_training.pool import Pool

    target = _target(options)
    if not (target / "model.bin").exists():
        raise FileNotFoundError(f"There is no exported model in {target}: run `theresa-train export` first.")
    pool = Pool(Workspace(options.work).pool)
    plan = (
        Plan(seed=options.seed)
        if options.clips is None
        else Plan(
            clips=options.clips, windows=max(1, options.clips // 5), digit_strings=options.clips, seed=options.seed
        )
    )
    figures = evaluate(target, pool.texts(), _fsdd(options), plan, _say)
    write_card(Workspace(options.work), target, figures, options.seed, len(pool))


def _samples(options: argparse.Namespace) -> None:
    from theresa_training.samples import make_samples

    folder = options.output if options.step == "samples" and options.output else MODELS / "samples"
    make_samples(folder)
    _say(f"The recordings are in {folder}.")


def _entities(options: argparse.Namespace) -> None:
    from theresa_training.entities.card import make
    from theresa_training.entities.train import Recipe

    recipe = Recipe(sentences=options.clips) if options.clips else Recipe()
    output = options.output or MODELS / "entities"
    figures = make(options.work / "entities", output, recipe)
    fresh = figures["sets"]["fresh wording, new names"]["f1"]
    _say(f"The model is in {output}; F1 on fresh wording with new names: {fresh} %.")


def _blend(options: argparse.Namespace) -> None:
    from theresa_training.blending import write_blend

    write_blend(options.parts, options.output)
    _say(f"The mean of {len(options.parts)} checkpoints is in {options.output}.")


def _twin(options: argparse.Namespace) -> None:
    from theresa_training.twins import make_twin

    make_twin(_model(options), options.output, options.like)
    _say(f"The twin is in {options.output}.")


def _make_demo(options: argparse.Namespace) -> None:
    options.output = options.output or MODELS / "demo"
    clips = options.clips
    for step in (_data, _tokenizer, _train, _export, _evaluate, _samples):
        options.clips = clips if step is _data else None
        step(options)


@dataclass(frozen=True, slots=True)
class Step:
    """What a step does, and what it can be told of ``OPTIONS``."""

    does: str
    run: Callable[[argparse.Namespace], None]
    options: tuple[str, ...]


_TRAIN = ("processes", "fsdd", "minutes", "rate", "device", "frames")

STEPS = {
    "make-demo": Step(
        "all steps, into the package", _make_demo, ("work", "clips", "voices", *_TRAIN, "seed", "folder")
    ),
    "data": Step("synthesise the speech pool", _data, ("work", "clips", "voices", "processes")),
    "tokenizer": Step("learn the vocabulary", _tokenizer, ("work",)),
    "start": Step("go on from a finished model instead of from nothing", _start, ("work", "from", "checkpoint")),
    "train": Step("train or go on training", _train, ("work", *_TRAIN)),
    "export": Step("convert the checkpoint to CTranslate2 int8", _export, ("work", "export")),
    "evaluate": Step(
        "measure the exported model, write its card", _evaluate, ("work", "export", "fsdd", "clips of a set", "seed")
    ),
    "samples": Step("write the demo recordings", _samples, ("folder",)),
    "entities": Step(
        "train the demo entity model, measure it and write its card", _entities, ("work", "sentences", "folder")
    ),
    "blend": Step("average the weights of checkpoints of one model", _blend, ("blend", "mean")),
    "twin": Step(
        "widen a model to the size of a stock Whisper: the same text at its cost", _twin, ("like", "from", "twin")
    ),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one step. Returns the exit code: 0, or 1 after a one-sentence error."""
    arguments = sys.argv[1:] if arguments is None else arguments
    needed = [
        "torch",
        "transformers",
        "tokenizers",
        "soundfile",
        "tqdm",
        *(["hanlp"] if "entities" in arguments else []),
    ]
    missing = [name for name in needed if find_spec(name) is None]
    if missing and not {"-h", "--help"} & {*arguments}:
        extras = "training,entities" if "hanlp" in missing else "training"
        sys.stderr.write(f"theresa-train needs {', '.join(missing)}: pip install 'theresa[{extras}]'.\n")
        return 1
    options = _parser().parse_args(arguments)
    from theresa_training.digits import DigitsError
    from theresa_training.errors import TrainingError
    from theresa_training.speech import SpeechError
    from theresa_training.widening import TwinError

    try:
        STEPS[options.step].run(options)
    except KeyboardInterrupt:
        sys.stderr.write("Stopped. The same command goes on from the last checkpoint.\n")
        return 130
    except (FileNotFoundError, TrainingError, DigitsError, SpeechError, TwinError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
