"""Delays of the text: first partial, last word, age of partials, and the final after the end of speech."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from benchmarks import session_logs
from benchmarks.live import live_runs
from benchmarks.metrics import LastWord, quantile
from benchmarks.options import Options, titled
from benchmarks.recordings import Recording
from benchmarks.reports import Report, Table, Target, ms
from benchmarks.sessions import Run
from benchmarks.targets import at_most, at_most_each, bounds

ABOUT = (
    "One real-time stream at a time; delays in milliseconds. *First partial*: from the onset of speech in a segment "
    "to its first text. *Last word*: from the end of a sentence until its last word is displayed, in any text and in a "
    "final. *Lost*: sentences whose last word is missing in the last text. *Age*: how far the displayed text is behind "
    "the speaker, sampled every 100 ms of speech. *Final*: from the end of the endpoint silence to the final, measured "
    "from the end of speech that the server detected. *True end*: the same, measured from the last sound in the audio, "
    "which includes the delay of the voice-activity detector."
)
COLUMNS = (
    "",
    "first partial p50 / p95",
    "last word, any text p50 / p95",
    "last word, final p50 / p95",
    "lost",
    "age p50 / p95",
    "final p50 / p95 / p99",
    "final, true end p50 / p95",
    "finals",
)
PREFIXES = ("dialogue", "numbers", "words")


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
    report = Report("latency", "Latency", ABOUT)
    for model in options.models:
        recordings = options.recordings(model, *PREFIXES)
        runs = live_runs(options, model, recordings)
        latencies = [Latencies.of(run, recordings) for run in runs]
        words = [
            session_logs.last_word_delays(run.logs[0], recording)
            for run, recording in zip(runs, recordings, strict=True)
        ]
        rows = [_row(r.name, *delays) for r, *delays in zip(recordings, latencies, words, strict=True)]
        together, all_words = Latencies.joined(latencies), [word for one in words for word in one]
        report.tables.append(Table(f"Model {titled(model)}", COLUMNS, [*rows, _row("**all**", together, all_words)]))
        report.targets += _targets(model, together, all_words)
        report.data[titled(model)] = _data(together, all_words)
    return report


def _row(name: str, latencies: Latencies, words: Sequence[LastWord]) -> list[str]:
    def cell(values: Sequence[float], *shares: float) -> str:
        return " / ".join(ms(quantile(values, share)) for share in shares)

    shown = _delays(words)
    return [
        name,
        cell(latencies.first_partials, 0.5, 0.95),
        cell(shown[0], 0.5, 0.95),
        cell(shown[1], 0.5, 0.95),
        f"{sum(word.settled_s is None for word in words)}/{len(words)}",
        cell(latencies.ages, 0.5, 0.95),
        cell(latencies.finals, 0.5, 0.95, 0.99),
        cell(latencies.true_finals, 0.5, 0.95),
        str(len(latencies.finals)),
    ]


def _delays(words: Sequence[LastWord]) -> tuple[list[float], list[float]]:
    """Return the delays of the words that were displayed: in any text, and in a final."""
    return (
        [word.any_s for word in words if word.any_s is not None],
        [word.settled_s for word in words if word.settled_s is not None],
    )


def _targets(model: str, latencies: Latencies, words: Sequence[LastWord]) -> list[Target]:
    limits, name = bounds(model), titled(model)
    if limits is None:
        return []
    shown, settled = _delays(words)

    def pair(
        values: Sequence[float], limit_s: tuple[float, float], high: float = 0.95
    ) -> list[tuple[str, float, float | None]]:
        shares = (0.5, high)
        return [
            (f"p{share * 100:.0f}", limit, quantile(values, share))
            for share, limit in zip(shares, limit_s, strict=True)
        ]

    return [
        at_most_each(f"last word in any text, {name}", pair(shown, limits.last_word_s), "s"),
        at_most_each(f"last word in a final, {name}", pair(settled, limits.settled_word_s), "s"),
        at_most(
            f"first partial after onset, p50, {name}",
            limits.first_partial_s,
            quantile(latencies.first_partials, 0.5),
            "s",
        ),
        at_most_each(
            f"final after the endpoint silence, one stream, {name}", pair(latencies.finals, limits.final_s, 0.99), "s"
        ),
    ]


def _data(latencies: Latencies, words: Sequence[LastWord]) -> dict[str, object]:
    shown, settled = _delays(words)
    return {
        "first_partials": latencies.first_partials,
        "finals": latencies.finals,
        "true_finals": latencies.true_finals,
        "age_p95": quantile(latencies.ages, 0.95),
        "last_word_any": shown,
        "last_word_final": settled,
    }
