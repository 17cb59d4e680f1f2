"""The pool: synthesised sentences on disk, made once and mixed anew in every training example."""

import json
import multiprocessing
import os
import random
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from theresa_training import grammar_en, grammar_zh, voices
from theresa_training.errors import TrainingError
from theresa_training.grammar import LANGUAGES, Language, Sentence
from theresa_training.speech import RATE_HZ, SpeechError, SynthesisedSpeech, synthesiser

SHARD_CLIPS = 500
MAX_INVENTED_VOICES = (
    200  # eSpeak NG lists 349 voices and variants (N_VOICES_LIST), of which about 120 are there already
)
_ENGLISH_SHARE = 0.55


class PoolError(TrainingError):
    """The pool is missing or empty."""


@dataclass(frozen=True, slots=True)
class Clip:
    """A spoken utterance with its units: 16 kHz float32; times in seconds from its first sample.

    ``units`` are the written units, ``starts`` and ``ends`` when each is heard, ``phonemes`` what is heard when.
    """

    language: Language
    units: tuple[str, ...]
    starts: tuple[float, ...]
    ends: tuple[float, ...]
    phonemes: tuple[tuple[str, float], ...]
    samples: NDArray[np.float32]
    voice: str

    @property
    def text(self) -> str:
        """The utterance as written."""
        return "".join(self.units).strip()

    @property
    def seconds(self) -> float:
        """Duration."""
        return len(self.samples) / RATE_HZ


def random_sentence(language: Language, rng: random.Random) -> Sentence:
    """A sentence of the demo domain."""
    return grammar_en.sentence(rng) if language == "en" else grammar_zh.sentence(rng)


def clip_of(sentence: Sentence, speech: SynthesisedSpeech, voice: str) -> Clip:
    """A spoken sentence as a clip."""
    units = tuple(unit.text for unit in sentence.units)
    ends = (*speech.starts[1:], speech.seconds)
    return Clip(sentence.language, units, speech.starts, ends, speech.phonemes, speech.samples, voice)


def random_clip(rng: random.Random, variants: Sequence[str], language: Language | None = None) -> Clip:
    """Synthesise a random sentence of the domain in a random voice with one of ``variants``."""
    for _ in range(5):
        spoken = language or (LANGUAGES[0] if rng.random() < _ENGLISH_SHARE else LANGUAGES[1])
        sentence = random_sentence(spoken, rng)
        voice = voices.choose(spoken, variants, rng)
        try:
            speech = synthesiser().synthesise(sentence, voice)
        except SpeechError:
            continue  # a variant may be silent at some pitches
        return clip_of(sentence, speech, voice.name)
    raise SpeechError("eSpeak NG said nothing five times in a row: check its installation with `espeak-ng hello`.")


def write_shard(job: tuple[Path, int, int]) -> int:
    """Write one shard (``<number>.pcm`` and ``<number>.json``) of (folder, number, clips); a complete shard is kept."""
    folder, number, count = job
    index = folder / f"{number:05d}.json"
    if index.exists():
        return count
    rng = random.Random(f"shard-{number}")
    variants = voices.training_variants(synthesiser().variants())
    records = []
    with (folder / f"{number:05d}.pcm").open("wb") as stream:
        for _ in range(count):
            clip = random_clip(rng, variants)
            offset = stream.tell() // 2
            stream.write((clip.samples * 32767).astype("<i2").tobytes())
            phonemes = [(symbol, round(at, 3)) for symbol, at in clip.phonemes]
            records.append([clip.language, clip.units, clip.starts, phonemes, offset, len(clip.samples), clip.voice])
    # The index appears last and at once: a reader never sees a shard that is still growing.
    temporary = index.with_suffix(".part")
    temporary.write_text(json.dumps(records, ensure_ascii=False), encoding="utf-8")
    temporary.rename(index)
    return count


