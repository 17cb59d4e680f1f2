"""``python -m benchmarks``: measure, print the results, and optionally write the pages of docs/benchmarks/results."""

import argparse
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from rich.console import Console

from benchmarks import accuracy, capacity, cost, gateway, latency, peers
from benchmarks.options import Options
from benchmarks.processes import ProcessError
from benchmarks.recordings import CorpusError
from benchmarks.reports import Report, write_targets_page


class Benchmark(NamedTuple):
    """A benchmark of the command line."""

    measure: Callable[[Options], Report]
    models: Sequence[str]
    """The models it measures by default."""
    summary: str


BENCHMARKS = {
    "latency": Benchmark(
        latency.measure, ("demo", "like-tiny"), "first partial, age of partials, and final after the end of speech"
    ),
    "accuracy": Benchmark(accuracy.measure, ("demo",), "error rates live and offline, flicker, and stability"),
    "cost": Benchmark(cost.measure, ("like-tiny",), "CPU time of a live session compared with one offline pass"),
    "capacity": Benchmark(capacity.measure, ("like-tiny",), "maximum number of streams, and delays by load"),
    "gateway": Benchmark(gateway.measure, ("null",), "streams per core and memory per stream, without a model"),
    "peers": Benchmark(
        peers.measure, ("like-tiny",), "WhisperLive and WhisperLiveKit on the same audio (installs them)"
    ),
}
EPILOG = """models:
  demo                    the model that ships with the server
  like-tiny, like-base, like-small, like-large-v3-turbo
                          cost twins: the demo model's output at the cost of that Whisper (created in build/twins)
  DIR or a name           any CTranslate2 Whisper model

examples:
  python -m benchmarks latency cost               run two benchmarks
  python -m benchmarks all --write                run all except peers, and write docs/benchmarks/results
  python -m benchmarks accuracy latency --model small --corpus ~/my-speech
                          a stock Whisper on your own speech: *.wav or *.flac files, each with its transcript in
                          NAME.txt (an optional first line "language: zh" sets its language)
  python -m benchmarks capacity --model like-small --max-streams 8

Run the benchmarks on an otherwise idle machine: other processes distort the results.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmarks named on the command line.

    Returns:
        The exit status: 0, or 1 if a benchmark failed; its error is one printed sentence.
    """
    parsed = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # exit normally, so that the servers are stopped
    console = Console(width=150) if not sys.stdout.isatty() else Console()
    names = [name for name in BENCHMARKS if name in parsed.names or ("all" in parsed.names and name != "peers")]
    failed = False
    for name in names:
        options = Options(
            models=parsed.model or BENCHMARKS[name].models,
            corpus=parsed.corpus,
            max_seconds=parsed.seconds,
            only=parsed.only,
            max_streams=parsed.max_streams,
        )
        started_s = time.monotonic()
        try:
            report = BENCHMARKS[name].measure(options)
        except (CorpusError, ProcessError) as error:
            console.print(f"{name}: {error}", markup=False)
            failed = True
            continue
        report.machine["options"] = " ".join(arguments if arguments is not None else sys.argv[1:])
        report.show(console)
        console.print(f"{name} took {time.monotonic() - started_s:.0f} s.")
        if parsed.write:
            report.write()
    if parsed.write or "summary" in parsed.names:
        write_targets_page()
    return int(failed)


def _parser() -> argparse.ArgumentParser:
    listing = "\n".join(f"  {name:<10} {benchmark.summary}" for name, benchmark in BENCHMARKS.items())
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=(
            f"Measure Theresa.\n\n{listing}\n  all        all except peers\n"
            "  summary    collect the targets of all reports in targets.md"
        ),
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    names = [*BENCHMARKS, "all", "summary"]
    parser.add_argument("names", nargs="+", choices=names, metavar="NAME", help="one or more of the names above")
    parser.add_argument("--model", nargs="+", metavar="MODEL", help="models to measure (default: by benchmark)")
    parser.add_argument("--corpus", type=Path, metavar="DIR", help="recordings to use, with reference transcripts")
    parser.add_argument("--only", nargs="+", default=(), metavar="RECORDING", help="use only these recordings")
    parser.add_argument(
        "--seconds", type=float, metavar="S", help="use at most S seconds of each recording, for a quick run"
    )
    parser.add_argument("--max-streams", type=int, metavar="N", help="upper limit of the search for the capacity")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks/results/NAME.md and NAME.json")
    return parser


if __name__ == "__main__":
    sys.exit(main())
