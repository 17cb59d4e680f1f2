"""The command line of ``theresa-train``: its steps and their options."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from theresa_training.errors import TrainingError
from theresa_training.workspace import REPOSITORY

EPILOG = """steps of the pipeline, in order; make-demo runs them all:
  data        synthesise speech with eSpeak NG (a few minutes)
  tokenizer   learn a vocabulary from the grammar (seconds)
  train       train the model; the same command resumes from the last checkpoint
  export      convert the checkpoint to a CTranslate2 int8 directory
  evaluate    measure the exported model and write its model card
  samples     write the demo recordings

to start from an existing model, run this step instead of tokenizer:
  start       take over its vocabulary and weights (seconds)

steps independent of the pipeline:
  entities    train the demo entity model, evaluate it and write its card (about 25 minutes)
  blend       average the weights of several checkpoints of one model
  twin        widen a model to the dimensions of a stock Whisper, with the same output (seconds)

examples:
  theresa-train make-demo                        the whole pipeline, about 100 minutes on two cores
  theresa-train make-demo --minutes 20           a less accurate model, sooner
  theresa-train train --minutes 90 --processes 4
  theresa-train start --from demo                continue from the shipped model
  theresa-train evaluate --clips 50              a quick evaluation
  theresa-server --model work/demo/export        try the model in the server
  theresa-train blend a.pt=0.4 b.pt=0.6 --output work/demo/checkpoint.pt
  theresa-train twin --like tiny --output twins/tiny