def add_voices(count: int, folder: Path) -> None:
    """Invent variants, in a copy of eSpeak NG's data in ``folder``, which the processes started from here will use.

    Raises TrainingError for more of them than eSpeak NG can list.
    """
    if count > MAX_INVENTED_VOICES:
        raise TrainingError(f"At most {MAX_INVENTED_VOICES} voices can be invented, not {count}.")
    data = folder / "espeak-ng-data"
    shutil.copytree(synthesiser().data, data, ignore=_other_languages, dirs_exist_ok=True)
    for number in range(count):
        name = f"invented{number:03d}"
        text = voices.random_variant(name, random.Random(name))
        (data / "voices" / "!v" / name).write_text(text, encoding="utf-8")
    os.environ["ESPEAK_DATA_PATH"] = str(folder)


def _other_languages(folder: str, names: list[str]) -> list[str]:
    """What the domain's two languages do not need, and what would fill eSpeak NG's list of voices."""
    if Path(folder).name == "lang":
        return [name for name in names if name not in ("gmw", "sit")]
    dictionaries = [name for name in names if name.endswith("_dict")]
    return [name for name in names if name.startswith("mb")] + [d for d in dictionaries if d[:-5] not in ("en", "cmn")]


def make_pool(folder: Path, clips: int, processes: int, invented: int = 0) -> None:
    """Synthesise at least ``clips`` clips into ``folder``, whole shards at a time; finished shards are kept.

    ``invented`` is how many voices are to speak beside those installed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    synthesiser()  # a missing library is one clear error here, not one per process
    if invented:
        add_voices(invented, folder.parent)
    jobs = [(folder, number, SHARD_CLIPS) for number in range(-(-clips // SHARD_CLIPS))]
    context = multiprocessing.get_context("spawn")
    with context.Pool(processes) as workers, tqdm(total=len(jobs) * SHARD_CLIPS, unit="clip", desc="speech") as bar:
        for count in workers.imap_unordered(write_shard, jobs):
            bar.update(count)


class Pool:
    """Random access to the clips of a folder. Shards finished later are seen after ``refresh()``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._shards: dict[str, NDArray[np.int16]] = {}
        self._records: dict[Language, list[tuple[str, list[object]]]] = {"en": [], "zh": []}
        self.refresh()
        if not len(self):
            raise PoolError(f"There is no speech in {folder}: make it first with `theresa-train data`.")

    def __len__(self) -> int:
        return sum(len(records) for records in self._records.values())

    def refresh(self) -> None:
        """Take in the shards that have been finished since."""
        for index in sorted(self._folder.glob("*.json")):
            if index.stem in self._shards:
                continue
            self._shards[index.stem] = np.memmap(index.with_suffix(".pcm"), "<i2", "r")
            for record in json.loads(index.read_text(encoding="utf-8")):
                self._records[record[0]].append((index.stem, record))

    def choose(self, language: Language, rng: random.Random) -> Clip:
        """A random clip of a language."""
        return self._clip(*rng.choice(self._records[language]))

    def texts(self) -> set[str]:
        """All texts of the pool: what a held-out sentence must not be."""
        return {
            "".join(record[1]).strip()  # type: ignore[arg-type]
            for records in self._records.values()
            for _, record in records
        }

    def symbols(self) -> list[str]:
        """The phoneme symbols of the pool, sorted."""
        found = {
            symbol
            for records in self._records.values()
            for _, record in records
            for symbol, _ in record[3]  # type: ignore[attr-defined]
        }
        return sorted(found)

    def _clip(self, shard: str, record: list[object]) -> Clip:
        language, units, starts, phonemes, offset, length, voice = record
        samples = self._shards[shard][offset : offset + length].astype(np.float32) / 32768  # type: ignore[operator]
        marks = tuple((symbol, at) for symbol, at in phonemes)  # type: ignore[attr-defined]
        ends = (*starts[1:], len(samples) / RATE_HZ)  # type: ignore[index]
        return Clip(language, tuple(units), tuple(starts), ends, marks, samples, voice)  # type: ignore[arg-type]

    def __iter__(self) -> Iterator[Clip]:
        for records in self._records.values():
            for shard, record in records:
                yield self._clip(shard, record)
