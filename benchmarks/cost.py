"""What a live session costs: CPU seconds for each second of audio, against one offline pass of faster-whisper."""

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


def measure(options: Options) -> Report:
    """The dialogues and a monologue, or what was named."""
    serving, speaking = split_cores()
    report = Report("cost", "Cost", ABOUT)
    recordings = options.recordings("dialogue", "monologue-mandarin")
    for model in options.models:
        name, rows = options.model(model), []
        cheap = passes(name, recordings)
        stock = passes(name, recordings, stock=True)
        live_s = cheap_s = audio_s = 0.0
        with theresa("--model", name, pinned=serving) as server:
            for recording, spare, usual in zip(recordings, cheap, stock, strict=True):
                run = speak(
                    server, [recording], 1, f"{model}, {recording.name}", longest_s=options.longest_s, pinned=speaking
                )
                live, offline = run.cpu_s / run.audio_s, spare.cpu_s / recording.seconds
                ratio = f"{live / offline:.2f}"
                rows.append(
                    [recording.name, f"{live:.4f}", f"{offline:.4f}", f"{usual.cpu_s / recording.seconds:.4f}", ratio]
                )
                live_s, audio_s = live_s + run.cpu_s, audio_s + run.audio_s
                cheap_s += spare.cpu_s * run.audio_s / recording.seconds
        ratio_of_all = live_s / cheap_s
        stock_share = sum(p.cpu_s for p in stock) / sum(r.seconds for r in recordings)
        rows.append(
            [
                "**all**",
                f"{live_s / audio_s:.4f}",
                f"{cheap_s / audio_s:.4f}",
                f"{stock_share:.4f}",
                f"{ratio_of_all:.2f}",
            ]
        )
        report.tables.append(Table(f"Model {model}", ("", "live", "offline", "offline, stock", "live ÷ offline"), rows))
        report.targets.append(
            Target(
                f"live CPU ÷ one offline faster-whisper pass, {model}",
                "≤ 1.0",
                f"{ratio_of_all:.2f}",
                ratio_of_all <= 1,
            )
        )
        report.data[model] = {"live": live_s / audio_s, "offline": cheap_s / audio_s, "stock": stock_share}
    return report
