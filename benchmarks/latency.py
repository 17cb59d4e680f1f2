"""Delays of the text: the first partial, the age of partials, and the final after the end of speech."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from benchmarks import session_logs
from benchmarks.metrics import quantile
from benchmarks.options import Options
from benchmarks.processes import split_cores, theresa_server
from benchmarks.recordings import Recording
from benchmarks.reports import Report, Table, Target, ms
from benchmarks.sessions import Run, run_sessions

ABOUT = (
    "One real-time stream at a time; delays in milliseconds. *First partial*: from the onset of speech in a segment "
    "to its first text. *Age*: how far the displayed text is behind the speaker, sampled every 100 ms of speech. "
    "*Final*: from the end of the endpoint silence to the final, measured from the end of speech that the server "
    "detected. *True end*: the same, measured from the last sound in the audio, which includes the delay of the "
    "voice-activity detector."
)
STREAM_S = 40.0
"""The audio of each stream."""
COLUMNS = (
    "",
    "first partial p50 / p95",
    "age p50 / p95",
    "final p50 / p95 / p99",
    "final, true end p50 / p95",
    "finals",
)


@dataclass(frozen=True)
class Latencies:
    """All delays of a run, in seconds."""

    first_partials: Sequence[float]
    ages: Sequence[float]
    finals: Sequence[float]
    true_finals: Sequence[float]

    @classmethod
    def of(cls, run: Run, recordings: Sequence[Recording]) -> "Latencies":
        """Return the delays in the logs of a run."""
        sentences = {recording.name: recording.sentences for recording in recordings}
        return cls.joined(
            cls(
                session_logs.first_partial_delays(log, sentences[log.recording]),
                session_logs.partial_ages(log, sentences[log.recording]),
                session_logs.final_delays(log),
                session_logs.true_final_delays(log, sentences[log.recording]),
            )
            for log in run.logs
        )

    @classmethod
    def joined(cls, parts: Iterable["Latencies"]) -> "Latencies":
        """Return the delays of several runs as one."""
        listed = list(parts)
        return cls(*([delay for part in listed for delay in getattr(part, name)] for name in cls.__dataclass_fields__))


def measure(options: Options) -> Report:
    """Measure each model, with one session after the other."""
    server_cores, client_cores = split_cores()
    report = Report("latency", "Latency", ABOUT)
    recordings = options.recordings("dialogue", "numbers")
    for model in options.models:
        latencies = []
        with theresa_server("--model", options.model_path(model), pinned=server_cores) as server:
            for recording in recordings:
                label, max_seconds = f"{model}, {recording.name}", options.max_seconds or STREAM_S
                run = run_sessions(server, [recording], 1, label, max_seconds=max_seconds, pinned=client_cores)
                latencies.append(Latencies.of(run, recordings))
        together = Latencies.joined(latencies)
        rows = [_row(recording.name, one) for recording, one in zip(recordings, latencies, strict=True)]
        report.tables.append(Table(f"Model {model}", COLUMNS, [*rows, _row("**all**", together)]))
        report.targets += _targets(model, together)
        report.data[model] = asdict(together) | {"ages": quantile(together.ages, 0.95)}
    return report


def _row(name: str, latencies: Latencies) -> list[str]:
    def cell(values: Sequence[float], *shares: float) -> str:
        return " / ".join(ms(quantile(values, share)) for share in shares)

    return [
        name,
        cell(latencies.first_partials, 0.5, 0.95),
        cell(latencies.ages, 0.5, 0.95),
        cell(latencies.finals, 0.5, 0.95, 0.99),
        cell(latencies.true_finals, 0.5, 0.95),
        str(len(latencies.finals)),
    ]


def _targets(model: str, latencies: Latencies) -> list[Target]:
    median, p99 = quantile(latencies.finals, 0.5), quantile(latencies.finals, 0.99)
    first = quantile(latencies.first_partials, 0.5)
    return [
        Target(
            f"final after the endpoint silence, one stream, {model}",
            "p50 ≤ 30 ms, p99 ≤ 150 ms",
            f"p50 {ms(median)} ms, p99 {ms(p99)} ms",
            None if median is None or p99 is None else median <= 0.030 and p99 <= 0.150,
        ),
        Target(
            f"first partial after onset, {model}",
            "p50 ≤ 400 ms",
            f"p50 {ms(first)} ms",
            None if first is None else first <= 0.4,
        ),
    ]
