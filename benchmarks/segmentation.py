"""Measure how well the segmenter finds speech, on recordings with known times.

    python benchmarks/segmentation.py --shared ../shared
    python benchmarks/segmentation.py --shared ../shared --set silence_ms=700 --set onset_ms=60

Prints the table of ``docs/segmentation.md``. ``--shared`` is the folder that contains ``data/fsdd`` (spoken digits) and
``lab/models/heldout`` (English and Mandarin sentences with ``references.json``).
"""

import argparse
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from rich.table import Table

from theresa_server.audio.segmenter import Segmenter
from theresa_server.audio.segments import SegmentClosed, SegmenterConfig
from theresa_server.audio.vad import make_detector

RATE_HZ = 16_000
SPEAKERS = ("george", "jackson", "lucas", "nicolas", "yweweler")
Signal = NDArray[np.float64]


@dataclass(frozen=True)
class LabelledSignal:
    """A signal with the known times of its speech, in seconds."""

    signal: Signal
    spoken: Sequence[tuple[float, float]]
    """Start and end of each sentence or digit."""
    words: Sequence[float]
    """Word starts, which must be inside a segment."""


def sentences(folder: Path, language: str) -> Iterator[LabelledSignal]:
    """Yield synthetic sentences, some with noise and reverberation, with pauses of 0.3 to 1.5 s."""
    for reference in json.loads((folder / "references.json").read_text()):
        if reference["lang"] == language:
            signal, _ = soundfile.read(folder / reference["file"])
            parts = reference["sentences"]
            yield LabelledSignal(
                signal, [(p["start"], p["end"]) for p in parts], [w[1] for p in parts for w in p["words"]]
            )


def digits(folder: Path, shortest_s: float, longest_s: float, per_speaker: int = 5) -> Iterator[LabelledSignal]:
    """Yield recorded digits (8 kHz), one speaker per signal, joined with pauses of random length."""
    random = np.random.default_rng(7)
    for name in (f"{{}}_{speaker}_{take}.wav" for speaker in SPEAKERS for take in range(per_speaker)):
        signal, spoken = np.zeros(RATE_HZ), []
        for digit in random.permutation(10):
            narrow, rate_hz = soundfile.read(folder / name.format(digit))
            wide = soxr.resample(narrow / np.abs(narrow).max() * 0.3, rate_hz, RATE_HZ)
            spoken.append((signal.size / RATE_HZ, (signal.size + wide.size) / RATE_HZ))
            signal = np.concatenate([signal, wide, np.zeros(int(random.uniform(shortest_s, longest_s) * RATE_HZ))])
        yield LabelledSignal(signal, spoken, [start for start, _ in spoken])


def noise(kind: str, samples: int) -> Signal:
    """Return white or pink noise of unit power, with a fixed seed."""
    spectrum = np.fft.rfft(np.random.default_rng(11).standard_normal(samples))
    if kind == "pink":
        spectrum[1:] /= np.sqrt(np.arange(1, spectrum.size))
    signal = np.fft.irfft(spectrum, samples)
    return np.asarray(signal / signal.std())


def noisy(recording: LabelledSignal, kind: str, snr_db: float) -> LabelledSignal:
    """Add noise, at a signal-to-noise ratio that ignores pauses."""
    speech = recording.signal[np.abs(recording.signal) > 1e-3]
    level = np.sqrt(np.mean(speech**2)) * 10 ** (-snr_db / 20)
    return LabelledSignal(
        recording.signal + level * noise(kind, recording.signal.size), recording.spoken, recording.words
    )


def joined(recordings: Sequence[LabelledSignal]) -> LabelledSignal:
    """Join signals to one."""
    offsets = np.cumsum([0, *(r.signal.size for r in recordings)]) / RATE_HZ
    placed = list(zip(recordings, offsets, strict=False))
    return LabelledSignal(
        np.concatenate([r.signal for r in recordings]),
        [(start + at, end + at) for r, at in placed for start, end in r.spoken],
        [word + at for r, at in placed for word in r.words],
    )


def without_lead(recording: LabelledSignal) -> LabelledSignal:
    """Remove the silence before the first sound."""
    lead = recording.spoken[0][0]
    spoken = [(start - lead, end - lead) for start, end in recording.spoken]
    return LabelledSignal(recording.signal[int(lead * RATE_HZ) :], spoken, [word - lead for word in recording.words])


