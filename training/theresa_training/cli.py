"""The command line of ``theresa-train``: its steps and their options."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec

from theresa_training.errors import TrainingError
from theresa_training.options import OPTIONS

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
    """Keys of ``theresa_training.options.OPTIONS``."""

    resumable: bool = False


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
    arguments = sys.argv[1:] if arguments is None else arguments
    packages = (*PACKAGES, "hanlp") if "entities" in arguments else PACKAGES
    missing = [name for name in packages if find_spec(name) is None]
    if missing and not {"-h", "--help"} & {*arguments}:
        extras = "training,entities" if "hanlp" in missing else "training"
        return _fail(f"theresa-train needs {', '.join(missing)}: run pip install 'theresa[{extras}]'.")
    options = make_parser().parse_args(arguments)
    from theresa_training import steps

    try:
        steps.RUN[options.step](options)
    except KeyboardInterrupt:
        hint = " Run the same command again to resume." if STEPS[options.step].resumable else ""
        sys.stderr.write(f"Interrupted.{hint}\n")
        return INTERRUPTED
    except FileNotFoundError as error:
        return _fail(f"{error.filename} does not exist.")
    except TrainingError as error:
        return _fail(str(error))
    return 0


def _fail(message: str) -> int:
    sys.stderr.write(message + "\n")
    return 1
