"""Word errors of streaming and offline decoding, flicker of partials, and the stability of the stable prefix."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from benchmarks import metrics, session_logs
from benchmarks.metrics import Errors, quantile
from benchmarks.offline import run_passes
from benchmarks.options import Options
from benchmarks.processes import split_cores, theresa_server
from benchmarks.recordings import Recording, read_pcm
from benchmarks.reports import Report, Table, Target
from benchmarks.session_logs import SessionLog
from benchmarks.sessions import run_sessions
from theresa_server.audio.segmenter import Segmenter
from theresa_server.audio.segments import SegmentClosed, SegmenterConfig
from theresa_server.audio.vad import make_detector
from theresa_server.engine.whisper.options import EngineOptions
from theresa_server.engine.whisper.transcriber import WhisperTranscriber
from theresa_server.speech.recognition import DecodeJob, JobKind

ABOUT = (
    "WER (for Mandarin: CER) in percent. Every digit counts as a word; punctuation and case are ignored. *Live*: the "
    "finals of a real-time session with partials. *Offline*: the same model on the whole recording, segmented by the "
    "same voice-activity detector and decoded segment by segment, without partials. *faster-whisper*: plain "
    "faster-whisper on the whole file. *Flicker*: characters displayed and later changed, per character of the "
    "finals. *Broken*: partials that changed the stable prefix. *Kept*: finals that begin with the last stable "
    "prefix. *Lag*: time from when a character is displayed for the last time until it is stable, in seconds."
)

SHORT_S = 15.0
"""Most utterances are shorter; the accuracy of the demo model drops in windows of many sentences."""


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

    def add(self, log: SessionLog, max_s: float = math.inf) -> None:
        """Add the segments of a session that last at most ``max_s``."""
        for segment in session_logs.segments(log):
            if segment.end_s - segment.start_s > max_s:
                continue
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
    """Measure each model, with all recordings in parallel: only the texts count, not the delays."""
    server_cores, client_cores = split_cores()
    report = Report("accuracy", "Accuracy and stability", ABOUT)
    recordings = options.recordings()
    for model in options.models:
        path = options.model_path(model)
        with theresa_server("--model", path, pinned=server_cores) as server:
            run = run_sessions(
                server, recordings, len(recordings), f"{model}, all", max_seconds=options.max_seconds,
                pinned=client_cores,
            )  # fmt: skip
        offline = decode_offline(path, recordings)
        passes = run_passes(path, recordings, stock=True)
        _add_model(report, model, recordings, list(zip(run.logs, offline, [one.text for one in passes], strict=True)))
    return report


def _add_model(
    report: Report, model: str, recordings: Sequence[Recording], results: Sequence[tuple[SessionLog, str, str]]
) -> None:
    """Add a model's table and targets; each result is the live log and the two offline texts of a recording."""
    rows, totals = [], [Errors(), Errors(), Errors()]
    stability, short_stability = Stability(), Stability()
    for recording, (log, *texts) in zip(recordings, results, strict=True):
        stability.add(log)
        short_stability.add(log, SHORT_S)
        of_recording = Stability()
        of_recording.add(log)
        live = session_logs.transcript(log)
        if not recording.sentences:
            output = repr(live.strip()) if live.strip() else "nothing"
            report.notes.append(f"{recording.name}, which contains no speech: {model} outputs {output}.")
            continue
        reference = " ".join(sentence.text for sentence in recording.sentences)
        errors = [metrics.errors(reference, text, recording.language) for text in (live, *texts)]
        totals = [total + more for total, more in zip(totals, errors, strict=True)]
        rows.append(_row(recording.name, errors, of_recording))
    rows.append(_row("**all**", totals, stability))
    columns = ("", "live", "offline", "faster-whisper", "flicker", "broken", "kept", "lag p50 / p95")
    report.tables.append(Table(f"Model {model}", columns, rows))
    report.targets += _targets(model, totals, stability, short_stability)
    report.data[model] = {"live": totals[0].percent, "offline": totals[1].percent, "faster-whisper": totals[2].percent}


def _row(name: str, errors: Sequence[Errors], stability: Stability) -> list[str]:
    quantiles = (quantile(stability.lags, share) for share in (0.5, 0.95))
    lags = " / ".join("–" if lag is None else f"{lag:.1f}" for lag in quantiles)
    kept = f"{stability.kept}/{stability.finals}"
    percents = [f"{one.percent:.1f}" for one in errors]
    return [name, *percents, f"{metrics.flicker(stability.texts):.3f}", str(stability.broken), kept, lags]


def _targets(model: str, totals: Sequence[Errors], stability: Stability, short_stability: Stability) -> list[Target]:
    difference = totals[0].percent - totals[1].percent
    flicker, short_flicker = metrics.flicker(stability.texts), metrics.flicker(short_stability.texts)
    return [
        Target(f"streaming − offline WER/CER, {model}", "≤ 0.1 points", f"{difference:+.2f} points", difference <= 0.1),
        Target(f"flicker, {model}", "≤ 0.10", f"{flicker:.3f}", flicker <= 0.10),
        Target(
            f"flicker, segments up to {SHORT_S:.0f} s, {model}", "≤ 0.10", f"{short_flicker:.3f}", short_flicker <= 0.10
        ),
        Target(f"stable prefix violations, {model}", "0", str(stability.broken), stability.broken == 0),
        Target(
            f"finals that begin with the last stable prefix, {model}",
            "all",
            f"{stability.kept} of {stability.finals}",
            stability.kept == stability.finals,
        ),
    ]