def segment(signal: Signal, config: SegmenterConfig) -> list[tuple[float, float, str]]:
    """Return start and end of each segment in seconds, and why it closed."""
    pcm = np.asarray(np.clip(np.rint(signal * 32768), -32768, 32767), np.int16)
    segmenter = Segmenter(config, partial(make_detector, config.aggressiveness, config.voice_threshold))
    events = [*segmenter.feed(pcm), *segmenter.flush("end")]
    return [(e.start / RATE_HZ, e.end / RATE_HZ, e.reason) for e in events if isinstance(e, SegmentClosed)]


def configuration(settings: Sequence[str]) -> SegmenterConfig:
    """Return the configuration with the fields set as ``NAME=VALUE``."""
    pairs = [setting.split("=") for setting in settings]
    return SegmenterConfig(**{name: float(text) if name == "voice_threshold" else int(text) for name, text in pairs})


def segment_indices(times: Sequence[float], found: Sequence[tuple[float, float, str]]) -> list[int | None]:
    """Return the index of the segment that contains each time."""
    return [next((i for i, (start, end, _) in enumerate(found) if start <= time <= end), None) for time in times]


def score(recordings: Sequence[LabelledSignal], config: SegmenterConfig) -> list[str]:
    """Return one row of the table."""
    words = detected = fronts = backs = parts = pauses = separated = count = cut = 0
    seconds = covered = 0.0
    for recording in recordings:
        found = segment(recording.signal, config)
        at_word = segment_indices(recording.words, found)
        at_start = segment_indices([start for start, _ in recording.spoken], found)
        at_middle = segment_indices([(start + end) / 2 for start, end in recording.spoken], found)
        at_end = segment_indices([end for _, end in recording.spoken], found)
        words += len(at_word)
        detected += sum(index is not None for index in at_word)
        parts += len(recording.spoken)
        fronts, backs = fronts + at_start.count(None), backs + at_end.count(None)
        for index, ((_, end), (start, _)) in enumerate(pairwise(recording.spoken)):
            if start - end >= 0.7:
                pauses += 1
                separated += at_middle[index] != at_middle[index + 1]
        limits = [end for _, end, reason in found if reason == "limit"]
        cut += sum(any(start < limit < end for start, end in recording.spoken) for limit in limits)
        count += len(found)
        seconds, covered = seconds + recording.signal.size / RATE_HZ, covered + sum(b - a for a, b, _ in found)
    return [
        f"{detected}/{words}", f"{fronts}/{parts}", f"{backs}/{parts}", f"{separated}/{pauses}", str(count), str(cut),
        f"{covered / seconds:.0%}",
    ]  # fmt: skip


def cases(shared: Path) -> Iterator[tuple[str, list[LabelledSignal]]]:
    """Yield the name and the signals of each row."""
    speech = {language: list(sentences(shared / "lab/models/heldout", language)) for language in ("en", "zh")}
    spoken = list(digits(shared / "data/fsdd", 0.7, 1.5))
    yield "English sentences", speech["en"]
    yield "Mandarin sentences", speech["zh"]
    yield "digits, 5 speakers", spoken
    yield "sentences, one stream", [joined(speech["en"] + speech["zh"])]
    for snr_db in (20, 10, 5):
        yield f"sentences, pink noise {snr_db} dB", [noisy(r, "pink", snr_db) for r in speech["en"] + speech["zh"]]
        yield f"digits, pink noise {snr_db} dB", [noisy(r, "pink", snr_db) for r in spoken]
    yield "digits without a pause > 0.3 s", [joined([without_lead(r) for r in digits(shared / "data/fsdd", 0.1, 0.3)])]
    for kind in ("white", "pink"):
        for level_db in (-60, -40, -30, -25):
            yield (
                f"{kind} noise at {level_db} dBFS, 60 s",
                [LabelledSignal(noise(kind, 60 * RATE_HZ) * 10 ** (level_db / 20), [], [])],
            )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, required=True, help="folder with data/fsdd and lab/models/heldout")
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="set a field of SegmenterConfig"
    )
    arguments = parser.parse_args()
    config = configuration(arguments.set)
    table = Table(
        "", "word starts in", "front cut", "back cut", "pauses ≥ 0.7 s split", "segments", "limit in word", "kept"
    )
    rows = list(cases(arguments.shared))
    begin = time.process_time()
    for name, recordings in track(rows, "Segmenting"):
        table.add_row(name, *score(recordings, config))
    cost = time.process_time() - begin
    seconds = sum(recording.signal.size for _, recordings in rows for recording in recordings) / RATE_HZ
    console = Console(width=140)
    console.print(table)
    console.print(f"{cost / seconds * 1000:.2f} ms of CPU per second of audio; {config}")


if __name__ == "__main__":
    main()
