"""Word and character errors on recordings of people: by the server over the socket and REST, and by faster-whisper."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from benchmarks import scoring
from benchmarks.options import QUICK_CLIP_S, QUICK_CLIPS, Options, is_english, titled
from benchmarks.plain import plain_texts
from benchmarks.processes import UNLIMITED_ADMISSION, theresa_server
from benchmarks.reports import Report, Table, Target
from benchmarks.scoring import Errors
from benchmarks.speech_sets import MANDARIN_SETS, TEST_SETS, Clip, noise_clips, speech_clips
from benchmarks.targets import OVERALL_DIFFERENCE, SET_DIFFERENCE, bounds, difference_target
from benchmarks.transcribing import rest_texts, socket_texts

ABOUT = (
    "Errors on recordings of people, each file by itself with its language given: WER in percent after Whisper's "
    "English normaliser, or CER for Mandarin in simplified characters without punctuation, with numbers as digits. "
    "*faster-whisper*: plain faster-whisper on the whole file, int8, its default options. *Socket*: the joined finals "
    "of a session that sends the file as fast as the server takes it. *REST*: the file uploaded to "
    "`/v1/audio/transcriptions`. The differences are percentage points from faster-whisper. *All* divides all errors "
    "by all words and characters."
)
COLUMNS = ("", "files", "words or characters", "faster-whisper", "socket", "difference", "REST", "difference")
WAYS = ("plain", "socket", "rest")


@dataclass(frozen=True)
class Transcribed:
    """A clip with its text by each of ``WAYS``."""

    clip: Clip
    texts: Sequence[str]

    @property
    def errors(self) -> list[Errors]:
        """The errors of each text."""
        return [scoring.errors(self.clip.text, text, self.clip.language) for text in self.texts]

    def entry(self) -> dict[str, object]:
        """Return the entry for programs, to look at differences."""
        return {
            "file": self.clip.name,
            "reference": self.clip.text,
            **dict(zip(WAYS, self.texts, strict=True)),
            "edits": [one.edits for one in self.errors],
            "units": self.errors[0].reference_units,
        }


def measure(options: Options) -> Report:
    """Measure each model on each set that it knows the language of, then on noise."""
    report = Report("accuracy", "Accuracy", ABOUT)
    for model in options.models:
        _measure_model(report, options, model)
    return report


def _measure_model(report: Report, options: Options, model: str) -> None:
    path, name = options.model_path(model), titled(model)
    clips = {one: _selected(options, one) for one in _sets(options, model)}
    every = [clip for part in clips.values() for clip in part]
    noise = noise_clips(options.speech)[: QUICK_CLIPS if options.quick else None]
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, TimeRemainingColumn()) as progress:
        plain = plain_texts(path, every, _bar(progress, f"{name}, faster-whisper", len(every)))
        with theresa_server("--model", path, *UNLIMITED_ADMISSION) as server:
            started = server.usage()
            socket = socket_texts(server.url, every, _bar(progress, f"{name}, socket", len(every)))
            socket_cpu_s = server.cpu_since(started)
            between = server.usage()
            rest = rest_texts(server.url, every, _bar(progress, f"{name}, REST", len(every)))
            rest_cpu_s = server.cpu_since(between)
            heard = socket_texts(server.url, noise, _bar(progress, f"{name}, noise", len(noise)))
            server.require_alive(started)
    transcribed = [Transcribed(clip, texts) for clip, *texts in zip(every, plain, socket, rest, strict=True)]
    _add_model(report, model, transcribed)
    _add_noise(report, model, noise, heard)
    audio_s = sum(clip.seconds for clip in every)
    report.notes.append(
        f"{name} took {socket_cpu_s / audio_s:.2f} CPU s per second of audio over the socket, with partials, and "
        f"{rest_cpu_s / audio_s:.2f} over REST, for {audio_s / 60:.1f} minutes."
    )


def _sets(options: Options, model: str) -> list[str]:
    chosen = [one for one in TEST_SETS if not options.sets or one in options.sets]
    return [one for one in chosen if not (is_english(model) and one in MANDARIN_SETS)]


def _selected(options: Options, name: str) -> list[Clip]:
    """Return the clips of a set; for a quick run, a few short ones."""
    clips = speech_clips([name], options.speech)
    if options.quick:
        return [clip for clip in clips if clip.seconds <= QUICK_CLIP_S][:QUICK_CLIPS]
    return spread(clips, options.set_minutes * 60) if options.set_minutes else clips


def spread(clips: Sequence[Clip], limit_s: float) -> list[Clip]:
    """Return as many clips as last about ``limit_s``, evenly spread, and at least one."""
    share = min(1.0, limit_s / max(1e-3, sum(clip.seconds for clip in clips)))
    count = max(1, round(len(clips) * share))
    return [clips[number * len(clips) // count] for number in range(count)]


def _bar(progress: Progress, label: str, total: int) -> Callable[[], None]:
    task = progress.add_task(label, total=total)
    return lambda: progress.advance(task)


def _add_model(report: Report, model: str, transcribed: Sequence[Transcribed]) -> None:
    """Add a model's table, targets and texts."""
    rows, sets = [], list(dict.fromkeys(one.clip.set for one in transcribed))
    for name in [*sets, None]:
        part = [one for one in transcribed if name in (None, one.clip.set)]
        totals = [sum(errors, Errors()) for errors in zip(*(one.errors for one in part), strict=True)]
        rows.append(_row(name or "**all**", part, totals))
        if bounds(model) is not None:
            report.targets += _targets(model, name, totals)
    report.tables.append(Table(f"Model {titled(model)}", COLUMNS, rows))
    files = {name: [one.entry() for one in transcribed if one.clip.set == name] for name in sets}
    report.data[titled(model)] = {"files": files}


def _row(name: str, part: Sequence[Transcribed], totals: Sequence[Errors]) -> list[str]:
    plain, socket, rest = (one.percent for one in totals)
    cells = [f"{plain:.1f}", f"{socket:.1f}", f"{socket - plain:+.1f}", f"{rest:.1f}", f"{rest - plain:+.1f}"]
    return [name, str(len(part)), f"{totals[0].reference_units:,}", *cells]


def _targets(model: str, name: str | None, totals: Sequence[Errors]) -> list[Target]:
    """Return the targets of a set, or of all sets."""
    limit, label = (OVERALL_DIFFERENCE, "all sets") if name is None else (SET_DIFFERENCE, name)
    return [
        difference_target(
            f"WER/CER {way} − faster-whisper, {label}, {titled(model)}", limit, one.percent - totals[0].percent
        )
        for way, one in zip(("socket", "REST"), totals[1:], strict=True)
    ]


def _add_noise(report: Report, model: str, noise: Sequence[Clip], heard: Sequence[str]) -> None:
    """Add what a model outputs for recordings without words."""
    invented = [(clip.name, text) for clip, text in zip(noise, heard, strict=True) if text.strip()]
    shown = "; ".join(f"{name}: {text!r}" for name, text in invented) or "nothing"
    report.notes.append(f"{len(noise)} recordings without words: {titled(model)} outputs {shown}.")
    report.data[titled(model)]["noise"] = dict(zip((clip.name for clip in noise), heard, strict=True))
    if bounds(model) is not None:
        name = f"recordings without words for which text is invented, {titled(model)}"
        report.targets.append(Target(name, "0", f"{len(invented)} of {len(noise)}", not invented))
