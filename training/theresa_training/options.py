"""The options of ``theresa-train``."""

import argparse
from pathlib import Path
from typing import Any

from theresa_training.workspace import REPOSITORY


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return int(text)


def _positive(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number greater than 0")
    return number


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
