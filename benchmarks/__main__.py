"""``python -m benchmarks``: measure, print, and where asked to, write the pages of docs/benchmarks/results."""

import argparse
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console

from benchmarks import accuracy, capacity, cost, gateway, latency, peers
from benchmarks.options import Options
from benchmarks.processes import ProcessError
from benchmarks.recordings import CorpusError
from benchmarks.reports import Report, summarise

BENCHMARKS: dict[str, tuple[Callable[[Options], Report], Sequence[str], str]] = {
    "latency": (
        latency.measure,
        ("demo", "like-tiny"),
        "first partial, age of partials, final after speech",
    ),
    "accuracy": (accuracy.measure, ("demo",), "errors live and offline, flicker, stability"),
    "cost": (cost.measure, ("like-tiny",), "CPU seconds, live against one offline pass"),
    "capacity": (capacity.measure, ("like-tiny",), "the largest number of streams, and the curve there"),
    "gateway": (gateway.measure, ("null",), "streams per core and memory, with a recogniser that answers at once"),
    "peers": (
        peers.measure,
        ("like-tiny",),
        "WhisperLive and WhisperLiveKit on the same audio (installs them)",
    ),
}
EPILOG = """models:
  demo                    the model that ships
  like-tiny, like-base, like-small, like-large-v3-turbo
                          cost twins: what the demo model says, at the cost of that Whisper (made in build/twins)
  DIR or a name           any CTranslate2 Whisper

examples:
  python -m benchmarks latency cost               two of them
  python -m benchmarks all --write                all but peers, into docs/benchmarks/results
  python -m benchmarks accuracy latency --model small --corpus ~/my-speech
                          a stock Whisper on your speech: *.wav or *.flac, each with a NAME.txt that says what is said
                          (a first line "language: zh" names its language)
  python -m benchmarks capacity --model like-small --most-streams 8

Leave the machine to it: what else runs, is measured along.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the command line names. Returns the exit status: 0, or 1 after a one-sentence error."""
    chosen = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that servers are ended with it
    console = Console(width=150) if not sys.stdout.isatty() else Console()
    names = [name for name in BENCHMARKS if name in chosen.names or ("all" in chosen.names and name != "peers")]
    failed = False
    for name in names:
        measure, models, _ = BENCHMARKS[name]
        options = Options(
            models=chosen.model or models,
            corpus=chosen.corpus,
            longest_s=chosen.seconds,
            only=chosen.only,
            most_streams=chosen.most_streams,
        )
        began = time.monotonic()
        try:
            report = measure(options)
        except (CorpusError, ProcessError) as error:
            console.print(f"{name}: {error}", markup=False)
            failed = True
            continue
        report.machine["options"] = " ".join(arguments if arguments is not None else sys.argv[1:])
        report.show(console)
        console.print(f"{name} took {time.monotonic() - began:.0f} s.")
        if chosen.write:
            report.write()
    if chosen.write or "summary" in chosen.names:
        summarise()
    return int(failed)


def _parser() -> argparse.ArgumentParser:
    about = "\n".join(f"  {name:<10} {text}" for name, (_, _, text) in BENCHMARKS.items())
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=f"Measure Theresa.\n\n{about}\n  all        all but peers\n  summary    gather the targets",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="+", choices=[*BENCHMARKS, "all", "summary"], metavar="NAME", help="see above")
    parser.add_argument("--model", nargs="+", metavar="MODEL", help="models, instead of each benchmark's usual ones")
    parser.add_argument("--corpus", type=Path, metavar="DIR", help="recordings of your own, with references")
    parser.add_argument("--only", nargs="+", default=(), metavar="RECORDING", help="these recordings alone")
    parser.add_argument(
        "--seconds", type=float, metavar="S", help="no more than so much of each recording, for a quick look"
    )
    parser.add_argument("--most-streams", type=int, metavar="N", help="where a search for the capacity ends")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks/results/NAME.md and NAME.json")
    return parser


if __name__ == "__main__":
    sys.exit(main())
