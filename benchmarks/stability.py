"""Flicker of partials, stability of the stable prefix, and word errors live and offline, on joined recordings."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from benchmarks import metrics, scoring, session_logs
from benchmarks.live import live_runs
from benchmarks.metrics import quantile
from benchmarks.options import Options, titled
from benchmarks.recordings import Recording, read_pcm
from benchmarks.reports import Report, Table, Target
from benchmarks.scoring import Errors
from benchmarks.session_logs import SessionLog
from benchmarks.targets import at_most, bounds
from theresa_server.audio.segmenter import Segmenter
from theresa_server.audio.segments import SegmentClosed, SegmenterConfig
from theresa_server.audio.vad import make_detector
from theresa_server.engine.whisper.options import EngineOptions
from theresa_server.engine.whisper.transcriber import WhisperTranscriber
from theresa_server.speech.recognition import DecodeJob, JobKind

ABOUT = (
    "WER (for Mandarin: CER) in percent. *Live*: the finals of a real-time session with partials. *Offline*: the same "
    "model on the whole recording, segmented by the same voice-activity detector and decoded segment by segment, "
    "without partials. *Flicker*: characters displayed and later changed, per character of the finals. *Broken*: "
    "partials that changed the stable prefix. *Kept*: finals that begin with the last stable prefix. *Lag*: time from "
    "when a character is displayed for the last time until it is stable, in seconds."
)


@dataclass
class Stability:
    """How the displayed text of sessions changed."""

    texts: list[Sequence[str]] = field(default_factory=list)
    """All displayed texts of each segment, in order."""
    broken: int = 0
    """Partials that changed the stable prefix."""
    kept: int = 0
    """Finals that begin with the last stable prefix."""
    finals: int = 0
    """Finals of segments with partials."""
    lags: list[float] = field(default_factory=list)

    def add(self, log: SessionLog) -> None:
        """Add the segments of a session."""
        for segment in session_logs.segments(log):
            partials = [(partial.text, partial.stable) for _, partial in segment.partials]
            self.texts.append(segment.texts)
            self.broken += metrics.prefix_violations(partials)
            if segment.final and partials:
                text, stable = partials[-1]
                self.finals += 1
                self.kept += segment.final[1].text.startswith(text[:stable])
                timed = [(at, partial.text, partial.stable) for at, partial in segment.partials]
                self.lags += metrics.stable_lags(timed, (segment.final[0], segment.final[1].text))


def decode_offline(model: str, recordings: Sequence[Recording]) -> list[str]:
    """Return the engine's transcripts of whole recordings, segmented by the server's own segmenter."""
    transcriber = WhisperTranscriber.load(EngineOptions(model=model))
    config, texts = SegmenterConfig(), []
    for recording in recordings:
        segmenter = Segmenter(config, partial(make_detector, config.aggressiveness, config.voice_threshold))
        events = [*segmenter.feed(read_pcm(recording.path)), *segmenter.flush("end")]
        closed = [event for event in events if isinstance(event, SegmentClosed)]
        jobs = [DecodeJob(pcm=event.pcm, language=recording.language, kind=JobKind.FINAL) for event in closed]
        texts.append(" ".join(hypothesis.text for hypothesis in transcriber.transcribe(jobs)))
    transcriber.close()
    return texts


def measure(options: Options) -> Report:
    """Measure each model, with one session after the other."""
    report = Report("stability", "Stability", ABOUT)
    for model in options.models:
        recordings = options.recordings(model)
        runs = live_runs(options, model, recordings)
        offline = decode_offline(options.model_path(model), recordings)
        _add_model(report, model, recordings, [(run.logs[0], text) for run, text in zip(runs, offline, strict=True)])
    return report


def _add_model(
    report: Report, model: str, recordings: Sequence[Recording], results: Sequence[tuple[SessionLog, str]]
) -> None:
    """Add a model's table and targets; each result is the live log and the offline text of a recording."""
    rows, live_total, offline_total, stability = [], Errors(), Errors(), Stability()
    for recording, (log, text) in zip(recordings, results, strict=True):
        live = session_logs.transcript(log)
        if not recording.sentences:
            output = repr(live.strip()) if live.strip() else "nothing"
            report.notes.append(f"{recording.name}, which contains no speech: {titled(model)} outputs {output}.")
            continue
        of_recording = Stability()
        for one in (stability, of_recording):
            one.add(log)
        reference = " ".join(sentence.text for sentence in recording.sentences)
        live_errors, offline_errors = (scoring.errors(reference, t, recording.language) for t in (live, text))
        live_total, offline_total = live_total + live_errors, offline_total + offline_errors
        rows.append(_row(recording.name, live_errors, offline_errors, of_recording))
    rows.append(_row("**all**", live_total, offline_total, stability))
    columns = ("", "live", "offline", "flicker", "broken", "kept", "lag p50 / p95")
    report.tables.append(Table(f"Model {titled(model)}", columns, rows))
    report.targets += _targets(model, stability)
    flicker = metrics.flicker(stability.texts)
    report.data[titled(model)] = {
        "live": live_total.percent, "offline": offline_total.percent, "flicker": flicker, "broken": stability.broken
    }  # fmt: skip


def _row(name: str, live: Errors, offline: Errors, stability: Stability) -> list[str]:
    quantiles = (quantile(stability.lags, share) for share in (0.5, 0.95))
    lags = " / ".join("–" if lag is None else f"{lag:.1f}" for lag in quantiles)
    kept = f"{stability.kept}/{stability.finals}"
    percents = [f"{one.percent:.1f}" for one in (live, offline)]
    return [name, *percents, f"{metrics.flicker(stability.texts):.3f}", str(stability.broken), kept, lags]


def _targets(model: str, stability: Stability) -> list[Target]:
    limits = bounds(model)
    if limits is None:
        return []
    flicker = metrics.flicker(stability.texts)
    violations = f"stable prefix violations, {titled(model)}"
    return [
        at_most(f"flicker, {titled(model)}", limits.flicker, flicker),
        Target(violations, "0", str(stability.broken), stability.broken == 0),
    ]
