"""What streaming costs in words, how much of the text moves, and whether what is called stable is."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from benchmarks import logs, metrics, offline
from benchmarks.logs import Log
from benchmarks.metrics import Errors, quantile
from benchmarks.options import Options
from benchmarks.processes import split_cores, theresa
from benchmarks.recordings import Recording, read_pcm
from benchmarks.reports import Report, Table, Target
from benchmarks.running import speak
from theresa_server.audio.segmenter import SegmentClosed, Segmenter, SegmenterConfig
from theresa_server.audio.vad import webrtc_vad
from theresa_server.engine.whisper.options import EngineOptions
from theresa_server.engine.whisper.transcriber import WhisperTranscriber
from theresa_server.speech.recognition import DecodeJob, JobKind

ABOUT = (
    "WER, in Mandarin CER, in percent; each digit counts by itself, punctuation and case do not. *Live*: the finals"
    " of a session with partials, at the pace of speech. *Offline*: the same model on the whole recording, cut by "
    "the same voice-activity detector and decoded segment by segment, with no partials before. *faster-whisper*: "
    "plain, on the whole file. *Flicker*: characters that were shown and taken back, for each character of the "
    "finals. *Broken*: partials that changed what was stable. *Kept*: finals that begin with the last stable text. "
    "*Lag*: from when a character was shown for good until it was stable, in seconds."
)


SHORT_S = 15.0
"""What an utterance is seldom longer than; the demo model loses the thread in windows of many sentences."""


@dataclass
class Moves:
    """How the text of sessions moved."""

    texts: list[Sequence[str]] = field(default_factory=list)
    broken: int = 0
    kept: int = 0
    grown: int = 0
    lags: list[float] = field(default_factory=list)

    def add(self, log: Log, longest_s: float = math.inf) -> None:
        """Take in the segments of a session that are no longer than that."""
        for segment in logs.segments(log):
            if segment.end_s - segment.start_s > longest_s:
                continue
            shown = [(partial.text, partial.stable) for _, partial in segment.partials]
            self.texts.append(segment.texts)
            self.broken += metrics.broken_promises(shown)
            if segment.final and shown:
                text, stable = shown[-1]
                self.grown += 1
                self.kept += segment.final[1].text.startswith(text[:stable])
                timed = [(at, partial.text, partial.stable) for at, partial in segment.partials]
                self.lags += metrics.stable_lags(timed, (segment.final[0], segment.final[1].text))


def decoded_offline(model: str, recordings: Sequence[Recording]) -> list[str]:
    """What the engine says of whole recordings, cut by the server's own segmenter."""
    transcriber = WhisperTranscriber.load(EngineOptions(model=model))
    config, texts = SegmenterConfig(), []
    for recording in recordings:
        segmenter = Segmenter(config, partial(webrtc_vad, config.aggressiveness))
        events = [*segmenter.feed(read_pcm(recording.path)), *segmenter.flush("end")]
        closed = [event for event in events if isinstance(event, SegmentClosed)]
        jobs = [DecodeJob(pcm=event.pcm, language=recording.language, kind=JobKind.FINAL) for event in closed]
        texts.append(" ".join(hypothesis.text for hypothesis in transcriber.transcribe(jobs)))
    transcriber.close()
    return texts


def measure(options: Options) -> Report:
    """All recordings at once: they are few, and what is measured is what is said."""
    serving, speaking = split_cores()
    report = Report("accuracy", "Accuracy and stability", ABOUT)
    recordings = options.recordings()
    for model in options.models:
        name = options.model(model)
        with theresa("--model", name, pinned=serving) as server:
            run = speak(
                server, recordings, len(recordings), f"{model}, all", longest_s=options.longest_s, pinned=speaking
            )
        cut = decoded_offline(name, recordings)
        plain = offline.passes(name, recordings, stock=True)
        rows, moves, of_short, sums = [], Moves(), Moves(), [Errors(), Errors(), Errors()]
        for recording, log, by_cut, by_file in zip(recordings, run.logs, cut, plain, strict=True):
            moves.add(log)
            of_short.add(log, SHORT_S)
            of_this = Moves()
            of_this.add(log)
            said = " ".join(sentence.text for sentence in recording.sentences)
            found = [metrics.errors(said, text, recording.language) for text in (logs.text(log), by_cut, by_file.text)]
            if recording.sentences:
                sums = [total + more for total, more in zip(sums, found, strict=True)]
                rows.append(_row(recording.name, found, of_this))
            else:
                heard = logs.text(log).strip()
                report.notes.append(
                    f"{recording.name}, in which nobody speaks: {model} heard {repr(heard) if heard else 'nothing'}."
                )
        rows.append(_row("**all**", sums, moves))
        columns = ("", "live", "offline", "faster-whisper", "flicker", "broken", "kept", "lag p50 / p95")
        report.tables.append(Table(f"Model {model}", columns, rows))
        report.targets += _targets(model, sums, moves, of_short)
        report.data[model] = {"live": sums[0].percent, "offline": sums[1].percent, "faster-whisper": sums[2].percent}
    return report


def _row(name: str, found: Sequence[Errors], moves: Moves) -> list[str]:
    lags = " / ".join("–" if lag is None else f"{lag:.1f}" for lag in (quantile(moves.lags, s) for s in (0.5, 0.95)))
    kept = f"{moves.kept}/{moves.grown}"
    steady = [f"{metrics.flicker(moves.texts):.3f}", str(moves.broken), kept, lags]
    return [name, *(f"{errors.percent:.1f}" for errors in found), *steady]


def _targets(model: str, sums: Sequence[Errors], moves: Moves, of_short: Moves) -> list[Target]:
    difference = sums[0].percent - sums[1].percent
    moved, moved_short = metrics.flicker(moves.texts), metrics.flicker(of_short.texts)
    return [
        Target(f"streaming − offline WER/CER, {model}", "≤ 0.1 points", f"{difference:+.2f} points", difference <= 0.1),
        Target(f"flicker, {model}", "≤ 0.10", f"{moved:.3f}", moved <= 0.10),
        Target(
            f"flicker, segments up to {SHORT_S:.0f} s, {model}", "≤ 0.10", f"{moved_short:.3f}", moved_short <= 0.10
        ),
        Target(f"stable prefix violations, {model}", "0", str(moves.broken), moves.broken == 0),
        Target(
            f"finals that begin with the last stable text, {model}",
            "all",
            f"{moves.kept} of {moves.grown}",
            moves.kept == moves.grown,
        ),
    ]