Run `theresa-train STEP --help` for the options of a step.
"""
INTERRUPTED = 130
PACKAGES = ("torch", "transformers", "tokenizers", "soundfile", "tqdm")


@dataclass(frozen=True, slots=True)
class Step:
    """One step as the command line presents it. ``theresa_training.steps`` has the function of the same name."""

    description: str
    options: tuple[str, ...]
    """Keys of ``OPTIONS``."""

    resumable: bool = False


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, not {number}")
    return number


def _positive(text: str) -> float:
    number = float(text)
    if not number > 0:
        raise argparse.ArgumentTypeError(f"must be greater than 0, not {text}")
    return number


# argparse names the type in its message about text that is not a number.
_count.__name__, _positive.__name__ = "number", "number"


def _share(text: str) -> tuple[Path, float]:
    path, _, number = text.rpartition("=")
    try:
        share = float(number)
    except ValueError:
        share = 0.0
    if not path or not 0 < share < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not CHECKPOINT=SHARE with a share between 0 and 1")
    return Path(path), share


def _option(flag: str, help_text: str, **settings: Any) -> tuple[str, dict[str, Any]]:
    return flag, settings | {"help": help_text}


_FSDD = REPOSITORY / ".." / "shared" / "data" / "fsdd"
OPTIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "work": _option(
        "--work",
        "folder for data and checkpoints (default: %(default)s)",
        type=Path,
        default=Path("work/demo"),
        metavar="DIR",
    ),
    "clips": _option(
        "--clips",
        "sentences to synthesise, rounded up to a multiple of 500 (default: %(default)s)",
        type=_count,
        default=36_000,
        metavar="N",
    ),
    "voices": _option(
        "--voices",
        "random voices to add to those of eSpeak NG, at most 200 (default: %(default)s)",
        type=int,
        default=0,
        metavar="N",
    ),
    "processes": _option(
        "--processes",
        "processes to run; each uses one thread, so set it to the number of cores (default: %(default)s)",
        type=_count,
        default=2,
        metavar="N",
    ),
    "start from": _option(
        "--from",
        "model to start from: 'demo' or a directory exported by theresa-train (default: %(default)s)",
        dest="source",
        default="demo",
        metavar="MODEL",
    ),
    "checkpoint": _option(
        "--checkpoint",
        "checkpoint that the model was exported from: start from its unrounded weights and its phoneme head",
        type=Path,
        metavar="FILE",
    ),
    "fsdd": _option(
        "--fsdd",
        "folder of the Free Spoken Digit Dataset (default: ../shared/data/fsdd of the repository; without it, all "
        "speech is synthetic)",
        type=Path,
        default=_FSDD,
        metavar="DIR",
    ),
    "minutes": _option(
        "--minutes",
        "training time; the learning rate reaches zero at its end (default: %(default)g)",
        type=_positive,
        default=94.0,
        metavar="N",
    ),
    "rate": _option(
        "--rate", "peak learning rate (default: %(default)g)", type=_positive, default=1.5e-3, metavar="RATE"
    ),
    "device": _option(
        "--device",
        "device to train on; auto uses a GPU if PyTorch finds one. On a GPU, all --processes prepare batches "
        "(default: %(default)s)",
        choices=("auto", "cpu", "cuda"),
        default="auto",
    ),
    "frames": _option(
        "--frames",
        "batch size in frames of 10 ms (default: 8000 per process on a CPU, 96000 on a GPU)",
        type=_count,
        metavar="N",
    ),
    "export": _option("--output", "directory of the exported model (default: WORK/export)", type=Path, metavar="DIR"),
    "seed": _option(
        "--seed", "seed of the held-out data (default: %(default)s)", type=int, default=20_240, metavar="N"
    ),
    "clips per set": _option("--clips", "clips in each test set (default: 200)", type=_count, metavar="N"),
    "sentences": _option("--clips", "sentences to train on (default: 150000)", type=_count, metavar="N"),
    "shipped": _option("--output", "directory to write to (default: the server package)", type=Path, metavar="DIR"),
    "like": _option(
        "--like",
        "stock Whisper whose dimensions the model gets",
        choices=("tiny", "base", "small", "large-v3-turbo"),
        required=True,
    ),
    "widen from": _option(
        "--from",
        "model to widen: 'demo' or a directory exported by theresa-train (default: %(default)s)",
        dest="source",
        default="demo",
        metavar="MODEL",
    ),
    "twin": _option("--output", "directory to write the twin to", type=Path, required=True, metavar="DIR"),
    "parts": _option(
        "parts",
        "a checkpoint and its weight in the mean, such as first.pt=0.3; the shares must add up to 1",
        type=_share,
        nargs="+",
        metavar="CHECKPOINT=SHARE",
    ),
    "blend": _option("--output", "checkpoint to write", type=Path, required=True, metavar="FILE"),
}
"""Flags and settings for argparse by key; several keys share a flag that means different things to different steps."""

_TRAIN = ("processes", "fsdd", "minutes", "rate", "device", "frames")
STEPS = {
    "make-demo": Step(
        "Runs data, tokenizer, train, export, evaluate and samples. With the defaults this takes about 100 minutes on "
        "two cores. The model replaces the shipped demo model unless --output is given; the sample recordings always "
        "replace the shipped ones.",
        ("work", "clips", "voices", *_TRAIN, "seed", "shipped"),
        resumable=True,
    ),
    "data": Step(
        "Synthesises sentences of the grammar with eSpeak NG and writes WORK/pool and WORK/symbols.json. Clips of an "
        "earlier run are kept, so a larger --clips adds to them.",
        ("work", "clips", "voices", "processes"),
        resumable=True,
    ),
    "tokenizer": Step(
        "Learns a byte-level BPE vocabulary from the grammar and writes WORK/tokenizer.json.",
        ("work",),
    ),
    "start": Step(
        "Copies the vocabulary of a model exported by theresa-train and turns its weights back into trainable ones. "
        "Replaces the tokenizer step; run it before train.",
        ("work", "start from", "checkpoint"),
    ),
    "train": Step(
        "Trains until --minutes are used up and writes WORK/checkpoint.pt and WORK/log.jsonl. Run the same command "
        "again to resume an interrupted training.",
        ("work", *_TRAIN),
        resumable=True,
    ),
    "export": Step(
        "Writes a directory that theresa-server, faster-whisper and CTranslate2 can load.",
        ("work", "export"),
    ),
    "evaluate": Step(
        "Measures the model on held-out sentences, voices, windows and recordings; writes README.md and "
        "evaluation.json next to it.",
        ("work", "export", "fsdd", "clips per set", "seed"),
    ),
    "samples": Step(
        "Synthesises the sample recordings of the demo page with their reference transcripts.",
        ("shipped",),
    ),
    "entities": Step(
        "Trains a small HanLP model for named entities on generated sentences. Takes about 25 minutes on two cores and "
        "needs pip install 'theresa[training,entities]'. The model replaces the shipped one unless --output is given.",
        ("work", "sentences", "shipped"),
    ),
    "blend": Step(
        "Writes the weighted mean of several checkpoints. The result can be exported, or passed to start --checkpoint.",
        ("parts", "blend"),
    ),
    "twin": Step(
        "Writes a model that returns the transcripts of the original at the computational cost of a stock Whisper, for "
        "benchmarks without stock weights.",
        ("like", "widen from", "twin"),
    ),
}


def make_parser() -> argparse.ArgumentParser:
    """Return the parser for all steps."""
    parser = argparse.ArgumentParser(
        prog="theresa-train",
        description="Train Theresa's demo models: data, vocabulary, training, export, evaluation.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    steps = parser.add_subparsers(dest="step", required=True, metavar="STEP")
    for name, step in STEPS.items():
        subparser = steps.add_parser(name, description=step.description)
        for key in step.options:
            flag, settings = OPTIONS[key]
            subparser.add_argument(flag, **settings)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one step.

    Returns:
        The exit status: 0, 1 after an error message, or 130 after Ctrl-C.
    """
    options = make_parser().parse_args(arguments)
    packages = (*PACKAGES, "hanlp") if options.step == "entities" else PACKAGES
    if missing := [name for name in packages if find_spec(name) is None]:
        extras = "training,entities" if "hanlp" in missing else "training"
        return _fail(f"theresa-train needs {', '.join(missing)}. Run pip install 'theresa[{extras}]'.")
    from theresa_training import steps

    try:
        steps.RUN[options.step](options)
    except KeyboardInterrupt:
        hint = " Run the same command again to resume." if STEPS[options.step].resumable else ""
        sys.stderr.write(f"Interrupted.{hint}\n")
        return INTERRUPTED
    except (FileNotFoundError, TrainingError) as error:
        return _fail(str(error))
    return 0


def _fail(message: str) -> int:
    sys.stderr.write(message + "\n")
    return 1
