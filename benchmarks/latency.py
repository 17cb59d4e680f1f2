"""How soon text comes: the first partial, the age of partials, the final behind the end of speech."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from benchmarks import logs
from benchmarks.metrics import quantile
from benchmarks.options import Options
from benchmarks.processes import split_cores, theresa
from benchmarks.recordings import Recording
from benchmarks.reports import Report, Table, Target, ms
from benchmarks.running import Run, speak

ABOUT = (
    "One speaker at a time, at the pace of speech. *First partial* counts from the first sound of a segment to its "
    "first text. *Age* is how far the text on the screen is behind the speaker, every 100 ms of speech. *Final* "
    "counts from the moment when the endpoint silence is complete: by the server's own hearing of where speech "
    "ended, and from the last true sound, which adds what the voice-activity detector takes longer. Milliseconds."
)
SPOKEN_S = 40.0
COLUMNS = (
    "",
    "first partial p50 / p95",
    "age p50 / p95",
    "final p50 / p95 / p99",
    "final, true end p50 / p95",
    "finals",
)


@dataclass(frozen=True)
class Waits:
    """All waits of a run, in seconds."""

    first_partials: Sequence[float]
    ages: Sequence[float]
    finals: Sequence[float]
    true_finals: Sequence[float]


def waits(run: Run, recordings: Sequence[Recording]) -> Waits:
    """Read them out of what was heard."""
    spoken = {recording.name: recording.sentences for recording in recordings}
    found = [
        (
            logs.first_partials(log, spoken[log.recording]),
            logs.partial_ages(log, spoken[log.recording]),
            logs.final_delays(log),
            logs.true_final_delays(log, spoken[log.recording]),
        )
        for log in run.logs
    ]
    return Waits(*([wait for entry in found for wait in entry[kind]] for kind in range(4)))


def measure(options: Options) -> Report:
    """One session after the other with the model that was asked for."""
    serving, speaking = split_cores()
    report = Report("latency", "Latency", ABOUT)
    recordings = options.recordings("dialogue", "numbers")
    for model in options.models:
        rows = []
        with theresa("--model", options.model(model), pinned=serving) as server:
            found = []
            for recording in recordings:
                about = f"{model}, {recording.name}"
                run = speak(server, [recording], 1, about, longest_s=options.longest_s or SPOKEN_S, pinned=speaking)
                found.append(waits(run, recordings))
                rows.append(_row(recording.name, found[-1]))
        together = Waits(*([w for entry in found for w in getattr(entry, kind)] for kind in Waits.__dataclass_fields__))
        rows.append(_row("**all**", together))
        report.tables.append(Table(f"Model {model}", COLUMNS, rows))
        report.targets += _targets(model, together)
        report.data[model] = asdict(together) | {"ages": quantile(together.ages, 0.95)}
    return report


def _row(name: str, found: Waits) -> list[str]:
    def cell(values: Sequence[float], *shares: float) -> str:
        return " / ".join(ms(quantile(values, share)) for share in shares)

    return [
        name,
        cell(found.first_partials, 0.5, 0.95),
        cell(found.ages, 0.5, 0.95),
        cell(found.finals, 0.5, 0.95, 0.99),
        cell(found.true_finals, 0.5, 0.95),
        str(len(found.finals)),
    ]


def _targets(model: str, found: Waits) -> list[Target]:
    half, most = quantile(found.finals, 0.5), quantile(found.finals, 0.99)
    first = quantile(found.first_partials, 0.5)
    good = None if half is None or most is None else half <= 0.030 and most <= 0.150
    return [
        Target(
            f"speech end → final beyond the endpoint silence, one stream, {model}",
            "p50 ≤ 30 ms, p99 ≤ 150 ms",
            f"p50 {ms(half)} ms, p99 {ms(most)} ms",
            good,
        ),
        Target(
            f"first partial after onset, {model}",
            "p50 ≤ 400 ms",
            f"p50 {ms(first)} ms",
            None if first is None else first <= 0.4,
        ),
    ]
