"""``python -m benchmarks``: measure, print the results, and optionally write the pages of docs/benchmarks/results."""

import argparse
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from rich.console import Console

from benchmarks import accuracy, capacity, cost, gateway, latency, peers, stability
from benchmarks.options import Options
from benchmarks.processes import ProcessError
from benchmarks.recordings import CorpusError
from benchmarks.reports import Report
from benchmarks.sessions import Run
from benchmarks.speech_sets import SPEECH, TEST_SETS
from benchmarks.targets import write_targets_page


class Benchmark(NamedTuple):
    """A benchmark of the command line."""

    measure: Callable[[Options], Report]
    models: Sequence[str]
    """The models it measures by default."""
    summary: str


BENCHMARKS = {
    "latency": Benchmark(
        latency.measure, ("base", "tiny.en", "demo"), "first partial, last word, and final after the end of speech"
    ),
    "stability": Benchmark(
        stability.measure, ("base", "tiny.en", "demo"), "flicker, stable prefix, and error rates live and offline"
    ),
    "cost": Benchmark(
        cost.measure, ("base", "tiny.en", "demo"), "CPU time of a live session compared with one offline pass"
    ),
    "accuracy": Benchmark(
        accuracy.measure, ("base", "tiny.en"), "error rates by socket, REST and plain faster-whisper on each speech set"
    ),
    "capacity": Benchmark(capacity.measure, ("base", "tiny.en"), "maximum number of streams, and delays by load"),
    "gateway": Benchmark(gateway.measure, ("null",), "streams per core and memory per stream, without a model"),
    "peers": Benchmark(peers.measure, ("base",), "WhisperLive and WhisperLiveKit on the same audio (installs them)"),
}
EPILOG = """models:
  base, tiny.en, small, DIR
                          any CTranslate2 Whisper model, by name or directory; .en models get English recordings only
  demo                    the demo model, on synthetic recordings
  like-tiny, like-base, like-small, like-large-v3-turbo
                          cost twins: the demo model's output at the cost of that Whisper (created in build/twins)

examples:
  python -m benchmarks latency cost               run two benchmarks
  python -m benchmarks all --write                run all except peers, and write docs/benchmarks/results
  python -m benchmarks all --quick                try all of them on a few seconds of audio; the figures mean nothing
  python -m benchmarks accuracy --sets zh_words en_read
                          error rates on two of the speech sets
  python -m benchmarks latency stability --model small --corpus ~/my-speech
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
    parser = _parser()
    parsed = parser.parse_args(arguments)
    if parsed.quick and parsed.write:
        parser.error("--quick measures nothing that is worth writing: leave out --quick or --write")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # exit normally, so that the servers are stopped
    console = Console(width=150) if not sys.stdout.isatty() else Console()
    names = [name for name in BENCHMARKS if name in parsed.names or ("all" in parsed.names and name != "peers")]
    failed = False
    live: dict[tuple[str, Path], Run] = {}
    for name in names:
        options = Options(
            models=parsed.model or BENCHMARKS[name].models,
            corpus=parsed.corpus,
            speech=parsed.speech,
            sets=parsed.sets,
            set_minutes=parsed.minutes,
            max_seconds=parsed.seconds,
            only=parsed.only,
            max_streams=parsed.max_streams,
            quick=parsed.quick,
            live=live,
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
    parser.add_argument(
        "--corpus",
        metavar="people|synthetic|DIR",
        help="recordings with reference transcripts (default: people, for the demo model synthetic); not for accuracy",
    )
    parser.add_argument(
        "--speech", type=Path, default=SPEECH, metavar="DIR", help=f"folder of the speech sets (default: {SPEECH})"
    )
    parser.add_argument(
        "--sets",
        nargs="+",
        default=(),
        choices=TEST_SETS,
        metavar="SET",
        help="the speech sets for accuracy",
    )
    parser.add_argument(
        "--minutes", type=float, metavar="M", help="use about M minutes of each speech set for accuracy"
    )
    parser.add_argument("--only", nargs="+", default=(), metavar="RECORDING", help="use only these recordings")
    parser.add_argument("--seconds", type=float, metavar="S", help="use at most S seconds of each recording")
    parser.add_argument("--quick", action="store_true", help="a few seconds of audio, to try the benchmarks")
    parser.add_argument("--max-streams", type=int, metavar="N", help="upper limit of the search for the capacity")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks/results/NAME.md and NAME.json")
    return parser


if __name__ == "__main__":
    sys.exit(main())
