"""CPU time of a live session per second of audio, compared with one offline pass of faster-whisper."""

from dataclasses import asdict, astuple, dataclass

from benchmarks.live import live_runs
from benchmarks.offline import run_passes
from benchmarks.options import Options, titled
from benchmarks.reports import Report, Table
from benchmarks.targets import at_most, bounds

ABOUT = (
    "CPU seconds per second of audio, as the operating system counts them for the server's process and its children. "
    "*Live*: a real-time session with partials every 0.5 s and finals. *Offline*: one pass of faster-whisper over the "
    "same file (int8, one thread, beam 5, given language) with the cheapest options: temperature 0 only, and no text "
    "of the previous window. *Offline, stock*: a pass with the defaults of faster-whisper, which retries uncertain "
    "windows at higher temperatures. The target compares with *offline*."
)
PREFIXES = ("dialogue", "reading", "monologue")


@dataclass(frozen=True)
class Cost:
    """CPU seconds of a live session and of two offline passes over the same audio; instances can be added."""

    audio_s: float = 0.0
    live_s: float = 0.0
    offline_s: float = 0.0
    """The pass with the cheapest options."""
    stock_s: float = 0.0
    """The pass with the default options."""

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(*map(sum, zip(astuple(self), astuple(other), strict=True)))

    def row(self, name: str) -> list[str]:
        """Return a table row: CPU seconds per second of audio, and ratios."""
        shares = [f"{cpu_s / self.audio_s:.4f}" for cpu_s in (self.live_s, self.offline_s, self.stock_s)]
        return [name, *shares, f"{self.live_s / self.offline_s:.2f}", f"{self.live_s / self.stock_s:.2f}"]


def measure(options: Options) -> Report:
    """Measure each model on the dialogues and the reading, or on the selected recordings."""
    report = Report("cost", "Cost", ABOUT)
    for model in options.models:
        path, recordings = options.model_path(model), options.recordings(model, *PREFIXES)
        offline, stock = run_passes(path, recordings), run_passes(path, recordings, stock=True)
        runs = live_runs(options, model, recordings)
        costs = [
            Cost(run.audio_s, run.cpu_s, cheap_pass.cpu_s, stock_pass.cpu_s)
            for run, cheap_pass, stock_pass in zip(runs, offline, stock, strict=True)
        ]
        total = sum(costs, Cost())
        rows = [cost.row(recording.name) for recording, cost in zip(recordings, costs, strict=True)]
        columns = ("", "live", "offline", "offline, stock", "live ÷ offline", "live ÷ stock")
        report.tables.append(Table(f"Model {titled(model)}", columns, [*rows, total.row("**all**")]))
        if limits := bounds(model):
            name = f"live CPU ÷ one offline faster-whisper pass, {titled(model)}"
            report.targets.append(at_most(name, limits.cost, total.live_s / total.offline_s))
        report.data[titled(model)] = asdict(total)
    return report
