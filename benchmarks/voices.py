"""Measure how well the segmenter hears real voices: quiet, loud, over a telephone, in noise, behind music.

    python -m benchmarks.voices --shared ../shared
    python -m benchmarks.voices --shared ../shared --set voice_threshold=0
    python -m benchmarks.voices --shared ../shared --only office --texts heard.jsonl --model base

Prints the table of ``docs/segmentation.md``. ``--shared`` is the folder that contains ``data/real``. ``--texts`` also
transcribes the segments, and writes one line of JSON per clip, with its reference, for a scorer of word errors.
"""

import argparse
import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import soxr
from numpy.typing import NDArray

from benchmarks.segmentation import configuration
from theresa_server.audio.pcm import SAMPLE_RATE_HZ, Pcm
from theresa_server.audio.recordings import decode
from theresa_server.audio.segmenter import Segmenter
from theresa_server.audio.segments import SegmentClosed, SegmenterConfig, SpeechStarted
from theresa_server.audio.vad import make_detector

LANGUAGES = {"en": "en_read", "zh": "zh_aishell_S0252"}
NOISES = {"office": "office_ambience.mp3", "typing": "typing.wav", "applause": "applause.wav", "pop": "vibe_ace.ogg"}
SNRS_DB = (20, 10, 5)
LEAD_S, TRAIL_S = 3.0, 4.0
"""Background before and after each clip."""
CHUNK = SAMPLE_RATE_HZ // 50
COLUMNS = ("covered", "missed", "onset s: p50", "p95", "max", "endpoint s: p50", "p95", "max", "CPU ms/s")
VOICED_DB = -24.0
"""A clip begins and ends with a frame of 20 ms that is at most this much quieter than its loudest frame."""

Signal = NDArray[np.float64]
"""1-D, 16 kHz, from -1 to 1."""


class Clip(NamedTuple):
    """A recording of speech with a peak of -12 dBFS, without the silence around it."""

    name: str
    language: str
    text: str
    signal: Signal


@dataclass(frozen=True, slots=True)
class Scene:
    """A clip within its background."""

    signal: Signal
    begin: int
    """The first sample of the clip."""


@dataclass(slots=True)
class Scores:
    """What was heard of the clips of one row."""

    spoken: int = 0
    covered: int = 0
    missed: int = 0
    """Clips of which no segment contains anything."""
    onsets_s: list[float] = field(default_factory=list)
    endpoints_s: list[float] = field(default_factory=list)

    def row(self) -> list[str]:
        """Return the cells of the table."""
        return [
            f"{self.covered / max(self.spoken, 1):.1%}", str(self.missed), *_quantiles(self.onsets_s),
            *_quantiles(self.endpoints_s),
        ]  # fmt: skip


def _quantiles(values: Sequence[float]) -> list[str]:
    return [f"{np.quantile(values, q):.2f}" if values else "–" for q in (0.5, 0.95, 1.0)]


def read(path: Path) -> Signal:
    """Return a recording."""
    return np.concatenate(list(decode(path.read_bytes(), 3_600))).astype(np.float64) / 32_768


def at_peak(signal: Signal, peak_db: float) -> Signal:
    """Return a signal with this peak, in dBFS."""
    return signal * (10 ** (peak_db / 20) / np.abs(signal).max())


def clips(real: Path, language: str, count: int) -> list[Clip]:
    """Return up to ``count`` clips of a language, spread over its folder."""
    folder = real / LANGUAGES[language]
    rows = [json.loads(line) for line in (folder / "manifest.jsonl").read_text().splitlines()]
    rows = [row for row in rows if row["text"] and row["seconds"] > 1]
    chosen = [rows[at] for at in np.unique(np.linspace(0, len(rows) - 1, min(count, len(rows))).astype(int))]
    return [
        Clip(row["file"], language, row["text"], voiced(at_peak(read(folder / row["file"]), -12))) for row in chosen
    ]


