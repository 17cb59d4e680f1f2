"""What a live session costs: CPU seconds for each second of audio, against one offline pass of faster-whisper."""

from dataclasses import asdict, astuple, dataclass

from benchmarks.offline import passes
from benchmarks.options import Options
from benchmarks.processes import split_cores, theresa
from benchmarks.reports import Report, Table, Target
from benchmarks.running import speak

ABOUT = (
    "CPU seconds, as the operating system counts them for the server's process and all its children, for each "
    "second of audio: one live session at the pace of speech, with its partials every 0.5 s and its finals, against"
    " one pass of faster-whisper over the same file (int8, one thread, beam 5, language given). The pass is the "
    "cheapest there is: temperature 0 alone, no text of the window before. *Stock* is the pass with faster-"
    "whisper's own defaults, which tries a doubtful window again at other temperatures."
)


@dataclass(frozen=True)
class Cost:
    """CPU seconds for so much audio: of a live session, and of the two passes over as much. Can be added up."""

    audio_s: float = 0.0
    live_s: float = 0.0
    spare_s: float = 0.0
    stock_s: float = 0.0

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(*map(sum, zip(astuple(self), astuple(other), strict=True)))

    def row(self, name: str) -> list[str]:
        """The same for each second of audio, and the ratios."""
        shares = [f"{cpu_s / self.audio_s:.4f}" for cpu_s in (self.live_s, self.spare_s, self.stock_s)]
        return [name, *shares, f"{self.live_s / self.spare_s:.2f}", f"{self.live_s / self.stock_s:.2f}"]


def measure(options: Options) -> Report:
    """The dialogues and a monologue, or what was named."""
    serving, speaking = split_cores()
    report = Report("cost", "Cost", ABOUT)
    recordings = options.recordings("dialogue", "monologue-mandarin")
    for model in options.models:
        name = options.model(model)
        spare, stock = passes(name, recordings), passes(name, recordings, stock=True)
        costs: list[Cost] = []
        with theresa("--model", name, pinned=serving) as server:
            for recording, cheap, usual in zip(recordings, spare, stock, strict=True):
                told = f"{model}, {recording.name}"
                run = speak(server, [recording], 1, told, longest_s=options.longest_s, pinned=speaking)
                share = run.audio_s / recording.seconds
                costs.append(Cost(run.audio_s, run.cpu_s, cheap.cpu_s * share, usual.cpu_s * share))
        total = sum(costs, Cost())
        rows = [cost.row(recording.name) for recording, cost in zip(recordings, costs, strict=True)]
        titles = ("", "live", "offline", "offline, stock", "live ÷ offline", "live ÷ stock")
        report.tables.append(Table(f"Model {model}", titles, [*rows, total.row("**all**")]))
        ratio = total.live_s / total.spare_s
        what = f"live CPU ÷ one offline faster-whisper pass, {model}"
        report.targets.append(Target(what, "≤ 1.0", f"{ratio:.2f}", ratio <= 1))
        report.data[model] = asdict(total)
    return report
