"""Recordings of people, joined by a seeded script so that the begin and end of each utterance are known.

The silence before and after each clip is cut off, and pauses of known length are put between the clips:

- dialogues in English and Mandarin: short utterances of several speakers, with pauses of 0.7 to 1.2 s;
- reading in English and Mandarin: one speaker, with pauses of at most 0.3 s, so that segments are long;
- Mandarin words and short phrases, with pauses of 0.7 to 1.2 s;
- noise: 8 s of each recording without words.

The clips of a speaker get one gain, so that the loudest reaches ``PEAK_DBFS``. The quiet set stays as it was recorded.
"""

import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray
from rich.progress import track

from benchmarks.recordings import RATE_HZ, Recording, read_folder
from benchmarks.speech_sets import SPEECH, Clip, noise_clips, read_clip, speech_clips

CACHE = Path("build/benchmarks/people")
VERSION = 1
"""Increases with every change of the recordings, to invalidate older caches."""

SEED = 20_260
LEAD_S = 0.6
PEAK_DBFS = -6.0
QUIET_SET = "en_fleurs"
NOISE_LEVEL = 3e-4  # microphones never record digital silence
NOISE_S = 8.0
FRAME = RATE_HZ // 100
RANGE_DB = 35.0
"""Sound this far below the loudest 10 ms of a clip is silence."""
ABOVE_NOISE_DB = 12.0
EDGE = RATE_HZ // 20
"""Samples kept outside the utterance on both sides, faded in and out, so that the cut is not heard."""
PAUSE_S, SHORT_PAUSE_S = (0.7, 1.2), (0.1, 0.3)
MAX_INNER_PAUSE_S = 0.3


@dataclass(frozen=True)
class Utterance:
    """A clip without the silence around it."""

    clip: Clip
    samples: NDArray[np.float32]
    """Includes ``EDGE`` samples before the speech and after it."""
    inner_pause_s: float
    """The longest silence inside."""

    @property
    def seconds(self) -> float:
        """The length of the speech."""
        return (self.samples.size - 2 * EDGE) / RATE_HZ