def voiced(signal: Signal) -> Signal:
    """Return a signal without the silence before and after it."""
    frames = signal[: signal.size // CHUNK * CHUNK].reshape(-1, CHUNK)
    power = np.square(frames).mean(1)
    loud = np.flatnonzero(power > power.max() * 10 ** (VOICED_DB / 10))
    return signal[loud[0] * CHUNK : (loud[-1] + 1) * CHUNK]


def alone(signal: Signal) -> Scene:
    """Return a scene with digital silence, except for the noise of a quiet room, 60 dB below the peak."""
    begin, size = int(LEAD_S * SAMPLE_RATE_HZ), int((LEAD_S + TRAIL_S) * SAMPLE_RATE_HZ) + signal.size
    room = np.random.default_rng(3).standard_normal(size) * np.abs(signal).max() * 1e-3
    room[begin : begin + signal.size] += signal
    return Scene(room, begin)


def within(background: Signal, snr_db: float, clip: Clip) -> Scene:
    """Return a scene with a background that goes on, at a signal-to-noise ratio over the whole clip."""
    scene = alone(clip.signal)
    offset = sum(map(ord, clip.name)) % background.size  # clips get different parts of the background
    noise = np.resize(np.roll(background, -offset), scene.signal.size)
    gain = np.sqrt(np.square(clip.signal).mean() / np.square(noise).mean()) * 10 ** (-snr_db / 20)
    return Scene(scene.signal + noise * gain, scene.begin)


def held(music: Signal, clip: Clip) -> Scene:
    """Return a scene of a minute of hold music as loud as the clip, half a second of silence, and the clip."""
    scene = alone(clip.signal)
    loud = np.resize(music, 60 * SAMPLE_RATE_HZ)
    loud = loud * np.sqrt(np.square(clip.signal).mean() / np.square(loud).mean())
    before = np.concatenate([loud, scene.signal[: SAMPLE_RATE_HZ // 2]])
    return Scene(np.concatenate([before, scene.signal[scene.begin :]]), before.size)


def jump(before_db: float, after_db: float, clip: Clip) -> Scene:
    """Return a scene whose level jumps in the middle of the clip."""
    gains = np.repeat([before_db, after_db], [clip.signal.size // 2, clip.signal.size - clip.signal.size // 2])
    return alone(clip.signal * 10 ** ((gains + 12) / 20))


def telephone(clip: Clip) -> Scene:
    """Return a scene over a telephone: 8 kHz, 300 to 3,400 Hz, µ-law."""
    scene = alone(clip.signal)
    narrow = soxr.resample(scene.signal, SAMPLE_RATE_HZ, 8_000)
    spectrum, hz = np.fft.rfft(narrow), np.fft.rfftfreq(narrow.size, 1 / 8_000)
    narrow = np.fft.irfft(np.where((hz > 300) & (hz < 3_400), spectrum, 0), narrow.size)
    code = np.rint(np.sign(narrow) * np.log1p(255 * np.abs(narrow)) / np.log(256) * 127) / 127
    decoded = np.sign(code) * np.expm1(np.abs(code) * np.log(256)) / 255
    return Scene(soxr.resample(decoded, 8_000, SAMPLE_RATE_HZ), scene.begin)


def scenes(real: Path) -> dict[str, Callable[[Clip], Scene]]:
    """Return how each row of the table makes a scene of a clip."""
    noises = {name: read(real / "noise" / file) for name, file in NOISES.items()}

    def level(peak_db: float, clip: Clip) -> Scene:
        return alone(at_peak(clip.signal, peak_db))

    def added(make: Callable[[NDArray[np.float64]], Signal], peak_db: float, clip: Clip) -> Scene:
        scene = level(peak_db, clip)
        return Scene(scene.signal + make(np.arange(scene.signal.size) / SAMPLE_RATE_HZ), scene.begin)

    rows: dict[str, Callable[[Clip], Scene]] = {f"peak {db} dBFS": partial(level, db) for db in (-12, -45, -50, -55)}
    rows["20 dB too loud, clipped"] = partial(level, 20)
    for db in (-12, -45):
        rows[f"offset of 10 %, peak {db} dBFS"] = partial(added, lambda times: np.full(times.size, 0.1), db)
    rows["hum of 50 Hz at -20 dBFS, peak -45 dBFS"] = partial(
        added, lambda times: 0.1 * np.sin(2 * np.pi * 50 * times), -45
    )
    rows["telephone"] = telephone
    for name, noise in noises.items():
        for snr_db in SNRS_DB:
            rows[f"{name}, SNR {snr_db} dB"] = partial(within, noise, snr_db)
    rows["30 dB louder halfway"] = partial(jump, -42, -12)
    rows["30 dB quieter halfway"] = partial(jump, -12, -42)
    rows["after a minute of hold music"] = partial(held, noises["pop"])
    return rows


def segment(scene: Scene, size: int, config: SegmenterConfig, scores: Scores) -> list[Pcm]:
    """Segment a scene, add what was heard of its clip to the scores, and return the segments that contain any of it."""
    pcm = np.asarray(np.clip(np.rint(scene.signal * 32_768), -32_768, 32_767), np.int16)
    segmenter = Segmenter(config, partial(make_detector, config.aggressiveness, config.voice_threshold))
    end = scene.begin + size
    opened: int | None = None
    heard: list[tuple[int, SegmentClosed]] = []
    for at in range(0, pcm.size, CHUNK):
        for event in segmenter.feed(pcm[at : at + CHUNK]):
            if isinstance(event, SpeechStarted) and event.at < end and opened is None and at > scene.begin - CHUNK:
                opened = at + CHUNK
            if isinstance(event, SegmentClosed) and event.start < end and event.end > scene.begin:
                heard.append((at + CHUNK, event))
    late = [event for event in segmenter.flush("end") if isinstance(event, SegmentClosed) and event.start < end]
    heard += [(pcm.size, event) for event in late]
    scores.spoken += size
    scores.covered += sum(min(event.end, end) - max(event.start, scene.begin) for _, event in heard)
    scores.missed += not heard
    if opened is not None:
        scores.onsets_s.append((opened - scene.begin) / SAMPLE_RATE_HZ)
    if heard:
        scores.endpoints_s.append((heard[-1][0] - end) / SAMPLE_RATE_HZ)
    return [event.pcm for _, event in heard]


def transcriber(model: str) -> Callable[[Clip, Iterable[Pcm]], str]:
    """Load a model and return a function that transcribes the segments of a clip."""
    from theresa_server.engine.whisper.options import EngineOptions
    from theresa_server.engine.whisper.transcriber import WhisperTranscriber
    from theresa_server.speech.recognition import DecodeJob, JobKind

    loaded = WhisperTranscriber.load(EngineOptions(model=model, workers=1, cpu_threads=1, encoder_context="short"))
    loaded.warm_up()

    def transcribe(clip: Clip, segments: Iterable[Pcm]) -> str:
        jobs = [DecodeJob(pcm=pcm, language=clip.language, kind=JobKind.FINAL) for pcm in segments]
        return " ".join(text for job in jobs if (text := loaded.transcribe([job])[0].text))

    return transcribe


def rows(arguments: argparse.Namespace) -> Iterator[tuple[str, str, Scores, float]]:
    """Yield the name, the language, the scores and the CPU time per second of audio of each row."""
    real, config = arguments.shared / "data/real", configuration(arguments.set)
    transcribe = transcriber(arguments.model) if arguments.texts else None
    spoken = {language: clips(real, language, arguments.clips) for language in arguments.languages.split(",")}
    chosen = {
        name: make for name, make in scenes(real).items() if any(part in name for part in arguments.only.split(","))
    }
    for name, make in chosen.items():
        for language, recordings in spoken.items():
            scores, seconds, cost_s = Scores(), 0.0, 0.0
            for clip in recordings:
                scene = make(clip)
                begin_s = time.thread_time()
                heard = segment(scene, clip.signal.size, config, scores)
                cost_s += time.thread_time() - begin_s
                seconds += scene.signal.size / SAMPLE_RATE_HZ
                if transcribe:
                    line = {"row": name, "file": clip.name, "lang": language, "ref": clip.text}
                    with arguments.texts.open("a") as file:
                        file.write(json.dumps(line | {"text": transcribe(clip, heard)}, ensure_ascii=False) + "\n")
            yield name, language, scores, cost_s / seconds * 1000


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, required=True, help="folder with data/real")
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="set a field of SegmenterConfig"
    )
    parser.add_argument("--clips", type=int, default=20, help="clips per language (default: %(default)s)")
    parser.add_argument("--languages", default="en,zh", help="languages, separated by commas (default: %(default)s)")
    parser.add_argument(
        "--only", default="", metavar="TEXT", help="only rows whose name contains one of these, separated by commas"
    )
    parser.add_argument("--texts", type=Path, metavar="FILE", help="transcribe the segments, and append the texts")
    parser.add_argument("--model", default="base", help="the model for --texts (default: %(default)s)")
    print(f"| | | {' | '.join(COLUMNS)} |", "|---" * (len(COLUMNS) + 2) + "|", sep="\n")  # noqa: T201
    for name, language, scores, cost_ms in rows(parser.parse_args()):
        print(f"| {name} | {language} | {' | '.join(scores.row())} | {cost_ms:.1f} |", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