def trimmed(clip: Clip, samples: NDArray[np.float32]) -> Utterance:
    """Return the part of a clip from its first sound to its last.

    Sound lasts at least 30 ms. Its level is within ``RANGE_DB`` of the loudest 10 ms of the clip, and
    ``ABOVE_NOISE_DB`` above its noise, the quietest twentieth of the clip; in a clip without silence, 22 dB below the
    loudest are enough.
    """
    frames = samples[: samples.size // FRAME * FRAME].reshape(-1, FRAME)
    level_db = 10 * np.log10(np.mean(np.square(frames), axis=1) + 1e-10)
    noise_db = min(float(np.quantile(level_db, 0.05)) + ABOVE_NOISE_DB, level_db.max() - 22)
    loud = level_db > max(level_db.max() - RANGE_DB, noise_db)
    lasting = np.convolve(np.convolve(loud, np.ones(3))[2:] == 3, np.ones(3))[: loud.size] > 0
    sounding = np.flatnonzero(lasting)
    begin, end = sounding[0] * FRAME, (sounding[-1] + 1) * FRAME
    padded = np.pad(samples, EDGE)[begin : end + 2 * EDGE].copy()
    fade = np.linspace(0, 1, EDGE, dtype=np.float32)
    padded[:EDGE] *= fade
    padded[-EDGE:] *= fade[::-1]
    return Utterance(clip, padded, float(np.diff(sounding).max(initial=1) - 1) / 100)


def joined_recordings(folder: Path = SPEECH, cache: Path = CACHE) -> list[Recording]:
    """Return all joined recordings; the first call creates them.

    Raises:
        CorpusError: the sets are missing.
    """
    target = cache / f"v{VERSION}"
    if not (target / "samples.json").exists():
        _create(folder, target)
    return read_folder(target)


def _create(folder: Path, target: Path) -> None:
    english = _utterances(folder, "en_read", QUIET_SET, "en_storybooks")
    mandarin = _utterances(folder, "zh_aishell_S0252", "zh_seedlingo", "zh_words")
    target.mkdir(parents=True, exist_ok=True)
    plans: dict[str, tuple[list[Utterance], float, tuple[float, float]]] = {
        "dialogue-english": (english, 60.0, PAUSE_S),
        "dialogue-mandarin": ([one for one in mandarin if _is_sentence(one)], 60.0, PAUSE_S),
        "reading-english": (story(english), 60.0, SHORT_PAUSE_S),
        "reading-mandarin": ([one for one in mandarin if one.clip.set == "zh_aishell_S0252"], 60.0, SHORT_PAUSE_S),
        "words-mandarin": ([one for one in mandarin if one.clip.set != "zh_aishell_S0252"], 40.0, PAUSE_S),
    }
    index = []
    for name, (utterances, seconds, pauses) in plans.items():
        rng = random.Random(f"{SEED} {name}")  # noqa: S311 - not a secret
        chosen = utterances if name.startswith("reading") else dialogue(utterances, rng)
        index.append(_write(target / f"{name}.flac", take(chosen, seconds, lambda: rng.uniform(*pauses))))  # noqa: B023
    soundfile.write(target / "noise.flac", _noise(folder), RATE_HZ, subtype="PCM_16")
    index.append({"file": "noise.flac", "sentences": []})
    # The index is written last: its presence marks a complete folder.
    (target / "samples.json").write_text(json.dumps(index, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def _utterances(folder: Path, *sets: str) -> list[Utterance]:
    clips = speech_clips(sets, folder)
    read = [trimmed(clip, read_clip(clip) / np.float32(32768)) for clip in track(clips, "Reading recordings")]
    return levelled(read)


def levelled(utterances: Sequence[Utterance]) -> list[Utterance]:
    """Return the utterances with one gain for each speaker; those of the quiet set are unchanged."""
    peaks: dict[str, float] = {}
    for one in utterances:
        peaks[one.clip.speaker] = max(peaks.get(one.clip.speaker, 1e-6), float(np.abs(one.samples).max()))
    target = 10 ** (PEAK_DBFS / 20)
    gains = [1.0 if one.clip.set == QUIET_SET else target / peaks[one.clip.speaker] for one in utterances]
    pairs = zip(utterances, gains, strict=True)
    return [Utterance(one.clip, one.samples * np.float32(gain), one.inner_pause_s) for one, gain in pairs]


def _is_sentence(utterance: Utterance) -> bool:
    return utterance.clip.set != "zh_words" and len(utterance.clip.text) > 5


def dialogue(utterances: Sequence[Utterance], rng: random.Random) -> list[Utterance]:
    """Return short utterances without inner pauses in random order, the sets in turn."""
    fitting = [one for one in utterances if one.seconds <= 9 and one.inner_pause_s < MAX_INNER_PAUSE_S]
    sets = dict.fromkeys(one.clip.set for one in fitting)
    shuffled = [rng.sample(part, len(part)) for name in sets if (part := [o for o in fitting if o.clip.set == name])]
    return [one for one in chain.from_iterable(zip_longest(*shuffled)) if one is not None]


def story(utterances: Sequence[Utterance]) -> list[Utterance]:
    """Return the pages of the first story in order, and those of the next stories of the same voice after them."""
    pages = [one for one in utterances if one.clip.set == "en_storybooks"]
    return [one for one in pages if one.inner_pause_s < 0.5] or pages


def take(utterances: Sequence[Utterance], seconds: float, pause: Callable[[], float]) -> list[tuple[Utterance, float]]:
    """Return utterances and the pauses after them, until they last the given time."""

    def timed() -> Iterator[tuple[Utterance, float]]:
        total_s = LEAD_S
        for one in utterances:
            if total_s >= seconds:
                return
            pause_s = pause()
            total_s += one.seconds + pause_s
            yield one, pause_s

    return list(timed())


def _write(path: Path, lines: Sequence[tuple[Utterance, float]]) -> dict[str, object]:
    """Write utterances to a file, and return its entry in the index."""
    length_s = LEAD_S + sum(one.seconds + pause_s for one, pause_s in lines) + 1
    audio = np.random.default_rng(SEED).standard_normal(int(length_s * RATE_HZ), np.float32) * np.float32(NOISE_LEVEL)
    position, sentences = int(LEAD_S * RATE_HZ), []
    for one, pause_s in lines:
        end = position + one.samples.size - 2 * EDGE
        audio[position - EDGE : end + EDGE] += one.samples
        times = {"start_ms": position * 1000 // RATE_HZ, "end_ms": end * 1000 // RATE_HZ}
        source = {"source": f"{one.clip.set}/{one.clip.name}"}
        sentences.append({"language": one.clip.language, "text": one.clip.text} | times | source)
        position = end + int(pause_s * RATE_HZ)
    soundfile.write(path, audio, RATE_HZ, subtype="PCM_16")
    return {"file": path.name, "sentences": sentences}


def _noise(folder: Path) -> NDArray[np.float32]:
    parts = [read_clip(clip)[: int(NOISE_S * RATE_HZ)] / np.float32(32768) for clip in noise_clips(folder)]
    return np.concatenate(parts)
